#include "engine/mcp/decide/challenge.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/scope_policy.h"

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
  ParameterList(std::string_view scheme, std::string* out) : scheme_(scheme), out_(out) {}

  // Open: opens a parameter's value; Close() ends it.
  void Open(std::string_view name) {
    if (first_) *out_ += scheme_;
    *out_ += first_ ? " " : ", ";
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
  std::string_view scheme_;
  std::string* out_;
  bool first_ = true;
};

// kDpopAlgorithms: for a DPoP proof. The one that every client and every host that checks proofs has.
constexpr std::string_view kDpopAlgorithms = "ES256";

// ScopesToName: what a challenge names: what the token has, where the policy says so, then what is needed.
std::vector<std::string> ScopesToName(const ScopePolicyConfig& policy, const Decision& decision) {
  std::vector<std::string> scopes;
  for (const auto& list : {decision.scopes_granted, decision.scopes_needed}) {
    for (const std::string_view scope : list) {
      std::string named = policy.scope_prefix + std::string(scope);
      const bool is_new = std::find(scopes.begin(), scopes.end(), named) == scopes.end();
      if (is_new && scope != kOfflineAccess) scopes.push_back(std::move(named));
    }
  }
  return scopes;
}

// AddError: RFC 6750 section 3.1. Coarse on purpose: which check failed is for the log, not for whoever sent the token.
void AddError(ChallengeKind kind, Challenge* challenge) {
  switch (kind) {
    case ChallengeKind::kNone:
    case ChallengeKind::kAnonymous:
      break;
    case ChallengeKind::kInvalidRequest:
      challenge->error = "invalid_request";
      challenge->error_description = "exactly one bearer token is expected, in the Authorization header";
      break;
    case ChallengeKind::kInvalidToken:
      challenge->error = "invalid_token";
      challenge->error_description = "the access token is not valid here";
      break;
    case ChallengeKind::kInsufficientScope:
      challenge->error = "insufficient_scope";
      challenge->error_description = "the operation needs further scopes";
      break;
  }
}

}  // namespace

void AppendChallenge(const Challenge& challenge, std::string* out) {
  ParameterList list(challenge.scheme, out);
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
  list.Add("algs", challenge.algs);
}

std::string ChallengeFor(const ScopePolicy& policy, const Decision& decision) {
  if (decision.challenge == ChallengeKind::kNone) return {};
  const std::vector<std::string> named = ScopesToName(policy.config(), decision);
  const std::vector<std::string_view> scopes(named.begin(), named.end());
  std::string out;
  const auto append = [&](std::string_view scheme, std::string_view algorithms, bool has_error) {
    Challenge challenge;
    challenge.scheme = scheme;
    if (has_error) AddError(decision.challenge, &challenge);
    challenge.scopes = scopes;
    challenge.resource_metadata = policy.metadata_url();
    challenge.algs = algorithms;
    if (!out.empty()) out += ", ";
    AppendChallenge(challenge, &out);
  };
  const bool both = decision.schemes == Schemes::kBoth;
  // The error is of the scheme that the request used, or of the only one that it could have used.
  if (decision.schemes != Schemes::kDpop) append("Bearer", {}, !both || !decision.uses_dpop);
  if (decision.schemes != Schemes::kBearer) append("DPoP", kDpopAlgorithms, !both || decision.uses_dpop);
  return out;
}

}  // namespace assay::mcp
