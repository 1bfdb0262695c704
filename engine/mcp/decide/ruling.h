// Ruling: which rules of a policy an operation goes by.
#pragma once

#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/request/request.h"

namespace assay::mcp {

// Ruling: what the policy says of an operation: the rules that must all hold, or none and whether a valid token is
// enough.
struct Ruling {
  const Rule* rule = nullptr;
  bool any_valid_token = false;
  const Rule* resource_rule = nullptr;  // of a resource that an operation of another kind names besides

  // IsNamed: whether the operation may be allowed at all; HasRules: whether that depends on what the token is granted.
  bool IsNamed() const { return rule != nullptr || any_valid_token; }
  bool HasRules() const { return rule != nullptr || resource_rule != nullptr; }
};

// RulingOn: on the operation that a request names. Without a rule and without any_valid_token it is denied.
Ruling RulingOn(const CompiledPolicy& policy, const Request& request);

// IsSatisfiedBy: whether these scopes satisfy every rule of the ruling.
bool IsSatisfiedBy(const Ruling& ruling, const ScopeBits& granted);

// Nearest: of the rule's alternatives that `possible` satisfies (null: any), the one that misses the fewest scopes, the
// first of equals; null when there is none.
const Alternative* Nearest(const Rule& rule, const ScopeBits& granted, const ScopeBits* possible);

}  // namespace assay::mcp
