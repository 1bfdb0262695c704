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

// IsTakenOff: what one or another server takes from around a parameter's name: controls, blanks, brackets.
bool IsTakenOff(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte > 0 && byte <= ' ') || byte == 0x7F || byte == 0x85 || byte == 0xA0 || c == '[' || c == ']';
}

// MayBeReadAs: whether a server may read a parameter's name as this one: Rack and qs drop brackets around it; PHP ends
// it at one that is closed, and writes `_` for a dot, a blank and one that is not; C ends it at a NUL.
bool MayBeReadAs(std::string_view name, std::string_view wanted) {
  while (!name.empty() && IsTakenOff(name.front())) name.remove_prefix(1);
  if (name.size() < wanted.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool is_underscore = wanted[i] == '_' && std::string_view(". [").find(name[i]) != std::string_view::npos;
    if (name[i] != wanted[i] && !is_underscore) return false;
  }
  name.remove_prefix(wanted.size());
  while (!name.empty() && name.front() != '[' && IsTakenOff(name.front())) name.remove_prefix(1);
  return name.empty() || name.front() == '[' || name.front() == '\0';
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
  // As the most lenient of servers would read it: HTML 4.01's separator, no case.
  std::string plain(query);
  std::replace(plain.begin(), plain.end(), ';', '&');
  bool found = false;
  ForEachParameter(plain, [&](const FormText& encoded, const FormText&) {
    found = found || MayBeReadAs(LowerCase(encoded.Decode()), "access_token");
  });
  return found;
}

}  // namespace assay::mcp
