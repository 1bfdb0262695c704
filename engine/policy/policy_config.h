// PolicyConfig: what a token of one issuer must satisfy. Strict by default; every relaxation has a
// name that says so. Turned into an immutable Policy by Policy::Build(), which refuses unsafe values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/claims/claim_path.h"
#include "engine/claims/scope_source.h"
#include "engine/jws/alg.h"

namespace assay {

// RequiredClaim: a claim that must be there and not null. With `values`: a string, number or boolean spelled as one of
// them, or an array that holds all of them as strings.
struct RequiredClaim {
  ClaimPath claim;
  std::vector<std::string> values = {};

  bool operator==(const RequiredClaim&) const = default;
};

// ClaimOperator: what a rule asks of a claim. A claim of another type than the operator's never matches; nothing is
// coerced, folded or trimmed.
enum class ClaimOperator : std::uint8_t {
  kExists,  // anything but null and the empty string
  kIn,      // a string equal to one of `values`
  kIs,      // the JSON value `is`: true, false, a string, or an integer spelled as JSON writes it shortest
  kHas,     // an array of strings alone that holds one of `values`
  kWords,   // a string that, split at spaces, holds one of `values`
  kPrefix,  // a string that begins with one of `values`, each of which ends in `/` or `:`
};

// ClaimRule: one rule on one claim. A token without the claim is `claim_missing`; one with another value is
// `claim_mismatch`.
struct ClaimRule {
  ClaimPath claim;
  ClaimOperator op = ClaimOperator::kExists;
  std::vector<std::string> values = {};
  std::variant<bool, std::int64_t, std::string> is = false;

  bool operator==(const ClaimRule&) const = default;
};

// AudienceFrom: a string claim that stands in for `aud` in tokens without that member, and must be one of `in`.
struct AudienceFrom {
  ClaimPath claim;
  std::vector<std::string> in;

  bool operator==(const AudienceFrom&) const = default;
};

// HeaderRule: a member of the JOSE header that must be a string equal to one of `in`.
struct HeaderRule {
  std::string name;
  std::vector<std::string> in;

  bool operator==(const HeaderRule&) const = default;
};

// IdentityClaims: where an issuer's tokens say who acts. A claim that is there must be a string. Revocation goes by
// these and by the registered claims alike.
struct IdentityClaims {
  ClaimPath client = {"client_id"};  // RFC 8693 section 4.3; `azp`, `cid` or `appid` at some
  ClaimPath session = {"sid"};
  ClaimPath token_id = {"jti"};
  ClaimPath tenant = {};  // empty: none

  bool operator==(const IdentityClaims&) const = default;
};

enum class IssuerMode : std::uint8_t {
  kChosenByIss,  // `iss` picks this issuer among several; an unknown `iss` is refused
  kFixed,        // the route fixes the issuer; another `iss` is `wrong_issuer`. One issuer only.
  kUnchecked,    // `iss` is not looked at. One issuer only; for tools.
};

// IssuerTemplate: many issuers by one pattern: https://login.example/{tenant}/v2.0 with the values of `tenant`. Only
// the strings that come of it are issuers; nothing is matched against the pattern.
struct IssuerTemplate {
  std::string pattern;  // with each variable once, as {NAME}; empty: no template
  struct Variable {
    std::string name;
    std::vector<std::string> values;  // of A-Z a-z 0-9 . _ -
    bool operator==(const Variable&) const = default;
  };
  std::vector<Variable> variables;

  bool operator==(const IssuerTemplate&) const = default;
};

// WithoutKid: which key verifies a token that names none.
enum class WithoutKid : std::uint8_t {
  kUnique,  // the only key of the set that fits; several are `key_ambiguous`
  kTry,     // each that fits, of at most 4; more are `key_ambiguous`
};

// EnforcementMode: whether what a policy refuses is refused, or reported only: see PolicyConfig::mode.
enum class EnforcementMode : std::uint8_t { kEnforce, kReport };

struct PolicyConfig {
  std::string issuer;  // compared byte for byte, RFC 7519 section 4.1.1
  IssuerMode issuer_mode = IssuerMode::kChosenByIss;

  // issuer_aliases: other spellings of the same issuer, each compared byte for byte. Principal and revocation go by
  // `issuer`, whichever a token has.
  std::vector<std::string> issuer_aliases;
  // issuer_template: in place of `issuer`, which then names the entry (its first string when it is empty). Each string
  // is an issuer of its own.
  IssuerTemplate issuer_template;
  // subject_trust_domain: in place of `issuer`: tokens without `iss` whose `sub` is a SPIFFE id of this trust domain
  // (JWT-SVID section 3); `spiffe://` and the domain stand for `iss`. Only algorithms of JWT-SVID, only `kid`s of keys
  // for jwt-svid, only `typ` absent, JWT or JOSE.
  std::string subject_trust_domain;

  // audiences: at least one, unless any_audience_is_dangerous or audience_from. A token must name one of them exactly.
  // A root URI stands for both of its spellings (`https://h` and `https://h/`).
  std::vector<std::string> audiences;
  bool any_audience_is_dangerous = false;  // opt-out: tokens meant for other services are accepted
  // audience_from: for issuers that write no `aud`. `aud` with any value, null and [] too, is judged by `audiences`.
  // Needs a token_type or a claim rule on another claim, which tell access tokens.
  std::optional<AudienceFrom> audience_from;

  AlgorithmSet algorithms = {Algorithm::kES256, Algorithm::kRS256};
  std::string token_type = "any";  // or a media type such as "at+jwt"
  std::vector<RequiredClaim> required_claims;
  std::vector<ClaimRule> claim_rules;  // all must hold
  std::vector<HeaderRule> header_rules;
  std::vector<std::string> required_scopes;  // each RFC 6749 section 3.3 scope-token
  ScopeSource scopes;
  IdentityClaims identity;
  WithoutKid without_kid = WithoutKid::kUnique;

  std::int64_t leeway_seconds = 0;  // 0..300, for exp, nbf and iat
  bool expiry_required = true;
  std::optional<std::int64_t> max_age_seconds;  // since `iat`, which is then required
  // accept_confirmation: the members of `cnf` (RFC 7800 section 3.1) whose proof the host itself checks: `jkt` for
  // DPoP, `x5t#S256` for mutual TLS. A token whose `cnf` has any other is refused.
  std::vector<std::string> accept_confirmation;

  // mode: kReport brings a strict policy into a running fleet. Tokens are judged, logged and counted as they would be,
  // and accepted() is false all the same; but Verdict::report_only() tells the host that it may let the request pass,
  // if it shows status and reason.
  //
  // It covers what a token is asked to say, never whose it is or whether it is still good: audience_missing,
  // wrong_audience, wrong_type, claim_missing, claim_mismatch and insufficient_scope. And never a token
  //  - whose signature, issuer or times are wrong, or whose age is unknown where max_age_seconds asks for it:
  //    revocations of tokens that have expired are forgotten, since nobody accepts those;
  //  - that is revoked, or may be (revocation_unavailable);
  //  - with a `cnf`: the host gets no claims of a refused token, and could not check the proof of possession;
  //  - that is no access token by its type (a logout token, a security event): what "any" refuses as well.
  // Each such token is asked for all of that, since the first defect, which is the one reported, hides those behind.
  //
  // What remains is that tokens which the issuer gave for something else pass, as before. Of an issuer that gives
  // tokens to whoever asks that is everybody's: a file that says so for a known one of these is refused.
  EnforcementMode mode = EnforcementMode::kEnforce;

  bool signature_only = false;  // check the JWS alone; the payload may be any bytes. For vectors.

  bool operator==(const PolicyConfig&) const = default;
};

}  // namespace assay
