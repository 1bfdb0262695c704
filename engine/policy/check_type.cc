#include <algorithm>

#include "engine/base/text.h"

#include "engine/policy/checks.h"

namespace assay {
namespace {

// kNeverAccessTokens: types of JWT whose own specification forbids their use as access tokens: OpenID
// back-channel logout, DPoP (RFC 9449), security events (RFC 8417), token status lists, signed
// introspection responses (RFC 9701).
constexpr std::string_view kNeverAccessTokens[] = {"logout+jwt", "dpop+jwt", "secevent+jwt", "statuslist+jwt",
                                                   "token-introspection+jwt"};
constexpr std::size_t kShortest = std::string_view("dpop+jwt").size();
static_assert(std::all_of(std::begin(kNeverAccessTokens), std::end(kNeverAccessTokens),
                          [](std::string_view never) { return never.size() >= kShortest; }));

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

Reason CheckType(std::string_view wanted, const jws::Header& header, Detail* detail) {
  detail->subject = header.has_type ? header.type : std::string_view();
  if (wanted != "any") {
    const bool same = header.has_type && EqualsIgnoreCase(WithoutApplication(header.type), WithoutApplication(wanted));
    return same ? Reason::kUnset : Reason::kWrongType;
  }
  if (header.type.size() < kShortest) return Reason::kUnset;  // "JWT", "at+jwt", or none
  const std::string_view type = Essence(header.type);
  const bool refused = std::any_of(std::begin(kNeverAccessTokens), std::end(kNeverAccessTokens),
                                   [&](std::string_view never) { return EqualsIgnoreCase(type, never); });
  return refused ? Reason::kWrongType : Reason::kUnset;
}

}  // namespace assay
