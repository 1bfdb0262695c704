// CompiledPolicy: what a ScopePolicy holds. Immutable; shared by every thread. Not installed.
//
// Each scope becomes a bit; what a scope implies is added to it once, at load, so that a decision is a
// few ANDs over words.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/string_index.h"
#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/scope_bits.h"
#include "engine/mcp/decide/scope_policy.h"

namespace assay::mcp {

// Alternative: one way to satisfy a rule: the rule's `scopes` and one list of its `any_of`, together.
struct Alternative {
  ScopeBits needed;
  std::vector<std::string_view> scopes;  // distinct, in the file's order: what a challenge asks for
};

// Rule: satisfied by any of its alternatives; there is at least one.
struct Rule {
  std::vector<Alternative> alternatives;

  bool IsSatisfiedBy(const ScopeBits& granted) const {
    for (const Alternative& alternative : alternatives) {
      if (alternative.needed.IsWithin(granted)) return true;
    }
    return false;
  }
};

// RuleTable: rules by name: an exact name goes before a prefix, a longer prefix before a shorter one.
class RuleTable {
 public:
  // RuleTable: `rules[i]` belongs to `names[i]`. What the rules' scopes are views of must outlive the table.
  RuleTable(const std::vector<NamedRule>& names, std::vector<Rule> rules);

  // Find: the rule for `name`; null when no rule names it.
  const Rule* Find(std::string_view name) const;

  // HasExact: whether a rule has exactly this name.
  bool HasExact(std::string_view name) const { return exact_.Find(name) != StringIndex::kNone; }

 private:
  struct PrefixesOfLength {
    std::size_t length;
    StringIndex index;
    std::vector<std::size_t> rules;
  };

  std::vector<Rule> rules_;
  StringIndex exact_;
  std::vector<std::size_t> exact_rules_;
  std::vector<PrefixesOfLength> prefixes_;  // longest first
};

class CompiledPolicy {
 public:
  // FromJson: see ScopePolicy::FromJson().
  static Result<std::unique_ptr<const CompiledPolicy>> FromJson(std::string_view text, std::string_view name,
                                                                JudgedPart part);

  const ScopePolicyConfig& config() const { return config_; }

  const std::string& metadata_url() const { return metadata_url_; }
  const std::string& own_origin() const { return own_origin_; }

  std::span<const std::string_view> default_scopes() const { return default_scopes_; }

  const RuleTable& methods() const { return *methods_; }
  const RuleTable& tools() const { return *tools_; }
  const RuleTable& resources() const { return *resources_; }
  const RuleTable& prompts() const { return *prompts_; }

  // has_user_claims: whether there are claims that say what a user may do: roles, permissions or both. UserClaims: for
  // people, which those are, of a token that has these of them and grants too little.
  bool has_user_claims() const { return !config_.role_claim.empty() || !config_.permissions_claim.empty(); }
  const std::string& UserClaims(bool has_roles, bool has_permissions) const {
    return user_claims_[has_roles ? 1 : 0][has_permissions ? 1 : 0];
  }

  // scopes: all that the policy names; FindScope: the position of one, or StringIndex::kNone.
  std::span<const std::string_view> scopes() const { return scopes_; }
  std::size_t FindScope(std::string_view scope) const { return scope_index_.Find(scope); }

  // GrantScope: adds the scope of this name and all that it implies to `granted`; nothing for a name that the policy
  // does not mention. GrantRole: likewise the scopes of a role.
  void GrantScope(std::string_view scope, ScopeBits* granted) const {
    const std::size_t i = FindScope(scope);
    if (i != StringIndex::kNone) *granted |= closures_[i];
  }
  void GrantRole(std::string_view role, ScopeBits* granted) const {
    const std::size_t i = role_index_.Find(role);
    if (i != StringIndex::kNone) *granted |= role_scopes_[i];
  }

  CompiledPolicy(const CompiledPolicy&) = delete;
  CompiledPolicy& operator=(const CompiledPolicy&) = delete;

 private:
  explicit CompiledPolicy(ScopePolicyConfig config);

  void NameUserClaims();
  void CollectScopes();
  void CloseImplications();
  RuleTable Compile(const std::vector<NamedRule>& rules) const;
  void AddTo(Alternative* alternative, const std::vector<std::string>& scopes) const;

  const ScopePolicyConfig config_;
  std::string metadata_url_;
  std::string own_origin_;
  std::string user_claims_[2][2];
  std::vector<std::string_view> default_scopes_;
  std::vector<std::string_view> scopes_;  // distinct
  StringIndex scope_index_;
  std::vector<ScopeBits> closures_;
  StringIndex role_index_;
  std::vector<ScopeBits> role_scopes_;
  std::unique_ptr<const RuleTable> methods_, tools_, resources_, prompts_;
};

}  // namespace assay::mcp
