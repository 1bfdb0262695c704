#include "engine/mcp/decide/explain.h"

namespace assay::mcp {

Explanation WhyNoRule(const Request& request) {
  switch (request.target) {
    case Target::kTool:
      return {"no rule names the tool ", request.name, "; default_tool is deny"};
    case Target::kPrompt:
      return {"no rule names the prompt ", request.name, " or its method; default_method is deny"};
    case Target::kResource:
      return {"no rule names the resource ", request.name, " or its method; default_method is deny"};
    case Target::kMethod:
      break;
  }
  return {"no rule names the method ", request.method, "; default_method is deny"};
}

Explanation WhyUserMayNot(const CompiledPolicy& policy, const Ruling& ruling, const Granted& granted) {
  Explanation why;
  why.before = policy.UserClaims(granted.has_roles, granted.has_permissions).c_str();
  const bool has_claim = granted.has_roles || granted.has_permissions;
  if (granted.token == nullptr) {
    why.after = has_claim ? "" : ", and the token's scopes are not asked";
  } else if (IsSatisfiedBy(ruling, *granted.token)) {
    why.after =
        has_claim ? "; the token's scopes would suffice" : "; the token's scopes would suffice, but not for the user";
  }
  return why;
}

}  // namespace assay::mcp
