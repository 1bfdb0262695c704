#include "tools/assay/run/mcp_policy.h"

#include "engine/base/limits.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"

namespace assay::cli {

std::shared_ptr<const mcp::ScopePolicy> ReadScopePolicy(const std::string& path) {
  auto policy = mcp::ScopePolicy::FromJson(ReadFile(path, kMaxConfigBytes), path);
  if (!policy) throw ConfigDefects{policy.error()};
  for (const std::string& warning : (*policy)->warnings()) Warn(warning);
  return *policy;
}

void WarnOfIssuers(const mcp::ScopePolicy& policy, const std::vector<PolicyConfig>& issuers) {
  for (const std::string& warning : policy.WarningsFor(issuers)) Warn(warning);
}

mcp::Checker MakeChecker(const std::shared_ptr<const mcp::ScopePolicy>& policy,
                         const std::vector<PolicyConfig>& issuers) {
  auto checker = mcp::Checker::Create(policy, issuers);
  if (!checker) throw InputError{checker.error()};
  return std::move(checker).value();
}

}  // namespace assay::cli
