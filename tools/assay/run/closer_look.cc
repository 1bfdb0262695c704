#include "tools/assay/run/closer_look.h"

#include <algorithm>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "engine/json/strict.h"
#include "tools/assay/io/text.h"
#include "tools/assay/io/time_text.h"
#include "tools/assay/run/object_scan.h"
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

std::vector<std::string_view> Segments(std::string_view token) {
  std::vector<std::string_view> segments;
  for (std::size_t from = 0; from <= token.size();) {
    const std::size_t dot = std::min(token.find('.', from), token.size());
    segments.push_back(token.substr(from, dot - from));
    from = dot + 1;
  }
  return segments;
}

// Decoded: a segment's bytes; nothing where the token has not so many, or it is no base64url.
std::string Decoded(std::string_view token, std::size_t segment) {
  const std::vector<std::string_view> segments = Segments(token);
  if (segment >= segments.size()) return "";
  std::string bytes(base64url::DecodedSize(segments[segment].size()), '\0');
  return base64url::Decode(segments[segment], bytes.data()) == base64url::kOk ? bytes : "";
}

std::string OfSegments(std::string_view token) {
  if (std::string other = OfOtherThings(token); !other.empty()) return other;
  const std::vector<std::string_view> segments = Segments(token);
  if (segments.size() == 1) return "";
  std::string text = "It has " + Count(segments.size(), "segment") + ", a signed token has three: ";
  if (segments.size() == 2) return text + "its signature is missing. Take the token as the issuer wrote it.";
  const auto same = std::find(segments.begin(), segments.begin() + 3, segments.back());
  if (segments.size() == 4 && same != segments.begin() + 3) {
    constexpr const char* kNames[] = {"the first, the header", "the second, the payload", "the third, the signature"};
    text += "the last repeats " + std::string(kNames[same - segments.begin()]) + '.';
  } else {
    text += "something was put behind it, or two were put together.";
  }
  return text + " Take the token as the issuer wrote it.";
}

// Excerpt: of what a token holds.
std::string Excerpt(std::string_view text) {
  constexpr std::size_t kMost = 40;
  return Printable(text.substr(0, kMost)) + (text.size() > kMost ? "…" : "");
}

std::string OfJson(std::string_view part, const std::string& text) {
  const std::string the = "The " + std::string(part) + "'s ";
  const std::size_t end = ScanObject(text).end;
  if (text.empty() || text.front() != '{') return "";
  if (end == std::string::npos) {
    return the + "object is never closed: its JSON ends with byte " + std::to_string(text.size()) +
           ". Something was cut off. Take the token as the issuer wrote it, whole.";
  }
  if (text.find_first_not_of(" \t\r\n", end) == std::string::npos) return "";
  return the + "object is closed with byte " + std::to_string(end) + ", and behind it stands `" +
         Excerpt(std::string_view(text).substr(end)) +
         "`: something was put in. If it comes from the issuer as it is, the issuer has to write the object alone.";
}

std::string OfRepeatedName(std::string_view part, const std::string& text) {
  const ObjectScan scan = ScanObject(text);
  if (scan.repeated.empty()) return "";
  return "The " + std::string(part) + " has " + Excerpt(scan.repeated) + " twice: at byte " +
         std::to_string(scan.at[0] + 1) + " with " + Excerpt(scan.values[0]) + ", at byte " +
         std::to_string(scan.at[1] + 1) + " with " + Excerpt(scan.values[1]) +
         ". Two readers would see two different tokens: somebody made it up, or its issuer has to write each name "
         "once.";
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
  if (token.find_first_not_of('=', at) == std::string_view::npos) {
    return "The token ends with `=`, and base64url has no padding (RFC 7515 section 2): whoever made the token, or put "
           "that behind it on the way, has to leave it out.";
  }
  std::string text = "The token's character " + std::to_string(at + 1) + ", counted from 1, is ";
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

std::string OfCritical(std::string_view token) {
  const std::string header = Decoded(token, 0);
  json::StrictParser parser;
  Arena arena(4096);
  json::Document document;
  std::string padded = header + std::string(json::StrictParser::kPadding, '\0');
  if (parser.Parse(std::string_view(padded).substr(0, header.size()), arena, &document) != json::Status::kOk) return "";
  const json::Value* const critical = json::Find(document.members, "crit");
  if (critical == nullptr) return "";
  return "crit is " + Excerpt(critical->raw) +
         (json::Find(document.members, "b64") != nullptr ? ", and b64 stands beside it" : "") +
         ": no extension of JWS is known here (RFC 7515 section 4.1.11). If the issuer wrote it, the issuer has to "
         "leave "
         "it out; otherwise somebody changed the header.";
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
  const auto differs_by_slash = [&](const std::string& name) { return name == iss + '/' || iss == name + '/'; };
  for (const PolicyConfig& issuer : issuers) {
    const bool alias = std::any_of(issuer.issuer_aliases.begin(), issuer.issuer_aliases.end(), differs_by_slash);
    if (!alias && !differs_by_slash(issuer.issuer)) continue;
    return "It differs from an issuer that is configured by the slash at its end alone: issuers are compared byte for "
           "byte. Configure it as its tokens spell it.";
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
  if (aud == nullptr) return "";
  for (const std::string& wanted : trace.policy->config().audiences) {
    const std::string other = wanted.ends_with('/') ? wanted.substr(0, wanted.size() - 1) : wanted + '/';
    if (aud->raw.find('"' + other + '"') == std::string_view::npos) continue;
    return "One of its audiences differs from what is configured by the slash at its end alone: audiences are compared "
           "byte for byte. "
           "Whoever names this service, the client's `resource` or its registration with the issuer, has to write it "
           "the same.";
  }
  return "";
}

// OfType: of a token that holds what access tokens do, under the type of another kind.
std::string OfType(const TokenTrace& trace) {
  if (trace.claims == nullptr || !trace.authentic || !trace.header.has_type) return "";
  const bool is_other_kind = trace.header.type.ends_with("+jwt") && !trace.header.type.ends_with("at+jwt");
  const bool has_access = trace.claims->Find("scope") != nullptr || trace.claims->Find("scp") != nullptr;
  if (!is_other_kind || !has_access || trace.claims->Find("events") != nullptr) return "";
  return "Its signature holds, and it has scopes like an access token: if it is one, the issuer has to write at+jwt. "
         "To "
         "set `token_type` to what it says would let tokens of that other kind pass. If it is none, "
         "send the access token.";
}

// OfNumbers: times that are spelled as strings.
std::string OfNumbers(std::string_view token) {
  const std::string payload = Decoded(token, 1);
  for (const char* name : {"exp", "nbf", "iat"}) {
    const std::string quoted = '"' + std::string(name) + "\":\"";
    const std::size_t at = payload.find(quoted);
    if (at == std::string::npos) continue;
    const std::size_t from = at + quoted.size();
    const std::size_t end = payload.find_first_not_of("0123456789", from);
    if (end == from || end == std::string::npos || payload[end] != '"') continue;
    return std::string(name) + " has to be a number, " + payload.substr(from, end - from) +
           " without quotes (RFC 7519 section 2): if the issuer wrote it so, the issuer has to mend that; otherwise "
           "somebody "
           "changed the payload.";
  }
  return "";
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
std::string OfClaimType(std::string_view token, const TokenTrace& trace) {
  const TraceStep* const cause = trace.cause();
  if (cause == nullptr || cause->check != TokenCheck::kClaimForms) return OfNumbers(token);
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
    default:
      return "";
  }
}

}  // namespace assay::cli
