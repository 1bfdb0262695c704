#include "engine/mcp/decide/challenge.h"

namespace assay::mcp {
namespace {

void AppendEscaped(std::string_view text, std::string* out) {
  for (const char c : text) {
    if (c == '"' || c == '\\') *out += '\\';
    *out += (c >= ' ' && c < '\x7F') || c == '\t' ? c : '?';
  }
}

class ParameterList {
 public:
  explicit ParameterList(std::string* out) : out_(out) {}

  // Open: opens a parameter's value; Close() ends it.
  void Open(std::string_view name) {
    *out_ += first_ ? "Bearer " : ", ";
    first_ = false;
    *out_ += name;
    *out_ += "=\"";
  }
  void Close() { *out_ += '"'; }

  void Add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    Open(name);
    AppendEscaped(value, out_);
    Close();
  }

 private:
  std::string* out_;
  bool first_ = true;
};

}  // namespace

void AppendChallenge(const Challenge& challenge, std::string* out) {
  ParameterList list(out);
  list.Add("error", challenge.error);
  list.Add("error_description", challenge.error_description);
  if (!challenge.scopes.empty()) {
    list.Open("scope");
    bool first = true;
    for (const std::string_view scope : challenge.scopes) {
      if (!first) *out += ' ';
      first = false;
      AppendEscaped(scope, out);
    }
    list.Close();
  }
  list.Add("resource_metadata", challenge.resource_metadata);
}

std::string ChallengeFor(const ScopePolicy& policy, const Decision& decision) {
  Challenge challenge;
  challenge.scopes = decision.scopes_needed;
  challenge.resource_metadata = policy.metadata_url();
  // Coarse on purpose: which check failed is for the log, not for whoever sent the token.
  switch (decision.challenge) {
    case ChallengeKind::kNone:
      return {};
    case ChallengeKind::kAnonymous:
      break;
    case ChallengeKind::kInvalidRequest:
      challenge.error = "invalid_request";
      challenge.error_description = "exactly one bearer token is expected, in the Authorization header";
      break;
    case ChallengeKind::kInvalidToken:
      challenge.error = "invalid_token";
      challenge.error_description = "the access token is not valid here";
      break;
    case ChallengeKind::kInsufficientScope:
      challenge.error = "insufficient_scope";
      challenge.error_description = "the operation needs further scopes";
      break;
  }
  std::string out;
  AppendChallenge(challenge, &out);
  return out;
}

}  // namespace assay::mcp
