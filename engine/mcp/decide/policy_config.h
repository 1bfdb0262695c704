// ScopePolicyConfig: an MCP policy file as plain data, read and checked member by member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/mcp/request/request.h"

namespace assay::mcp {

// RuleConfig: what one operation needs: all of `scopes`, and all of at least one list of `any_of` if there are any.
struct RuleConfig {
  std::vector<std::string> scopes;
  std::vector<std::vector<std::string>> any_of;
};

// NamedRule: a rule and what it is for: an exact name, or every name that begins with `name`.
struct NamedRule {
  std::string name;
  bool is_prefix = false;
  RuleConfig rule;
};

using ScopeMap = std::vector<std::pair<std::string, std::vector<std::string>>>;

// DefaultRule: what becomes of an operation that no rule names.
enum class DefaultRule : std::uint8_t { kDeny, kAuthenticated };

// Grants: which side of a token says what is granted.
enum class Grants : std::uint8_t {
  kToken,      // the scope claim: what the token was given
  kUser,       // the roles: what its user may do
  kIntersect,  // what both say
};

struct ScopePolicyConfig {
  std::string resource;  // canonical
  // audiences: what else a token may call this resource, for authorization servers that ignore RFC 8707's `resource`.
  std::vector<std::string> audiences;
  std::vector<std::string> authorization_servers;
  std::vector<std::string> scopes_supported;
  std::vector<std::string> default_scopes;
  std::vector<std::string> allowed_origins;  // empty: the resource's own
  ScopeMap scope_implies;
  std::vector<NamedRule> methods, tools, resources, prompts;
  DefaultRule default_tool = DefaultRule::kDeny;
  DefaultRule default_method = DefaultRule::kDeny;
  std::string role_claim;  // empty unless there are roles
  ScopeMap roles;
  Grants grants = Grants::kToken;
  std::optional<HeaderMode> header_mode;
  std::vector<std::string> warnings;  // one line each: what the file says to no effect

  // FromJson: reads a policy file. `name` stands in messages; on failure the message has one line per defect:
  // `NAME:LINE: /json/pointer: what is wrong`.
  static Result<ScopePolicyConfig> FromJson(std::string_view text, std::string_view name);
};

}  // namespace assay::mcp
