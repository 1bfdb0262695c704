// PolicyReader: reads a policy file member by member, and keeps every defect. Not installed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/json/config_reader.h"
#include "engine/mcp/decide/policy_config.h"

namespace assay::mcp {

// kPolicyMembers, kRuleMembers: the names of all members of a policy file, and of a rule in it.
inline constexpr std::string_view kPolicyMembers[] = {"resource",
                                                      "audiences",
                                                      "audience_from_issuers",
                                                      "authorization_servers",
                                                      "scopes_supported",
                                                      "default_scopes",
                                                      "scope_prefix",
                                                      "challenge_scopes",
                                                      "allowed_origins",
                                                      "scope_implies",
                                                      "methods",
                                                      "tools",
                                                      "resources",
                                                      "prompts",
                                                      "default_tool",
                                                      "default_method",
                                                      "role_claim",
                                                      "roles",
                                                      "permissions_claim",
                                                      "grants",
                                                      "header_mode",
                                                      "filter_tools_list",
                                                      "resource_name",
                                                      "resource_documentation",
                                                      "resource_policy_uri",
                                                      "resource_tos_uri",
                                                      "jwks_uri",
                                                      "dpop_bound_access_tokens_required",
                                                      "tls_client_certificate_bound_access_tokens",
                                                      "mode"};
inline constexpr std::string_view kRuleMembers[] = {"scopes", "any_of"};

class PolicyReader {
 public:
  PolicyReader(std::string_view text, std::string_view name) : reader_(text, name) {}

  Result<ScopePolicyConfig> Read();

 private:
  using Object = ConfigReader::Object;
  using Item = ConfigReader::Item;

  enum class Empty : std::uint8_t { kAllowed, kRefused };

  // PatternForm: what a pattern names: those without a form of their own are compared as they are.
  enum class PatternForm : std::uint8_t { kName, kResource };

  void ReadAll(const Object& root);

  // policy_file.cc: what the resource is, and whose tokens are for it.
  void ReadResource(const Object& root);
  void ReadAuthorizationServers(const Object& root);
  void ReadAudienceFrom(const Object& root);
  void ReadOrigins(const Object& root);
  void ReadMetadata(const Object& root);
  void ReadScopePrefix(const Object& root);
  void ReadGrants(const Object& root);
  void ReadMode(const Object& root);

  // policy_rules.cc: scopes and what needs them.
  std::vector<std::string> ReadScopes(const Item& array, Empty empty);
  bool CheckScope(const Item& item);
  void ReadScopesSupported(const Object& root);
  void ReadScopeList(const Object& root, std::string_view name, std::vector<std::string>* out);
  void ReadScopeMap(const Object& root, std::string_view name, bool names_are_scopes, ScopeMap* out);
  void ReadRules(const Object& root, std::string_view name, PatternForm form, std::vector<NamedRule>* out);
  bool ReadPattern(const json::Member& member, const std::string& pointer, PatternForm form, NamedRule* out);
  RuleConfig ReadRule(const Item& item);
  void WarnOfMethod(const json::Value& value, const std::string& pointer, const NamedRule& named);

  // IsName: whether a name is not empty and holds no control.
  static bool IsName(std::string_view name);

  // ReadEach: the strings of an array, each of which must satisfy `is_good`, and where they stand, if asked for.
  template <typename Check>
  void ReadEach(const Object& root, std::string_view name, const Check& is_good, std::string_view wrong,
                std::vector<std::string>* out, std::vector<std::string>* places = nullptr) {
    std::vector<Item> items;
    reader_.Strings(root, name, &items);
    for (const Item& item : items) {
      if (is_good(item.value.text)) {
        out->emplace_back(item.value.text);
        if (places != nullptr) places->push_back(reader_.Place(item.value, item.pointer));
      } else {
        reader_.Refuse(item.value, item.pointer, wrong);
      }
    }
  }

  // ReadText: a string that must satisfy `is_good`.
  template <typename Check>
  void ReadText(const Object& root, std::string_view name, const Check& is_good, std::string_view wrong,
                std::string* out) {
    std::string text;
    if (!reader_.String(root, name, &text)) return;
    if (is_good(text)) {
      *out = std::move(text);
    } else {
      reader_.Refuse(*root.Find(name), ConfigReader::Pointer(root, name), wrong);
    }
  }

  void ReadBoolean(const Object& root, std::string_view name, bool* out, std::string* place = nullptr);

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

}  // namespace assay::mcp
