// ScopePolicyConfig::FromJson: the policy file format, member by member.
#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/text.h"
#include "engine/base/url.h"
#include "engine/claims/scope_set.h"
#include "engine/config/claim_members.h"
#include "engine/mcp/decide/origin.h"
#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/policy_reader.h"
#include "engine/mcp/decide/resource_metadata.h"
#include "engine/policy/validate_policy.h"

namespace assay::mcp {

Result<ScopePolicyConfig> ScopePolicyConfig::FromJson(std::string_view text, std::string_view name) {
  return PolicyReader(text, name).Read();
}

Result<ScopePolicyConfig> PolicyReader::Read() {
  Object root;
  if (reader_.Open(&root)) {
    if (root.Find("issuers") != nullptr && root.Find("resource") == nullptr) {
      reader_.Refuse(root.value, "", "is a configuration of issuers, and no MCP policy");
    } else {
      ReadAll(root);
    }
  }
  if (!reader_.clean()) return Error{reader_.Message()};
  policy_.warnings = reader_.Warnings();
  return std::move(policy_);
}

void PolicyReader::ReadAll(const Object& root) {
  reader_.RefuseUnknown(root, kPolicyMembers);
  ReadResource(root);
  ReadEach(root, "audiences", IsName, "is no name", &policy_.audiences, &policy_.places.audiences);
  ReadAudienceFrom(root);
  ReadAuthorizationServers(root);
  ReadMetadata(root);
  ReadScopePrefix(root);
  ReadScopesSupported(root);
  ReadScopeList(root, "default_scopes", &policy_.default_scopes);
  constexpr std::string_view kChallengeScopes[] = {"needed", "granted_and_needed"};
  ReadWord(root, "challenge_scopes", kChallengeScopes, &policy_.challenge_scopes);
  ReadOrigins(root);
  ReadScopeMap(root, "scope_implies", /*names_are_scopes=*/true, &policy_.scope_implies);
  ReadRules(root, "methods", PatternForm::kName, &policy_.methods);
  ReadRules(root, "tools", PatternForm::kName, &policy_.tools);
  ReadRules(root, "resources", PatternForm::kResource, &policy_.resources);
  ReadRules(root, "prompts", PatternForm::kName, &policy_.prompts);
  constexpr std::string_view kUnnamed[] = {"deny", "authenticated"};
  ReadWord(root, "default_tool", kUnnamed, &policy_.default_tool);
  ReadWord(root, "default_method", kUnnamed, &policy_.default_method);
  ReadGrants(root);
  constexpr std::string_view kModes[] = {"body", "headers_and_body", "headers"};
  HeaderMode mode = HeaderMode::kBody;
  if (ReadWord(root, "header_mode", kModes, &mode)) policy_.header_mode = mode;
  ReadBoolean(root, "filter_tools_list", &policy_.filter_tools_list);
  ReadMode(root);
}

void PolicyReader::ReadMode(const Object& root) {
  constexpr std::string_view kModes[] = {"enforce", "report"};
  if (!ReadWord(root, "mode", kModes, &policy_.mode) || policy_.mode == EnforcementMode::kEnforce) return;
  reader_.Warn(*root.Find("mode"), "/mode",
               "REPORT ONLY: gateways let requests pass whose token is meant for another resource, or grants too "
               "little; say \"enforce\" once the reports are understood");
}

void PolicyReader::ReadResource(const Object& root) {
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

void PolicyReader::ReadAuthorizationServers(const Object& root) {
  if (!reader_.Required(root, "authorization_servers")) return;  // RFC 9728 section 2, and MCP: at least one
  const auto is_issuer = [](std::string_view text) {
    return Url::Parse(text).ok() && text.find('?') == std::string_view::npos;
  };
  ReadEach(root, "authorization_servers", is_issuer,
           "must be an issuer: an https: URL (or http: to this machine) without query or fragment "
           "(RFC 8414 section 2)",
           &policy_.authorization_servers, &policy_.places.authorization_servers);
}

// ReadAudienceFrom: {ISSUER: {"claim": …, "in": […]}}.
void PolicyReader::ReadAudienceFrom(const Object& root) {
  Object issuers;
  if (!reader_.Child(root, "audience_from_issuers", &issuers)) return;
  if (issuers.members.empty()) reader_.Refuse(issuers.value, issuers.pointer, "must name at least one issuer");
  for (const json::Member& member : issuers.members) {
    const std::string pointer = ConfigReader::Pointer(issuers, member.name);
    if (!IsName(member.name)) reader_.Refuse(member.value, pointer, "is no name");
    Object object;
    if (!reader_.AsObject({member.value, pointer}, &object)) continue;
    std::optional<AudienceFrom> from = assay::ReadAudienceFrom(reader_, object);
    if (!from) continue;
    if (const std::string_view why = WhyNoStandIn(from->claim); !why.empty()) {
      reader_.Refuse(*object.Find("claim"), ConfigReader::Pointer(object, "claim"), why);
    }
    policy_.audience_from_issuers.emplace_back(member.name, std::move(*from));
    policy_.places.audience_from_issuers.push_back(reader_.Place(member.value, pointer));
  }
}

void PolicyReader::ReadOrigins(const Object& root) {
  const auto is_good = [](std::string_view text) { return text == kAnyLocalPort || IsOrigin(text); };
  ReadEach(root, "allowed_origins", is_good,
           "must be an origin as browsers send it: in lower case, without the scheme's own port, as "
           "https://app.example; that of one browser extension; or http://localhost:*",
           &policy_.allowed_origins);
}

void PolicyReader::ReadMetadata(const Object& root) {
  Metadata& metadata = policy_.metadata;
  ReadText(root, "resource_name", IsName, "is no name", &metadata.resource_name);
  const auto is_url = [](std::string_view text) { return Url::Parse(text).ok(); };
  const auto read_url = [&](std::string_view name, std::string* out) {
    ReadText(root, name, is_url, "must be an https: URL (or http: to this machine) without fragment", out);
  };
  read_url("resource_documentation", &metadata.resource_documentation);
  read_url("resource_policy_uri", &metadata.resource_policy_uri);
  read_url("resource_tos_uri", &metadata.resource_tos_uri);
  read_url("jwks_uri", &metadata.jwks_uri);
  ReadBoolean(root, "dpop_bound_access_tokens_required", &metadata.dpop_bound_access_tokens_required,
              &policy_.places.dpop_required);
  ReadBoolean(root, "tls_client_certificate_bound_access_tokens", &metadata.tls_client_certificate_bound_access_tokens,
              &policy_.places.tls_bound);
}

void PolicyReader::ReadScopePrefix(const Object& root) {
  ReadText(root, "scope_prefix", IsScopeToken, "is not the beginning of a scope-token (RFC 6749 section 3.3)",
           &policy_.scope_prefix);
  if (!policy_.scope_prefix.empty() && IsAlphanumeric(policy_.scope_prefix.back())) {
    reader_.Warn(
        *root.Find("scope_prefix"), "/scope_prefix",
        "stands right before each scope that clients are told: end it with the character between them, as `/`");
  }
}

// ReadGrants: the user's side of a token, and which sides count.
void PolicyReader::ReadGrants(const Object& root) {
  ReadScopeMap(root, "roles", /*names_are_scopes=*/false, &policy_.roles);
  const bool has_roles = root.Find("roles") != nullptr;
  if (has_roles) policy_.role_claim = {"roles"};
  if (ReadClaimPath(reader_, root, "role_claim", &policy_.role_claim)) {
    if (!has_roles) reader_.Refuse(*root.Find("role_claim"), "/role_claim", "needs roles");
  }
  const bool has_permissions = ReadClaimPath(reader_, root, "permissions_claim", &policy_.permissions_claim);

  const bool has_user = has_roles || root.Find("permissions_claim") != nullptr;
  policy_.grants = has_user ? Grants::kIntersect : Grants::kToken;
  constexpr std::string_view kGrants[] = {"token", "user", "intersect", "either"};
  if (ReadWord(root, "grants", kGrants, &policy_.grants) && policy_.grants != Grants::kToken && !has_user) {
    reader_.Refuse(*root.Find("grants"), "/grants", "needs roles or permissions_claim");
  }
  if (policy_.grants == Grants::kToken && has_permissions) {
    reader_.Warn(*root.Find("permissions_claim"), "/permissions_claim", "is not used: grants is \"token\"");
  }
  if (policy_.grants == Grants::kToken && has_roles) {
    reader_.Warn(*root.Find("roles"), "/roles", "is not used: grants is \"token\"");
  }
  if (policy_.grants == Grants::kEither) policy_.places.grants = reader_.Place(*root.Find("grants"), "/grants");
}

void PolicyReader::ReadBoolean(const Object& root, std::string_view name, bool* out, std::string* place) {
  const json::Value* const value = root.Find(name);
  if (value == nullptr) return;
  if (place != nullptr) *place = reader_.Place(*value, ConfigReader::Pointer(root, name));
  *out = value->kind == json::Kind::kTrue;
  if (!*out && value->kind != json::Kind::kFalse) {
    reader_.Refuse(*value, ConfigReader::Pointer(root, name), "must be true or false");
  }
}

bool PolicyReader::IsName(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), IsControl);
}

}  // namespace assay::mcp
