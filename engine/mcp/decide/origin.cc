#include "engine/mcp/decide/origin.h"

#include <algorithm>

#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {

bool IsOrigin(std::string_view text) {
  const auto uri = SplitUri(text);
  return uri && uri->has_authority && !uri->has_user && !uri->host.empty() && (!uri->has_port || !uri->port.empty()) &&
         uri->path.empty() && !uri->has_query && !uri->has_fragment &&
         (uri->scheme == "https" || uri->scheme == "http") && LowerCase(text) == text;
}

bool IsAllowedOrigin(const ScopePolicy& policy, std::string_view origin) {
  const auto& allowed = policy.config().allowed_origins;
  if (allowed.empty()) return origin == policy.own_origin();
  return std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

}  // namespace assay::mcp
