#include "engine/mcp/request/credential.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/mcp/request/form.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

// SchemeEnd: where the scheme of an Authorization header ends.
std::size_t SchemeEnd(std::string_view value) { return std::min(value.find(' '), value.size()); }

// HasScheme: whether a header's scheme is this one, whose case does not matter (RFC 9110 section 11.1).
bool HasScheme(std::string_view value, std::string_view scheme) {
  return EqualsIgnoreCase(value.substr(0, SchemeEnd(value)), scheme);
}

}  // namespace

Reason ExtractToken(const RequestHead& head, std::string_view* token, Dpop dpop) {
  *token = {};
  if (head.authorization.count > 1) return Reason::kCredentialRepeated;
  const std::string_view value = head.authorization.value;
  const bool is_ours = HasScheme(value, "bearer") || (dpop == Dpop::kAccepted && HasScheme(value, "dpop"));
  // A scheme that ends in a comma is an empty credential beside another one.
  if (value.substr(0, SchemeEnd(value)).ends_with(',')) return Reason::kCredentialRepeated;
  if (!head.authorization.present() || !is_ours) return Reason::kCredentialMissing;
  if (!head.query.empty() && HasTokenParameter(head.query)) return Reason::kCredentialRepeated;
  std::string_view text = value.substr(SchemeEnd(value));
  if (Trim(text).empty()) return Reason::kCredentialMissing;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  // Two headers that something on the way has joined (RFC 9110 section 5.3).
  if (text.find(',') != std::string_view::npos) return Reason::kCredentialRepeated;
  if (!IsBearerToken(text)) return Reason::kRequestMalformed;
  *token = text;
  return Reason::kUnset;
}

const char* WhyNoCredential(const RequestHead& head) {
  const std::string_view value = Trim(head.authorization.value);
  if (!head.authorization.present()) return "there is no Authorization header";
  if (value.empty()) return "the Authorization header is empty";
  if (EqualsIgnoreCase(value, "bearer") || EqualsIgnoreCase(value, "dpop")) {
    return "the Authorization header has a scheme, and no token behind it";
  }
  if (HasScheme(value, "dpop")) {
    return "the Authorization header has the scheme DPoP, which is taken only where an issuer accepts tokens that are "
           "bound to keys (jkt), or the policy requires such";
  }
  if (value.find_first_of(" \t") == std::string_view::npos) {
    return "the Authorization header has no scheme; wanted Bearer and the token behind it";
  }
  return "the Authorization header has another scheme than Bearer";
}

bool HasDpopScheme(const RequestHead& head) { return HasScheme(head.authorization.value, "dpop"); }

bool HasTokenParameter(std::string_view query) {
  // As the most lenient of servers would read it: HTML 4.01's separator, PHP's names, no case.
  std::string plain(query);
  std::replace(plain.begin(), plain.end(), ';', '&');
  bool found = false;
  ForEachParameter(plain, [&](const FormText& encoded, const FormText&) {
    std::string name = LowerCase(VariableName(encoded.Decode()));
    name.erase(0, name.find_first_not_of(' '));
    name.resize(std::min(name.find_first_of(std::string_view("[\0", 2)), name.size()));
    std::replace(name.begin(), name.end(), ' ', '_');
    found = found || name == "access_token";
  });
  return found;
}

}  // namespace assay::mcp
