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
  why.before = policy.config().role_claim.empty() ? "the permissions claim " : "the role claim ";
  why.subject = policy.user_claim();
  const bool token_would_do = granted.token != nullptr && IsSatisfiedBy(ruling, *granted.token);
  if (granted.has_user_claim) {
    why.after = token_would_do ? " grants the user too little; the token's scopes would suffice"
                               : " grants the user too little";
  } else if (token_would_do) {
    why.after = " is missing; the token's scopes would suffice, but not for the user";
  } else {
    why.after = granted.token != nullptr ? " is missing" : " is missing, and the token's scopes are not asked";
  }
  return why;
}

Explanation WhyUserClaimIsWrong(const CompiledPolicy& policy) {
  const bool has_both = !policy.config().role_claim.empty() && !policy.config().permissions_claim.empty();
  return {"the claim ", policy.user_claim(),
          has_both ? ", or that of the permissions, is neither a string nor an array of strings"
                   : " is neither a string nor an array of strings"};
}

}  // namespace assay::mcp
