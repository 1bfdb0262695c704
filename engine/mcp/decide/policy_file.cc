// ScopePolicyConfig::FromJson: the policy file format, member by member.
#include <algorithm>

#include "engine/base/url.h"
#include "engine/claims/scope_set.h"
#include "engine/json/config_reader.h"
#include "engine/mcp/decide/origin.h"
#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/resource_metadata.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

using Object = ConfigReader::Object;
using Item = ConfigReader::Item;

enum class Empty : std::uint8_t { kAllowed, kRefused };

// PatternForm: what a pattern names: those without a form of their own are compared as they are.
enum class PatternForm : std::uint8_t { kName, kResource };

class PolicyReader {
 public:
  PolicyReader(std::string_view text, std::string_view name) : reader_(text, name) {}

  Result<ScopePolicyConfig> Read() {
    Object root;
    if (reader_.Open(&root)) ReadAll(root);
    if (!reader_.clean()) return Error{reader_.Message()};
    return std::move(policy_);
  }

 private:
  void ReadAll(const Object& root) {
    reader_.RefuseUnknown(root, {"resource", "audiences", "authorization_servers", "scopes_supported", "default_scopes",
                                 "allowed_origins", "scope_implies", "methods", "tools", "resources", "prompts",
                                 "default_tool", "default_method", "role_claim", "roles", "grants", "header_mode"});
    ReadResource(root);
    ReadAudiences(root);
    ReadAuthorizationServers(root);
    ReadScopeList(root, "scopes_supported", &policy_.scopes_supported);
    ReadScopeList(root, "default_scopes", &policy_.default_scopes);
    ReadOrigins(root);
    ReadScopeMap(root, "scope_implies", /*names_are_scopes=*/true, &policy_.scope_implies);
    ReadRules(root, "methods", PatternForm::kName, &policy_.methods);
    ReadRules(root, "tools", PatternForm::kName, &policy_.tools);
    ReadRules(root, "resources", PatternForm::kResource, &policy_.resources);
    ReadRules(root, "prompts", PatternForm::kName, &policy_.prompts);
    WarnOfToolRuleAmongMethods();
    constexpr std::string_view kUnnamed[] = {"deny", "authenticated"};
    ReadWord(root, "default_tool", kUnnamed, &policy_.default_tool);
    ReadWord(root, "default_method", kUnnamed, &policy_.default_method);
    ReadRoles(root);
    constexpr std::string_view kModes[] = {"body", "headers_and_body", "headers"};
    HeaderMode mode = HeaderMode::kBody;
    if (ReadWord(root, "header_mode", kModes, &mode)) policy_.header_mode = mode;
  }

  void ReadResource(const Object& root) {
    std::string text;
    if (!reader_.Required(root, "resource") || !reader_.String(root, "resource", &text)) return;
    if (const auto canonical = CanonicalResource(text)) {
      policy_.resource = *canonical;
    } else {
      reader_.Refuse(*root.Find("resource"), "/resource",
                     "must be an https: URL (or http: to this machine) without user name, fragment, dot "
                     "segments or a port that its scheme implies (RFC 8707 section 2)");
    }
  }

  void ReadAudiences(const Object& root) { ReadEach(root, "audiences", IsName, "is no name", &policy_.audiences); }

  void ReadAuthorizationServers(const Object& root) {
    if (!reader_.Required(root, "authorization_servers")) return;  // RFC 9728 section 2, and MCP: at least one
    const auto is_issuer = [](std::string_view text) {
      return Url::Parse(text).ok() && text.find('?') == std::string_view::npos;
    };
    ReadEach(root, "authorization_servers", is_issuer,
             "must be an issuer: an https: URL (or http: to this machine) without query or fragment "
             "(RFC 8414 section 2)",
             &policy_.authorization_servers);
  }

  void ReadOrigins(const Object& root) {
    ReadEach(root, "allowed_origins", IsOrigin, "must be an origin in lower case, as https://app.example",
             &policy_.allowed_origins);
  }

  // ReadEach: the strings of an array, each of which must satisfy `is_good`.
  template <typename Check>
  void ReadEach(const Object& root, std::string_view name, const Check& is_good, std::string_view wrong,
                std::vector<std::string>* out) {
    std::vector<Item> items;
    reader_.Strings(root, name, &items);
    for (const Item& item : items) {
      if (is_good(item.value.text)) {
        out->emplace_back(item.value.text);
      } else {
        reader_.Refuse(item.value, item.pointer, wrong);
      }
    }
  }

  // ReadScopes: the scope-tokens of an array.
  std::vector<std::string> ReadScopes(const Item& array, Empty empty) {
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

  bool CheckScope(const Item& item) {
    if (!IsScopeToken(item.value.text)) {
      reader_.Refuse(item.value, item.pointer, "is no scope-token (RFC 6749 section 3.3)");
    } else if (item.value.text == "offline_access") {
      reader_.Refuse(item.value, item.pointer,
                     "must not be asked for by a resource: offline_access is between client and issuer");
    } else {
      return true;
    }
    return false;
  }

  void ReadScopeList(const Object& root, std::string_view name, std::vector<std::string>* out) {
    if (const json::Value* value = root.Find(name)) {
      *out = ReadScopes({*value, ConfigReader::Pointer(root, name)}, Empty::kAllowed);
    }
  }

  void ReadScopeMap(const Object& root, std::string_view name, bool names_are_scopes, ScopeMap* out) {
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

  static bool IsName(std::string_view name) {
    return !name.empty() &&
           std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
  }

  void ReadRules(const Object& root, std::string_view name, PatternForm form, std::vector<NamedRule>* out) {
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
      named.rule = ReadRule({member.value, pointer});
      out->push_back(std::move(named));
    }
  }

  bool ReadPattern(const json::Member& member, const std::string& pointer, PatternForm form, NamedRule* out) {
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

  RuleConfig ReadRule(const Item& item) {
    RuleConfig rule;
    Object object;
    if (!reader_.AsObject(item, &object)) return rule;
    reader_.RefuseUnknown(object, {"scopes", "any_of"});
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

  void WarnOfToolRuleAmongMethods() {
    for (const NamedRule& named : policy_.methods) {
      if (!named.is_prefix && named.name == "tools/call") {
        policy_.warnings.push_back("/methods/tools~1call is not used: tools/call goes by tools and default_tool");
      }
    }
  }

  void ReadRoles(const Object& root) {
    ReadScopeMap(root, "roles", /*names_are_scopes=*/false, &policy_.roles);
    const bool given = root.Find("roles") != nullptr;
    policy_.grants = given ? Grants::kIntersect : Grants::kToken;
    constexpr std::string_view kGrants[] = {"token", "user", "intersect"};
    if (ReadWord(root, "grants", kGrants, &policy_.grants) && policy_.grants != Grants::kToken && !given) {
      reader_.Refuse(*root.Find("grants"), "/grants", "needs roles");
    }
    if (given) policy_.role_claim = "roles";
    if (reader_.String(root, "role_claim", &policy_.role_claim) && !given) {
      reader_.Refuse(*root.Find("role_claim"), "/role_claim", "needs roles");
    }
  }

  // ReadWord: a string that is one of `words`, in the order of the enumerators.
  template <typename Enum, std::size_t kCount>
  bool ReadWord(const Object& root, std::string_view name, const std::string_view (&words)[kCount], Enum* out) {
    std::string text;
    if (!reader_.String(root, name, &text)) return false;
    std::string all;
    for (std::size_t i = 0; i < kCount; ++i) {
      if (text == words[i]) {
        *out = static_cast<Enum>(i);
        return true;
      }
      all += (i == 0 ? " \"" : ", \"") + std::string(words[i]) + '"';
    }
    reader_.Refuse(*root.Find(name), ConfigReader::Pointer(root, name), "must be one of" + all);
    return false;
  }

  ConfigReader reader_;
  ScopePolicyConfig policy_;
};

}  // namespace

Result<ScopePolicyConfig> ScopePolicyConfig::FromJson(std::string_view text, std::string_view name) {
  return PolicyReader(text, name).Read();
}

}  // namespace assay::mcp
