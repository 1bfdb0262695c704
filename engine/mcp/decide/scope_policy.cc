#include "engine/mcp/decide/scope_policy.h"

#include <utility>

#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/decide/issuer_doubts.h"

namespace assay::mcp {

Result<std::shared_ptr<const ScopePolicy>> ScopePolicy::FromJson(std::string_view text, std::string_view name,
                                                                 JudgedPart part) {
  Result<std::unique_ptr<const CompiledPolicy>> compiled = CompiledPolicy::FromJson(text, name, part);
  if (!compiled) return Error{compiled.error()};
  return std::shared_ptr<const ScopePolicy>(new ScopePolicy(std::move(*compiled)));
}

ScopePolicy::ScopePolicy(std::unique_ptr<const CompiledPolicy> compiled) : compiled_(std::move(compiled)) {}
ScopePolicy::~ScopePolicy() = default;

const std::string& ScopePolicy::resource() const { return config().resource; }
const std::string& ScopePolicy::metadata_url() const { return compiled_->metadata_url(); }
const std::string& ScopePolicy::own_origin() const { return compiled_->own_origin(); }
std::span<const std::string_view> ScopePolicy::default_scopes() const { return compiled_->default_scopes(); }
bool ScopePolicy::filters_tools_list() const { return config().filter_tools_list; }
bool ScopePolicy::in_report_mode() const { return config().mode == EnforcementMode::kReport; }
std::span<const std::string> ScopePolicy::warnings() const { return config().warnings; }
std::vector<std::string> ScopePolicy::WarningsFor(std::span<const PolicyConfig> issuers) const {
  return FindIssuerDoubts(config(), issuers);
}
const ScopePolicyConfig& ScopePolicy::config() const { return compiled_->config(); }

}  // namespace assay::mcp
