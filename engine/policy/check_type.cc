#include <algorithm>

#include "engine/base/text.h"

#include "engine/policy/checks.h"

namespace assay {
namespace {

// kNeverAccessTokens: types of token whose own specification makes them something else than access tokens and that do
// not end in `+jwt`, or that people look for here: selective disclosure (RFC 9901 and SD-JWT VC), PASSporT (RFC 8225).
// Every type that ends in `+jwt` but `at+jwt` is one: ID assertion grants, transaction tokens, workload identity and
// its proofs, client authentication, request objects, key binding, OpenID Federation, logout, DPoP, security events,
// status lists, introspection. Who uses another as an access token says so by token_type.
constexpr std::string_view kNeverAccessTokens[] = {"passport", "dc+sd-jwt", "vc+sd-jwt", "sd-jwt"};
constexpr std::string_view kJwtSuffix = "+jwt";
constexpr std::string_view kAccessToken = "at+jwt";

// kTypesOfOthers: types that a specification of their own gives to something else.
constexpr std::string_view kTypesOfOthers[] = {"logout+jwt",
                                               "dpop+jwt",
                                               "secevent+jwt",
                                               "oauth-authz-req+jwt",
                                               "client-authentication+jwt",
                                               "kb+jwt",
                                               "statuslist+jwt",
                                               "token-introspection+jwt",
                                               "txntoken+jwt",
                                               "oauth-id-jag+jwt",
                                               "wit+jwt",
                                               "wpt+jwt",
                                               "entity-statement+jwt",
                                               "trust-mark+jwt",
                                               "openid4vci-proof+jwt",
                                               "dc+sd-jwt",
                                               "vc+sd-jwt",
                                               "passport"};

// IsNeverAccessToken: whether tokens of this media type are known to be no access tokens.
bool IsNeverAccessToken(std::string_view type) {
  if (!IsMediaTypeText(type)) return true;
  if (type.size() >= kJwtSuffix.size() && EqualsIgnoreCase(type.substr(type.size() - kJwtSuffix.size()), kJwtSuffix)) {
    return !EqualsIgnoreCase(type, kAccessToken);
  }
  return std::any_of(std::begin(kNeverAccessTokens), std::end(kNeverAccessTokens),
                     [&](std::string_view never) { return EqualsIgnoreCase(type, never); });
}

// WithoutApplication: `type` without an `application/` prefix, unless a further '/' follows (RFC 7515 section 4.1.9).
std::string_view WithoutApplication(std::string_view type) {
  constexpr std::string_view kPrefix = "application/";
  if (!EqualsIgnoreCase(type.substr(0, kPrefix.size()), kPrefix)) return type;
  const std::string_view rest = type.substr(kPrefix.size());
  return rest.find('/') == std::string_view::npos ? rest : type;
}

// Essence: the media type without parameters and surrounding space, so that neither hides a type to be refused.
std::string_view Essence(std::string_view type) {
  return WithoutApplication(Trim(type.substr(0, type.find(';')), " \t\r\n"));
}

}  // namespace

bool IsTypeOfOthers(std::string_view type) {
  return std::any_of(std::begin(kTypesOfOthers), std::end(kTypesOfOthers),
                     [&](std::string_view other) { return EqualsIgnoreCase(WithoutApplication(type), other); });
}

Reason CheckType(std::string_view wanted, const jws::Header& header, Detail* detail) {
  *detail = {header.has_type ? header.type : std::string_view()};
  if (wanted != "any") {
    const bool same = header.has_type && EqualsIgnoreCase(WithoutApplication(header.type), WithoutApplication(wanted));
    if (!same) detail->wanted = wanted;
    return same ? Reason::kUnset : Reason::kWrongType;
  }
  if (header.type.empty() || header.type == "JWT" || header.type == kAccessToken) return Reason::kUnset;
  return IsNeverAccessToken(Essence(header.type)) ? Reason::kWrongType : Reason::kUnset;
}

}  // namespace assay
