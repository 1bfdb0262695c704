#include "tools/assay/run/closer_look.h"

#include <algorithm>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "tools/assay/io/text.h"
#include "tools/assay/io/time_text.h"
#include "tools/assay/run/policy_text.h"

namespace assay::cli {
namespace {

// OfOtherThings: what is sent by mistake where a token should be.
std::string OfOtherThings(std::string_view token) {
  if (token.starts_with("-----BEGIN")) return "This is PEM, a key or a certificate, and no token.";
  if (token.starts_with('{')) {
    return "This is JSON, a key or an answer of the token endpoint, and no token: of an answer send what its "
           "`access_token` holds.";
  }
  if (token.starts_with("Authorization:")) return "Leave out the header's name: the token is what follows `Bearer`.";
  return "";
}

std::string OfSegments(std::string_view token) {
  if (std::string other = OfOtherThings(token); !other.empty()) return other;
  const auto dots = static_cast<std::uint64_t>(std::count(token.begin(), token.end(), '.'));
  if (dots == 0) return "";
  const std::string count = "It has " + Count(dots + 1, "segment") + ", a signed token has three: ";
  return count + (dots == 1 ? "its signature is missing." : "something was put behind it, or two were put together.") +
         " Take the token as the issuer wrote it.";
}

std::string OfBase64url(std::string_view token) {
  if (std::string other = OfOtherThings(token); !other.empty()) return other;
  if (token.starts_with('"') || token.starts_with('\'')) return "The token stands in quotes: send it without them.";
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  const std::size_t at = token.find_first_not_of(kAlphabet);
  if (at == std::string_view::npos) {
    return "Each of its characters is one of base64url: so it was cut, or a character was put in, taken out or "
           "changed. Take the token as the issuer wrote it, whole.";
  }
  std::string text = "At position " + std::to_string(at) + " of the token stands ";
  switch (token[at]) {
    case '=':
      return text +
             "`=`: tokens are written without padding (RFC 7515 section 2). Whoever made this one has to leave "
             "it out.";
    case '+':
    case '/':
      return text + '`' + token[at] +
             "`: this is plain base64. Whoever made the token has to write base64url, with - "
             "and _ (RFC 7515 section 2).";
    case ' ':
    case '\t':
      return text + "a space: send the token alone, in one piece.";
    case '%':
      return text + "`%`: it was escaped for a URL. Send it as it was before that.";
    default:
      return text + "none of base64url's (letters, digits, - and _). Take the token as the issuer wrote it.";
  }
}

// NamesKeyOfAnother: whether the token's kid is that of a key, none of which verifies its algorithm.
bool NamesKeyOfAnother(const TokenTrace& trace) {
  if (!trace.header.has_kid || trace.keys == nullptr) return false;
  bool found = false;
  for (const jwks::Jwk& jwk : trace.keys->keys()) {
    if (!jwk.has_kid || jwk.kid != trace.header.kid) continue;
    if (trace.header.algorithm && jwk.algorithms.Contains(*trace.header.algorithm)) return false;
    found = true;
  }
  return found;
}

std::string OfAlgorithm(const TokenTrace& trace) {
  if (!NamesKeyOfAnother(trace)) return "";
  return "Its kid is that of one of the issuer's keys, which is for another algorithm: no issuer writes such a token. "
         "Somebody changed its header, or made it up; to allow the algorithm would not make it good.";
}

std::string OfIssuer(const TokenTrace& trace, std::span<const PolicyConfig> issuers) {
  if (trace.claims == nullptr || !trace.claims->issuer()) return "";
  const std::string iss(*trace.claims->issuer());
  const auto differs_by_slash = [&](const std::string& name) { return name == iss + '/' || iss == name + '/'; };
  for (const PolicyConfig& issuer : issuers) {
    const bool alias = std::any_of(issuer.issuer_aliases.begin(), issuer.issuer_aliases.end(), differs_by_slash);
    if (!alias && !differs_by_slash(issuer.issuer)) continue;
    return "It differs from an issuer that is configured by the slash at its end alone: issuers are compared byte for "
           "byte. Configure it as its tokens spell it.";
  }
  return "";
}

std::string OfExpiry(const Claims& claims) {
  if (!claims.expires_at() || !claims.issued_at()) return "";
  if (claims.expires_at()->floor() > claims.issued_at()->floor()) return "";
  return "Its exp is not after its iat: it was never good, and a new one would not be. Its issuer has to be mended.";
}

std::string OfNotBefore(const Claims& claims, std::int64_t now) {
  if (!claims.not_before() || !claims.issued_at()) return "";
  const std::int64_t issued = claims.issued_at()->floor(), from = claims.not_before()->floor();
  if (issued > now || from <= issued || from - issued <= kMaxLeewaySeconds) return "";
  return "It was issued before now (iat), and is good from " + DurationText(static_cast<std::uint64_t>(from - issued)) +
         " after that: no clock is wrong. The issuer dates its tokens ahead; wait, or have it mended.";
}

// OfClaim: whether a claim of the missing one's name stands inside of another.
std::string OfClaim(const TokenTrace& trace) {
  const PolicyConfig& policy = trace.policy->config();
  const TraceStep* const cause = trace.cause();
  if (cause == nullptr || cause->check != TokenCheck::kClaim || trace.claims == nullptr) return "";
  const std::size_t required = policy.required_claims.size();
  const ClaimPath& path = cause->item < required ? policy.required_claims[cause->item].claim
                                                 : policy.claim_rules[cause->item - required].claim;
  if (path.size() != 1) return "";
  const std::string& name = path.front();
  Arena arena(4096);
  for (const json::Member& member : trace.claims->members()) {
    json::Value value;
    if (member.value.kind != json::Kind::kObject) continue;
    const ClaimPath inside = {std::string(member.name), name.substr(name.rfind('.') + 1)};
    if (!trace.claims->FindPath(inside, arena, &value)) continue;
    return "The token has " + Names(inside) +
           ": if that is meant, name the claim by this list (on the command line as "
           "well, for --require-claim: '" +
           Names(inside) + "=VALUE').";
  }
  return "";
}

std::string OfScopes(const TokenTrace& trace) {
  if (trace.claims == nullptr || trace.named.scopes != nullptr) return "";
  for (const char* other : {"scp", "scope"}) {
    if (trace.claims->Find(other) == nullptr) continue;
    return "This issuer writes its scopes into `" + std::string(other) +
           "`: say so by `scope_claim` in the "
           "configuration, or --scope-claim " +
           other + '.';
  }
  return "";
}

// OfClaimType: scopes and names of clients have a form that the configuration says, registered claims one of their own.
std::string OfClaimType(const TokenTrace& trace) {
  const TraceStep* const cause = trace.cause();
  if (cause == nullptr || cause->check != TokenCheck::kClaimForms) return "";
  return "If this issuer writes it so, say which form its scopes have: --scope-form array (or either), or `scopes` "
         "with its `form` in the configuration. Otherwise the issuer has to write what is wanted.";
}

}  // namespace

std::string CloserLook(Reason reason, std::string_view token, const TokenTrace& trace,
                       std::span<const PolicyConfig> issuers, std::int64_t now) {
  switch (reason) {
    case Reason::kNotThreeSegments:
      return OfSegments(token);
    case Reason::kBadBase64url:
      return OfBase64url(token);
    case Reason::kBadPayloadJson:
      if (trace.cause() == nullptr || trace.cause()->detail.find("object_members") == std::string::npos) return "";
      return "Raise `object_members` under `limits`, at the root of the configuration (at most " +
             std::to_string(kMaxObjectMembersCeiling) + "), or have the issuer write fewer.";
    case Reason::kAlgorithmUnknown:
    case Reason::kAlgorithmNotAllowed:
    case Reason::kKeyUnusable:
      return OfAlgorithm(trace);
    case Reason::kIssuerUnknown:
    case Reason::kWrongIssuer:
      return OfIssuer(trace, issuers);
    case Reason::kExpired:
      return trace.claims == nullptr ? "" : OfExpiry(*trace.claims);
    case Reason::kNotYetValid:
      return trace.claims == nullptr ? "" : OfNotBefore(*trace.claims, now);
    case Reason::kClaimMissing:
      return OfClaim(trace);
    case Reason::kInsufficientScope:
      return OfScopes(trace);
    case Reason::kBadClaimType:
      return OfClaimType(trace);
    default:
      return "";
  }
}

}  // namespace assay::cli
