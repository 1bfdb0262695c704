#include "tools/assay/run/closer_look.h"

#include <algorithm>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/claims/claim_reader.h"
#include "engine/policy/issuer_names.h"
#include "tools/assay/io/text.h"
#include "tools/assay/io/time_text.h"
#include "tools/assay/run/policy_text.h"
#include "tools/assay/run/token_defects.h"

namespace assay::cli {
namespace {

// IsOf: whether the cause is a defect of this part, claim or name.
bool IsOf(const TokenTrace& trace, std::string_view subject) {
  return trace.cause() != nullptr && trace.cause()->subject == subject;
}

// WithOtherEnd: with a slash at its end, or without the one that it has.
std::string WithOtherEnd(const std::string& text) {
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text + '/';
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

// HasKeyNamed: whether the token's kid is that of a key of the issuer's at all.
bool HasKeyNamed(const TokenTrace& trace) {
  if (!trace.header.has_kid || trace.keys == nullptr) return false;
  const auto keys = trace.keys->keys();
  return std::any_of(keys.begin(), keys.end(),
                     [&](const jwks::Jwk& jwk) { return jwk.has_kid && jwk.kid == trace.header.kid; });
}

std::string OfNoAlgorithm(const TokenTrace& trace) {
  if (!HasKeyNamed(trace)) return "";
  return "Its header names one of the issuer's keys, and yet nothing is signed: somebody took the signature away, or "
         "made the token up. Such "
         "a token can never be good.";
}

std::string OfKey(std::string_view token, const TokenTrace& trace) {
  const std::string_view why = trace.cause() == nullptr ? std::string_view() : trace.cause()->found;
  if (why == kKeyOfAnotherIssuer) {
    return "The key is another issuer's: a set that several issuers share says whose each key is. The token's issuer "
           "has to sign with a key of its own, or another key set has to be configured.";
  }
  if (why == kKeyForOtherEnds) {
    return "Keys for tokens of SPIFFE have `use` jwt-svid: take the bundle of the trust domain, and no set of keys for "
           "other ends.";
  }
  if (!NamesKeyOfAnother(trace) || !trace.header.algorithm) return "";
  const std::string algorithm(AlgorithmName(*trace.header.algorithm));
  return "alg is " + algorithm +
         ", which is allowed, and kid is that of a key for another algorithm; the signature has " +
         Count(Decoded(token, 2).size(), "byte") +
         ". Somebody changed the header, or two keys have borne this kid: then the key set here is not the issuer's "
         "present one.";
}

std::string OfKid(const TokenTrace& trace) {
  const std::string_view kid = trace.header.kid;
  if (!trace.header.has_kid || (kid.find("../") == std::string_view::npos && !kid.starts_with('/'))) return "";
  return "Its kid is a path of files, as no issuer names a key: somebody made this token up, to see what is opened. "
         "Leave the key set as it is.";
}

// OfSignature: whom to ask. What the token says of itself is not proven.
std::string OfSignature(const TokenTrace& trace) {
  if (trace.claims == nullptr) return "";
  std::string says;
  for (const char* name : {"sub", "client_id", "jti"}) {
    const json::Value* const value = trace.claims->Find(name);
    if (value != nullptr) says += std::string(says.empty() ? "" : ", ") + name + ' ' + Excerpt(value->raw);
  }
  if (says.empty()) return "";
  return "If all tokens of this issuer fail, the keys here are those of another environment or tenant. If only this "
         "one "
         "does, it was changed or made up; it says of itself, unproven: " +
         says + ". The issuer's log shows whether it wrote that.";
}

std::string OfAlgorithm(const TokenTrace& trace) {
  if (!NamesKeyOfAnother(trace)) return "";
  return "Its kid is that of one of the issuer's keys, which is for another algorithm: no issuer writes such a token. "
         "Somebody changed its header, or made it up; to allow the algorithm would not make it good.";
}

std::string OfIssuer(const TokenTrace& trace, std::span<const PolicyConfig> issuers) {
  if (trace.claims == nullptr || !trace.claims->issuer()) return "";
  const std::string iss(*trace.claims->issuer());
  const std::string other = WithOtherEnd(iss);
  constexpr std::string_view kVersion1 = "https://sts.windows.net/";
  for (const PolicyConfig& issuer : issuers) {
    const Result<IssuerNames> names = IssuerNames::Build(issuer);
    if (!names) continue;
    if (iss.starts_with(kVersion1) &&
        names->Has("https://login.microsoftonline.com/" + iss.substr(kVersion1.size()) + "v2.0")) {
      return "It is a token of version 1, of a tenant that is configured: set `requestedAccessTokenVersion` to 2 in "
             "the manifest of the API's registration with Entra.";
    }
    if (!names->Has(other)) continue;
    return "It differs from an issuer that is configured by the slash at its end alone: issuers are compared byte for "
           "byte. Configure it as its tokens spell it.";
  }
  for (const PolicyConfig& issuer : issuers) {
    const std::string& domain = issuer.subject_trust_domain;
    if (domain.empty() || !(iss + '/').starts_with("spiffe://" + domain + '/')) continue;
    return "It names a trust domain, `subject_trust_domain`, whose tokens have no iss, and a sub below it: the server "
           "that signs them has to leave iss out.";
  }
  for (const PolicyConfig& issuer : issuers) {
    if (issuer.issuer.empty() || !iss.starts_with(issuer.issuer)) continue;
    return "It begins like an issuer that is configured and goes on with `" +
           Excerpt(iss.substr(issuer.issuer.size())) +
           "`, which makes it somebody else's. Configure it only if you know whose it is: an issuer can make tokens "
           "for "
           "anybody.";
  }
  return "";
}

std::string OfExpiry(const Claims& claims) {
  if (!claims.expires_at() || !claims.issued_at()) return "";
  const std::int64_t expires = claims.expires_at()->floor(), issued = claims.issued_at()->floor();
  if (expires > issued) return "";
  const std::uint64_t before = static_cast<std::uint64_t>(issued) - static_cast<std::uint64_t>(expires);
  return "Its exp is " + DurationText(before) +
         " before its iat: it was never good, and a new one would not be. Its issuer has to be mended.";
}

std::string OfAudience(const TokenTrace& trace) {
  if (trace.claims == nullptr || trace.policy == nullptr) return "";
  const json::Value* const aud = trace.claims->Find("aud");
  if (aud == nullptr && trace.policy->config().audience_from) {
    return "`audience_from` of the configuration says which values of that claim stand in for the audience. If the one "
           "that was found is a client of this service, it has to be among them; else get a token by one that is.";
  }
  if (aud == nullptr) return "";
  for (const std::string& wanted : trace.policy->config().audiences) {
    if (aud->raw.find('"' + WithOtherEnd(wanted) + '"') == std::string_view::npos) continue;
    return "One of its audiences differs from what is configured by the slash at its end alone: audiences are compared "
           "byte for byte. "
           "Whoever names this service, the client's `resource` or its registration with the issuer, has to write it "
           "the same.";
  }
  return "";
}

// OfNoAudience: JWT-SVIDs have one, whatever asks for them.
std::string OfNoAudience(const TokenTrace& trace) {
  const Claims* const claims = trace.claims;
  const bool is_svid =
      claims != nullptr && !claims->issuer() && claims->subject().value_or("").starts_with(kSpiffeScheme);
  return is_svid ? "A JWT-SVID without an audience is none: have the workload ask its SPIFFE agent for one with the "
                   "audience of this service. Nothing stands in for it."
                 : "";
}

// OfType: of a token that holds what access tokens do, under the type of another kind.
std::string OfType(const TokenTrace& trace) {
  if (trace.claims == nullptr || !trace.authentic || !trace.header.has_type) return "";
  const bool is_other_kind = trace.header.type.ends_with("+jwt") && !trace.header.type.ends_with("at+jwt");
  const bool has_access = trace.claims->Find("scope") != nullptr || trace.claims->Find("scp") != nullptr;
  if (!is_other_kind || !has_access || trace.claims->Find("events") != nullptr) return "";
  return "Its signature holds, and it has scopes like an access token: if it is one, the issuer has to write at+jwt. "
         "To set `token_type` to what it says would let tokens of that other kind pass. If it is none, send the access "
         "token.";
}

std::string OfNotBefore(const Claims& claims, std::int64_t now) {
  if (!claims.not_before() || !claims.issued_at()) return "";
  const std::int64_t issued = claims.issued_at()->floor(), from = claims.not_before()->floor();
  if (issued > now || from <= issued || from - issued <= kMaxLeewaySeconds) return "";
  return "It was issued before now (iat), and is good from " + DurationText(static_cast<std::uint64_t>(from - issued)) +
         " after that: no clock is wrong. The issuer dates its tokens ahead; wait, or have it mended.";
}

// OfClaim: whether the name is one and a value, or a claim of that name stands inside of another.
std::string OfClaim(const TokenTrace& trace) {
  const PolicyConfig& policy = trace.policy->config();
  const TraceStep* const cause = trace.cause();
  if (cause == nullptr || cause->check != TokenCheck::kClaim || trace.claims == nullptr) return "";
  const std::size_t required = policy.required_claims.size();
  const ClaimPath& path = cause->item < required ? policy.required_claims[cause->item].claim
                                                 : policy.claim_rules[cause->item - required].claim;
  if (path.size() != 1) return "";
  const std::string& name = path.front();
  const std::size_t equals = name.find('=');
  const json::Value* const before =
      equals == std::string::npos ? nullptr : trace.claims->Find(std::string_view(name).substr(0, equals));
  if (before != nullptr) {
    return "No claim has the name \"" + Printable(name) +
           "\": that is a name and a value, which stands in `claims`, and " +
           "not in `required_claims`. The token has " + Printable(name.substr(0, equals)) + ' ' + Excerpt(before->raw) +
           '.';
  }
  const std::optional<ClaimPath> inside = FindInside(*trace.claims, name);
  if (!inside) return "";
  std::string text = "The token has " + Names(*inside) +
                     ": if that is meant, and the issuer alone writes it, not the user, name the claim by this list";
  // What is to be pasted into a shell must not end its quotes.
  if (Names(*inside).find('\'') == std::string::npos) {
    text += " (on the command line as well, for --require-claim: '" + Names(*inside) + "=VALUE')";
  }
  return text + '.';
}

std::string OfScopes(const TokenTrace& trace) {
  if (trace.claims == nullptr || trace.named.scopes != nullptr) return "";
  // Another claim was meant by whoever named one that is none of the two: what a user may do is not what was asked for.
  if (trace.policy != nullptr) {
    const std::string& claim = trace.policy->config().scopes.claim.back();
    if (claim != "scope" && claim != "scp") return "";
  }
  for (const char* other : {"scp", "scope"}) {
    if (trace.claims->Find(other) == nullptr) continue;
    return "This issuer writes its scopes into `" + std::string(other) +
           "`: say so by `scope_claim` in the "
           "configuration, or --scope-claim " +
           other + '.';
  }
  return "";
}

// IsOfScopes: whether the claim of the wrong type is the one that holds scopes.
bool IsOfScopes(const TokenTrace& trace) {
  Arena arena(256);
  return trace.policy == nullptr || IsOf(trace, NameOf(trace.policy->config().scopes.claim, arena));
}

std::string OfRevocation(const TokenTrace& trace) {
  if (IsOf(trace, "key")) {
    return "Whatever its key has signed or will sign is revoked: to sign in again helps once the issuer signs with "
           "another key.";
  }
  if (IsOf(trace, "iss")) {
    return "All tokens of its issuer that were issued up to a time are revoked: sign in again. If a new token is "
           "refused as well, that time lies ahead (`issued_before`, in seconds).";
  }
  return "";
}

// OfClaimType: scopes and names of clients have a form that the configuration says, registered claims one of their own.
std::string OfClaimType(std::string_view token, const TokenTrace& trace) {
  const TraceStep* const cause = trace.cause();
  if (cause == nullptr || cause->check != TokenCheck::kClaimForms) return OfNumbers(token);
  if (!IsOfScopes(trace)) {
    return "If this issuer writes it so, another claim has to be named in the configuration (`client_claim`, "
           "`session_claim`, `token_id_claim`, `tenant_claim`). Otherwise the issuer has to write what is wanted.";
  }
  return "If this issuer writes it so, say which form its scopes have: --scope-form array (or either), or `scopes` "
         "with its `form` in the configuration. Otherwise the issuer has to write what is wanted.";
}

}  // namespace

std::optional<ClaimPath> FindInside(const Claims& claims, const std::string& name) {
  Arena arena(4096);
  std::optional<ClaimPath> found;
  for (const json::Member& member : claims.members()) {
    json::Value value;
    if (member.value.kind != json::Kind::kObject) continue;
    ClaimPath inside = {std::string(member.name), name.substr(name.rfind('.') + 1)};
    if (!claims.FindPath(inside, arena, &value)) continue;
    if (found) return std::nullopt;
    found = std::move(inside);
  }
  return found;
}

std::string CloserLook(Reason reason, std::string_view token, const TokenTrace& trace,
                       std::span<const PolicyConfig> issuers, std::int64_t now) {
  switch (reason) {
    case Reason::kTooLarge:
      if (!IsOf(trace, "header")) return "";
      return "No setting raises the limit of headers. If the issuer wrote it, the issuer has to leave out what is not "
             "needed there (x5c, jwk: keys in a header are never used); otherwise somebody made it up.";
    case Reason::kNotThreeSegments:
      return OfSegments(token);
    case Reason::kBadBase64url:
      return OfBase64url(token);
    case Reason::kBadHeaderJson:
      return OfJson("header", Decoded(token, 0));
    case Reason::kDuplicateName:
      return trace.header_read ? OfRepeatedName("payload", Decoded(token, 1))
                               : OfRepeatedName("header", Decoded(token, 0));
    case Reason::kCriticalHeader:
    case Reason::kUnencodedPayload:
      return OfCritical(token);
    case Reason::kBadPayloadJson:
      if (trace.cause() == nullptr || trace.cause()->detail.find("object_members") == std::string::npos) {
        return OfJson("payload", Decoded(token, 1));
      }
      return "If the issuer is known to write so many, raise `object_members` under `limits`, at the root of the "
             "configuration (at most " +
             std::to_string(kMaxObjectMembersCeiling) + "), or have the issuer write fewer.";
    case Reason::kAlgorithmNone:
      return OfNoAlgorithm(trace);
    case Reason::kAlgorithmUnknown:
    case Reason::kAlgorithmNotAllowed:
      return OfAlgorithm(trace);
    case Reason::kKeyUnusable:
      return OfKey(token, trace);
    case Reason::kKeyNotFound:
      return OfKid(trace);
    case Reason::kBadSignature:
      return OfSignature(trace);
    case Reason::kAudienceMissing:
      return OfNoAudience(trace);
    case Reason::kWrongAudience:
      return OfAudience(trace);
    case Reason::kWrongType:
      return OfType(trace);
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
      return OfClaimType(token, trace);
    case Reason::kRevoked:
      return OfRevocation(trace);
    default:
      return "";
  }
}

}  // namespace assay::cli
