// ClaimRules: the required claims and claim rules of a policy, compiled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/detail.h"
#include "engine/base/reason.h"
#include "engine/claims/claim_reader.h"
#include "engine/policy/policy_config.h"
#include "engine/policy/rule_memo.h"

namespace assay {

class ClaimRules {
 public:
  // ClaimRules: compiles those of `policy`, whose two vectors must outlive it; they may be moved.
  explicit ClaimRules(const PolicyConfig& policy);

  // Check: kUnset; else kClaimMissing for the first claim that is not there, or kClaimMismatch for the first with
  // another value. What the detail names lives as long as the shorter-lived of the policy and the claims. `memo` makes
  // it fast; it may be null.
  Reason Check(const ClaimReader& claims, Detail* detail, RuleMemo* memo = nullptr) const {
    const bool has_none = required_.empty() && rules_.empty();
    return has_none || AreMet(claims, memo) ? Reason::kUnset : FindUnmet(claims, detail);
  }

 private:
  struct Compiled {
    const ClaimRule* rule;
    ClaimOperator op;                // a string that `is` asks for is one that `in` does
    std::vector<std::string> texts;  // the values, or the one of `is`
  };

  static Compiled Compile(const ClaimRule& rule);
  static bool Matches(const Compiled& compiled, const json::Value& value, const ClaimReader& claims);
  static bool IsMet(const Compiled& compiled, const ClaimReader& claims, RuleMemo::Slot* slot);
  static void Learn(const Compiled& compiled, std::size_t place, const json::Member& member, RuleMemo::Slot* slot);
  static void SetWantedBy(const Compiled& compiled, Arena& arena, Detail* detail);

  // AreMet: whether all are. Most tokens meet them all, and nothing is to be said of these.
  bool AreMet(const ClaimReader& claims, RuleMemo* memo) const;
  bool AreRulesMet(const ClaimReader& claims, std::span<RuleMemo::Slot> slots) const;
  Reason FindUnmet(const ClaimReader& claims, Detail* detail) const;

  std::span<const RequiredClaim> required_;
  std::vector<Compiled> rules_;
  std::uint64_t id_;  // of no other rules, ever
};

}  // namespace assay
