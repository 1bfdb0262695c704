// ScopePolicyConfig: an MCP policy file as plain data, read and checked member by member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/claims/claim_path.h"
#include "engine/mcp/request/request.h"
#include "engine/policy/policy_config.h"

namespace assay::mcp {

// kOfflineAccess: the scope of OpenID Connect Core section 11, which is between client and issuer: a resource does not
// ask for it.
inline constexpr std::string_view kOfflineAccess = "offline_access";

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
  kUser,       // the roles and permissions: what its user may do
  kIntersect,  // what both say
  kEither,     // the scope claim where there is one, be it empty; the user's side only where there is none
};

// ChallengeScopes: which scopes a 403 asks for.
enum class ChallengeScopes : std::uint8_t {
  kNeeded,            // those of the operation
  kGrantedAndNeeded,  // and those of the policy that the token has, for clients that ask for nothing else than is named
};

// Metadata: members of the protected resource metadata (RFC 9728 section 2) that are published as they are; what is
// empty or false is left out.
struct Metadata {
  std::string resource_name;
  std::string resource_documentation, resource_policy_uri, resource_tos_uri, jwks_uri;
  bool dpop_bound_access_tokens_required = false;  // enforced, too
  bool tls_client_certificate_bound_access_tokens = false;
};

// PolicyPlaces: where what is held against an engine's issuers stands in the file, `NAME:LINE: /pointer`.
struct PolicyPlaces {
  std::vector<std::string> authorization_servers, audiences, audience_from_issuers;  // of each
  std::string grants, dpop_required, tls_bound;                                      // empty: not in the file
};

struct ScopePolicyConfig {
  std::string resource;  // canonical
  // audiences: what else a token may call this resource, for authorization servers that ignore RFC 8707's `resource`.
  std::vector<std::string> audiences;
  // audience_from_issuers: by issuer, what stands in for the audience of a token that has no `aud`.
  std::vector<std::pair<std::string, AudienceFrom>> audience_from_issuers;
  std::vector<std::string> authorization_servers;
  std::vector<std::string> scopes_supported;
  std::vector<std::string> default_scopes;
  std::vector<std::string> allowed_origins;  // empty: the resource's own
  Metadata metadata;
  std::string scope_prefix;  // put before a scope where clients read it, and nowhere else
  ChallengeScopes challenge_scopes = ChallengeScopes::kNeeded;
  ScopeMap scope_implies;
  std::vector<NamedRule> methods, tools, resources, prompts;
  DefaultRule default_tool = DefaultRule::kDeny;
  DefaultRule default_method = DefaultRule::kDeny;
  ClaimPath role_claim;  // empty unless there are roles
  ScopeMap roles;
  ClaimPath permissions_claim;  // empty: none. What it lists are scopes as they are.
  Grants grants = Grants::kToken;
  std::optional<HeaderMode> header_mode;
  EnforcementMode mode = EnforcementMode::kEnforce;
  bool filter_tools_list = false;     // gateways take from a tools/list reply what the token may not call
  std::vector<std::string> warnings;  // one line each: what the file says to no effect
  PolicyPlaces places;

  // FromJson: reads a policy file. `name` stands in messages; on failure the message has one line per defect:
  // `NAME:LINE: /json/pointer: what is wrong`.
  static Result<ScopePolicyConfig> FromJson(std::string_view text, std::string_view name);
};

}  // namespace assay::mcp
