#include "engine/mcp/decide/compiled_policy.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "engine/base/arena.h"
#include "engine/claims/claim_reader.h"
#include "engine/mcp/decide/resource_metadata.h"
#include "engine/mcp/request/uri.h"
#include "engine/pipeline/detail_text.h"

namespace assay::mcp {
namespace {

std::vector<std::string_view> Names(const ScopeMap& map) {
  std::vector<std::string_view> names;
  for (const auto& [name, scopes] : map) names.emplace_back(name);
  return names;
}

// ForEachScopeList: calls `visit` with every list of scopes that the policy holds.
void ForEachScopeList(const ScopePolicyConfig& config,
                      const std::function<void(const std::vector<std::string>&)>& visit) {
  visit(config.scopes_supported);
  visit(config.default_scopes);
  for (const ScopeMap* map : {&config.scope_implies, &config.roles}) {
    for (const auto& [name, scopes] : *map) visit(scopes);
  }
  for (const auto* rules : {&config.methods, &config.tools, &config.resources, &config.prompts}) {
    for (const NamedRule& named : *rules) {
      visit(named.rule.scopes);
      for (const auto& list : named.rule.any_of) visit(list);
    }
  }
}

std::size_t CountScopes(const ScopePolicyConfig& config) {
  std::set<std::string_view> distinct;
  for (const auto& [name, implied] : config.scope_implies) distinct.insert(name);
  ForEachScopeList(config,
                   [&](const std::vector<std::string>& scopes) { distinct.insert(scopes.begin(), scopes.end()); });
  return distinct.size();
}

}  // namespace

RuleTable::RuleTable(const std::vector<NamedRule>& names, std::vector<Rule> rules) : rules_(std::move(rules)) {
  std::vector<std::string_view> exact;
  std::map<std::size_t, std::vector<std::size_t>, std::greater<>> by_length;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].is_prefix) {
      by_length[names[i].name.size()].push_back(i);
    } else {
      exact.emplace_back(names[i].name);
      exact_rules_.push_back(i);
    }
  }
  exact_ = StringIndex(exact);
  for (auto& [length, indices] : by_length) {
    std::vector<std::string_view> prefixes;
    for (const std::size_t i : indices) prefixes.emplace_back(names[i].name);
    prefixes_.push_back({length, StringIndex(prefixes), std::move(indices)});
  }
}

const Rule* RuleTable::Find(std::string_view name) const {
  if (const std::size_t i = exact_.Find(name); i != StringIndex::kNone) return &rules_[exact_rules_[i]];
  for (const PrefixesOfLength& group : prefixes_) {
    if (group.length > name.size()) continue;
    const std::size_t i = group.index.Find(name.substr(0, group.length));
    if (i != StringIndex::kNone) return &rules_[group.rules[i]];
  }
  return nullptr;
}

Result<std::unique_ptr<const CompiledPolicy>> CompiledPolicy::FromJson(std::string_view text, std::string_view name,
                                                                       JudgedPart part) {
  Result<ScopePolicyConfig> config = ScopePolicyConfig::FromJson(text, name);
  if (!config) return Error{config.error()};
  if (CountScopes(*config) > kMaxScopes) {
    return Error{std::string(name) + ":1: /: names more than " + std::to_string(kMaxScopes) + " scopes"};
  }
  if (part == JudgedPart::kHeaders) config->header_mode = HeaderMode::kHeaders;
  if (part == JudgedPart::kBody && config->header_mode == HeaderMode::kHeaders) config->header_mode.reset();
  return std::unique_ptr<const CompiledPolicy>(new CompiledPolicy(std::move(*config)));
}

CompiledPolicy::CompiledPolicy(ScopePolicyConfig config)
    : config_(std::move(config)), metadata_url_(MetadataUrl(config_.resource)) {
  own_origin_ = config_.resource.substr(0, config_.resource.find_first_of("/?", config_.resource.find("://") + 3));
  NameUserClaims();
  default_scopes_.assign(config_.default_scopes.begin(), config_.default_scopes.end());
  CollectScopes();
  CloseImplications();
  role_index_ = StringIndex(Names(config_.roles));
  for (const auto& [role, scopes] : config_.roles) {
    ScopeBits bits;
    for (const std::string& scope : scopes) GrantScope(scope, &bits);
    role_scopes_.push_back(bits);
  }
  methods_ = std::make_unique<const RuleTable>(Compile(config_.methods));
  tools_ = std::make_unique<const RuleTable>(Compile(config_.tools));
  resources_ = std::make_unique<const RuleTable>(Compile(config_.resources));
  prompts_ = std::make_unique<const RuleTable>(Compile(config_.prompts));
}

void CompiledPolicy::NameUserClaims() {
  Arena arena(256);
  const auto name = [&](const char* what, const ClaimPath& path) {
    return path.empty() ? "" : what + Quoted(NameOf(path, arena));
  };
  const std::string roles = name("the role claim ", config_.role_claim);
  const std::string permissions = name("the permissions claim ", config_.permissions_claim);
  if (roles.empty() || permissions.empty()) {
    const std::string& only = roles.empty() ? permissions : roles;
    for (auto& row : user_claims_) {
      for (std::string& text : row) text = only + " grants the user too little";
    }
    user_claims_[0][0] = only + " is missing";
    return;
  }
  user_claims_[0][0] = roles + " and " + permissions + " are missing";
  user_claims_[0][1] = permissions + " grants the user too little, and " + roles + " is missing";
  user_claims_[1][0] = roles + " grants the user too little, and " + permissions + " is missing";
  user_claims_[1][1] = roles + " and " + permissions + " grant the user too little";
}

void CompiledPolicy::CollectScopes() {
  std::set<std::string_view> seen;
  const auto add = [&](std::string_view scope) {
    if (seen.insert(scope).second) scopes_.push_back(scope);
  };
  for (const auto& [name, implied] : config_.scope_implies) add(name);
  ForEachScopeList(config_, [&](const std::vector<std::string>& scopes) {
    for (const std::string& scope : scopes) add(scope);
  });
  scope_index_ = StringIndex(scopes_);
}

// CloseImplications: each scope, with everything that can be reached from it; circles are harmless.
void CompiledPolicy::CloseImplications() {
  std::vector<std::vector<std::size_t>> implied(scopes_.size());
  for (const auto& [name, list] : config_.scope_implies) {
    for (const std::string& scope : list) implied[scope_index_.Find(name)].push_back(scope_index_.Find(scope));
  }
  closures_.resize(scopes_.size());
  for (std::size_t scope = 0; scope < scopes_.size(); ++scope) {
    std::vector<std::size_t> pending = {scope};
    while (!pending.empty()) {
      const std::size_t next = pending.back();
      pending.pop_back();
      if (closures_[scope].Contains(next)) continue;
      closures_[scope].Add(next);
      pending.insert(pending.end(), implied[next].begin(), implied[next].end());
    }
  }
}

void CompiledPolicy::AddTo(Alternative* alternative, const std::vector<std::string>& scopes) const {
  for (const std::string& scope : scopes) {
    const std::size_t bit = scope_index_.Find(scope);
    if (alternative->needed.Contains(bit)) continue;
    alternative->needed.Add(bit);
    alternative->scopes.push_back(scopes_[bit]);
  }
}

RuleTable CompiledPolicy::Compile(const std::vector<NamedRule>& rules) const {
  std::vector<Rule> compiled;
  for (const NamedRule& named : rules) {
    Rule& rule = compiled.emplace_back();
    Alternative base;
    AddTo(&base, named.rule.scopes);
    for (const auto& list : named.rule.any_of) {
      Alternative& alternative = rule.alternatives.emplace_back(base);
      AddTo(&alternative, list);
    }
    if (named.rule.any_of.empty()) rule.alternatives.push_back(std::move(base));
  }
  return RuleTable(rules, std::move(compiled));
}

}  // namespace assay::mcp
