// Policy: what tokens of one issuer must satisfy, compiled and immutable. Made by Build().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/base/result.h"
#include "engine/claims/claim_reader.h"
#include "engine/claims/claims.h"
#include "engine/claims/identity.h"
#include "engine/jws/header.h"
#include "engine/policy/claim_rules.h"
#include "engine/policy/issuer_names.h"
#include "engine/policy/policy_config.h"

namespace assay {

// NamedClaims: what a policy's names lead to in one token.
struct NamedClaims {
  const json::Value* scopes = nullptr;  // as FindScopes() gives them
  const Identity* identity = nullptr;   // null: the registered claims say it
  bool judged = false;                  // by JudgeClaims(), which has set the next two
  Reason claims = Reason::kUnset;       // what ClaimRules::Check() gives
  const Detail* detail = nullptr;       // with a reason; in the arena
};

class Policy {
 public:
  // Build: the policy, or the error of ValidatePolicy() for what would be unsafe.
  static Result<Policy> Build(PolicyConfig config);

  Policy(const Policy&) = delete;  // the compiled rules point into the configuration
  Policy(Policy&&) = default;
  Policy& operator=(Policy&&) = default;

  const PolicyConfig& config() const { return config_; }
  const IssuerNames& names() const { return names_; }
  AlgorithmSet algorithms() const { return config_.algorithms; }

  // ReadForm: finds what the policy names in the claims. kBadClaimType for a scope or identity claim of another type
  // than it must have, else kUnset. Called while the payload is read, as a wrong type is a defect of form.
  Reason ReadForm(const ClaimReader& claims, NamedClaims* named, Detail* detail) const {
    const json::Value* const scope = claims.claims().scope();
    if (!names_usual_claims_ || (scope != nullptr && !json::IsString(*scope))) return FindNamed(claims, named, detail);
    named->scopes = scope;
    return Reason::kUnset;
  }

  // JudgeClaims: applies the claim rules while what was parsed is still in the caches, where that is little work:
  // forged tokens cause it, too. It says nothing of a token that is not known to be authentic: Evaluate() gives what
  // was found here, in its turn, or applies the rules itself.
  void JudgeClaims(const ClaimReader& claims, RuleMemo* memo, NamedClaims* named) const;

  // CheckTimes: exp, nbf and iat alone, for a remembered token. kUnset, or a reason of checks.h's CheckTime().
  Reason CheckTimes(const Claims& claims, std::int64_t now, Detail* detail) const;

  // Evaluate: applies every check to a token whose signature is valid, at `now`. kUnset when all pass;
  // otherwise the first defect in the order of reason.h's policy block, then kInsufficientScope. `named`: what
  // ReadForm() found. The header rules are CheckHeader()'s.
  Reason Evaluate(const jws::Header& header, const ClaimReader& claims, const NamedClaims& named, std::int64_t now,
                  Detail* detail) const;

  // MayBeReported: whether a token with a valid signature that is refused for `reason` is one that report mode lets
  // pass, as far as its policy says: see PolicyConfig::mode. False unless that is the mode.
  bool MayBeReported(Reason reason, const jws::Header& header, const ClaimReader& claims, std::int64_t now) const;

  // CheckIssuer to CheckScopes: Evaluate()'s steps, for who asks about each (checks.h has the others).
  // CheckIssuer: what chose this policy, asked again of the token that turned out to be authentic.
  Reason CheckIssuer(const Claims& claims, Detail* detail) const;
  Reason CheckIntended(const ClaimReader& claims, Detail* detail) const;
  Reason CheckTokenType(const jws::Header& header, Detail* detail) const;
  Reason CheckScopes(const ClaimReader& claims, const NamedClaims& named, Detail* detail) const;

  // CheckHeader: the rules on the header's members, which are read only where there are some.
  bool has_header_rules() const { return !config_.header_rules.empty(); }
  Reason CheckHeader(std::span<const json::Member> header, Detail* detail) const;

 private:
  Policy(PolicyConfig config, IssuerNames names);

  Reason FindNamed(const ClaimReader& claims, NamedClaims* named, Detail* detail) const;

  PolicyConfig config_;  // iat required when there is a maximum age
  IssuerNames names_;
  std::vector<std::string> audience_spellings_;
  bool plain_identity_;      // the registered claims alone say who acts
  bool names_usual_claims_;  // and scopes are the claim `scope`, a string
  ClaimRules claim_rules_;
  bool has_few_rules_;  // few values and paths to look for
};

}  // namespace assay
