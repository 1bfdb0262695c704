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
#include "engine/claims/claims.h"
#include "engine/jws/header.h"
#include "engine/policy/policy_config.h"

namespace assay {

class Policy {
 public:
  // Build: the policy, or an error for what would be unsafe: no audience and no opt-out, an empty audience or algorithm
  // list, a missing issuer, leeway outside 0..300, scopes that no token can hold. The message names the member.
  static Result<Policy> Build(PolicyConfig config);

  const PolicyConfig& config() const { return config_; }
  AlgorithmSet algorithms() const { return config_.algorithms; }

  // CheckForm: kBadClaimType if the configured scope claim is present with another type than its specification
  // gives it, else kUnset. Called while the payload is read, as a wrong type is a defect of form.
  Reason CheckForm(const Claims& claims, Detail* detail) const;

  // CheckTimes: exp, nbf and iat alone, for a remembered token. kUnset, or a reason of checks.h's CheckTime().
  Reason CheckTimes(const Claims& claims, std::int64_t now, Detail* detail) const;

  // Evaluate: applies every check to a token whose signature is valid, at `now`. kUnset when all pass;
  // otherwise the first defect in the order of reason.h's policy block, then kInsufficientScope.
  Reason Evaluate(const jws::Header& header, const Claims& claims, std::int64_t now, Arena& arena,
                  Detail* detail) const;

 private:
  explicit Policy(PolicyConfig config) : config_(std::move(config)) {}

  std::string_view scope_claim_name() const;
  const json::Value* Scopes(const Claims& claims) const;  // the configured claim; null when absent

  PolicyConfig config_;  // audiences expanded, iat required when there is a maximum age
};

}  // namespace assay
