// PolicyReader: scopes, roles and the rules that need them.
#include <algorithm>
#include <iterator>

#include "engine/base/nearest_name.h"
#include "engine/base/text.h"
#include "engine/claims/scope_set.h"
#include "engine/mcp/decide/policy_reader.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

// MethodMeant: the method of MCP (of all versions until 2026-07-28) that is written nearly like `name`; empty: it is
// one itself, or resembles none.
std::string_view MethodMeant(std::string_view name) {
  constexpr std::string_view kMethods[] = {"initialize",
                                           "ping",
                                           "server/discover",
                                           "logging/setLevel",
                                           "tools/list",
                                           "tools/call",
                                           "resources/list",
                                           "resources/templates/list",
                                           "resources/read",
                                           "resources/subscribe",
                                           "resources/unsubscribe",
                                           "prompts/list",
                                           "prompts/get",
                                           "completion/complete",
                                           "subscriptions/listen",
                                           "tasks/get",
                                           "tasks/list",
                                           "tasks/cancel",
                                           "tasks/result",
                                           "tasks/update"};
  const bool is_one = std::find(std::begin(kMethods), std::end(kMethods), name) != std::end(kMethods);
  return is_one ? std::string_view() : NearestName(name, kMethods);
}

}  // namespace

// ReadScopes: the scope-tokens of an array.
std::vector<std::string> PolicyReader::ReadScopes(const Item& array, Empty empty) {
  std::vector<std::string> scopes;
  std::vector<Item> items, distinct;
  if (!reader_.List(array, &items)) return scopes;
  if (items.empty() && empty == Empty::kRefused) {
    reader_.Refuse(array.value, array.pointer, "must hold at least one item");
  }
  reader_.Distinct(items, &distinct);
  for (const Item& item : distinct) {
    if (CheckScope(item)) scopes.emplace_back(item.value.text);
  }
  return scopes;
}

bool PolicyReader::CheckScope(const Item& item) {
  const std::string_view scope = item.value.text;
  if (!IsScopeToken(scope)) {
    reader_.Refuse(item.value, item.pointer, "is no scope-token (RFC 6749 section 3.3)");
    return false;
  }
  if (scope == kOfflineAccess) {
    reader_.Refuse(item.value, item.pointer,
                   "must not be asked for by a resource: offline_access is between client and issuer");
    return false;
  }
  if (!policy_.scope_prefix.empty() && scope.starts_with(policy_.scope_prefix)) {
    reader_.Warn(item.value, item.pointer, "begins with scope_prefix, which clients see twice");
  }
  return true;
}

// ReadScopesSupported: here offline_access may stand, since the document says what a client may ask its issuer for;
// nothing that is answered here asks for it.
void PolicyReader::ReadScopesSupported(const Object& root) {
  std::vector<Item> items;
  const json::Value* const value = root.Find("scopes_supported");
  if (value == nullptr || !reader_.List({*value, "/scopes_supported"}, &items)) return;
  std::vector<Item> distinct;
  reader_.Distinct(items, &distinct);
  for (const Item& item : distinct) {
    if (item.value.text == kOfflineAccess) {
      reader_.Warn(item.value, item.pointer, "offline_access is between client and issuer; no challenge names it");
    } else if (!CheckScope(item)) {
      continue;
    }
    policy_.scopes_supported.emplace_back(item.value.text);
  }
}

void PolicyReader::ReadScopeList(const Object& root, std::string_view name, std::vector<std::string>* out) {
  if (const json::Value* value = root.Find(name)) {
    *out = ReadScopes({*value, ConfigReader::Pointer(root, name)}, Empty::kAllowed);
  }
}

void PolicyReader::ReadScopeMap(const Object& root, std::string_view name, bool names_are_scopes, ScopeMap* out) {
  Object map;
  if (!reader_.Child(root, name, &map)) return;
  for (const json::Member& member : map.members) {
    const std::string pointer = ConfigReader::Pointer(map, member.name);
    if (names_are_scopes ? !IsScopeToken(member.name) : !IsName(member.name)) {
      reader_.Refuse(member.value, pointer,
                     names_are_scopes ? "is no scope-token (RFC 6749 section 3.3)" : "is no name");
    }
    out->push_back({std::string(member.name), ReadScopes({member.value, pointer}, Empty::kRefused)});
  }
}

void PolicyReader::ReadRules(const Object& root, std::string_view name, PatternForm form, std::vector<NamedRule>* out) {
  Object rules;
  if (!reader_.Child(root, name, &rules)) return;
  for (const json::Member& member : rules.members) {
    const std::string pointer = ConfigReader::Pointer(rules, member.name);
    NamedRule named;
    if (!ReadPattern(member, pointer, form, &named)) continue;
    const auto same = [&](const NamedRule& other) {
      return other.name == named.name && other.is_prefix == named.is_prefix;
    };
    if (std::any_of(out->begin(), out->end(), same)) {
      reader_.Refuse(member.value, pointer, "stands for the same as another rule");
    }
    const bool ends_in_escape = named.name.size() >= 3 && PercentEscape(named.name, named.name.size() - 3) >= 0;
    if (form == PatternForm::kResource && named.is_prefix && !named.name.empty() && !ends_in_escape &&
        IsAlphanumeric(named.name.back())) {
      reader_.Warn(member.value, pointer,
                   "is the beginning of longer names as well: to stop at a whole name, end it with what stands behind "
                   "it, as `/*`");
    }
    if (name == "methods") WarnOfMethod(member.value, pointer, named);
    named.rule = ReadRule({member.value, pointer});
    out->push_back(std::move(named));
  }
}

// WarnOfMethod: of a rule for a method that never holds, or hardly.
void PolicyReader::WarnOfMethod(const json::Value& value, const std::string& pointer, const NamedRule& named) {
  constexpr std::string_view kCall = "tools/call";
  if (named.is_prefix ? kCall.starts_with(named.name) : kCall == named.name) {
    reader_.Warn(value, pointer, "is not used for tools/call, which goes by tools and default_tool");
  }
  if (named.is_prefix) return;
  if (const std::string_view meant = MethodMeant(named.name); !meant.empty()) {
    reader_.Warn(value, pointer, "is no method of MCP; `" + std::string(meant) + "` is");
  }
}

bool PolicyReader::ReadPattern(const json::Member& member, const std::string& pointer, PatternForm form,
                               NamedRule* out) {
  std::string_view name = member.name;
  out->is_prefix = name.ends_with('*');
  if (out->is_prefix) name.remove_suffix(1);
  if (name.find('*') != std::string_view::npos) {
    reader_.Refuse(member.value, pointer, "may have a star at its end only");
  } else if (!IsName(member.name)) {
    reader_.Refuse(member.value, pointer, "is no name");
  } else if (form == PatternForm::kResource && out->is_prefix && !IsNormalResourcePrefix(name)) {
    reader_.Refuse(member.value, pointer,
                   "must be the beginning of a URI in its normal form, past its scheme and its host, without dot "
                   "segments");
  } else if (form == PatternForm::kResource && out->is_prefix && HasOtherReading(std::string(name) + 'x')) {
    reader_.Refuse(member.value, pointer,
                   "never holds: a URI with empty segments, `;` or the like goes by a rule of its exact name alone");
  } else if (form == PatternForm::kResource && !out->is_prefix && !IsNormalResourceUri(name)) {
    reader_.Refuse(member.value, pointer,
                   "must be a URI in its normal form, without dot segments, user name, fragment or escapes that are "
                   "not needed");
  } else {
    out->name = name;
    return true;
  }
  return false;
}

RuleConfig PolicyReader::ReadRule(const Item& item) {
  RuleConfig rule;
  Object object;
  if (!reader_.AsObject(item, &object)) return rule;
  reader_.RefuseUnknown(object, kRuleMembers);
  const json::Value* scopes = object.Find("scopes");
  const json::Value* any_of = object.Find("any_of");
  if (scopes == nullptr && any_of == nullptr) {
    reader_.Refuse(item.value, item.pointer, "must have scopes (an empty list: any valid token) or any_of");
  }
  if (scopes != nullptr) {
    rule.scopes = ReadScopes({*scopes, ConfigReader::Pointer(object, "scopes")}, Empty::kAllowed);
  }
  std::vector<Item> lists;
  if (any_of != nullptr && reader_.Items(object, "any_of", &lists)) {
    for (const Item& list : lists) rule.any_of.push_back(ReadScopes(list, Empty::kRefused));
  }
  return rule;
}

}  // namespace assay::mcp
