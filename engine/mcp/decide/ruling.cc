#include "engine/mcp/decide/ruling.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace assay::mcp {
namespace {

// IsHarmless: methods that any valid token may call unless a rule says otherwise: what clients send by themselves
// while they connect and look around. A closed set: a method that a later version adds is none of them.
bool IsHarmless(const Request& request) {
  constexpr std::string_view kHarmless[] = {
      "initialize", "ping",           "server/discover",          "logging/setLevel",
      "tools/list", "resources/list", "resources/templates/list", "prompts/list"};
  return std::find(std::begin(kHarmless), std::end(kHarmless), request.method) != std::end(kHarmless) ||
         request.method.starts_with("notifications/") || request.listens_to_lists;
}

}  // namespace

Ruling RulingOn(const CompiledPolicy& policy, const Request& request) {
  const ScopePolicyConfig& config = policy.config();
  if (request.kind == MessageKind::kResponse || request.kind == MessageKind::kNone) return {.any_valid_token = true};
  Ruling ruling;
  if (!request.resource.empty()) ruling.resource_rule = policy.resources().Find(request.resource);
  switch (request.target) {
    case Target::kTool:
      ruling.rule = policy.tools().Find(request.name);
      ruling.any_valid_token = config.default_tool == DefaultRule::kAuthenticated;
      return ruling;
    case Target::kPrompt:
      ruling.rule = policy.prompts().Find(request.name);
      break;
    case Target::kResource:
      ruling.rule = policy.resources().Find(request.name);
      break;
    case Target::kMethod:
      break;
  }
  if (ruling.rule == nullptr) ruling.rule = policy.methods().Find(request.method);
  // A method that the policy does not name goes by the resource that it names.
  if (ruling.rule == nullptr && request.target == Target::kMethod) std::swap(ruling.rule, ruling.resource_rule);
  ruling.any_valid_token = config.default_method == DefaultRule::kAuthenticated || IsHarmless(request);
  return ruling;
}

bool IsSatisfiedBy(const Ruling& ruling, const ScopeBits& granted) {
  return (ruling.rule == nullptr || ruling.rule->IsSatisfiedBy(granted)) &&
         (ruling.resource_rule == nullptr || ruling.resource_rule->IsSatisfiedBy(granted));
}

const Alternative* Nearest(const Rule& rule, const ScopeBits& granted, const ScopeBits* possible) {
  const Alternative* nearest = nullptr;
  std::size_t fewest = 0;
  for (const Alternative& alternative : rule.alternatives) {
    if (possible != nullptr && !alternative.needed.IsWithin(*possible)) continue;
    const std::size_t missing = alternative.needed.CountMissing(granted);
    if (nearest != nullptr && missing >= fewest) continue;
    nearest = &alternative;
    fewest = missing;
  }
  return nearest;
}

}  // namespace assay::mcp
