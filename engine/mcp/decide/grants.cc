#include "engine/mcp/decide/grants.h"

#include "engine/claims/claim_reader.h"
#include "engine/claims/scope_set.h"
#include "engine/json/items.h"

namespace assay::mcp {
namespace {

constexpr ScopeBits kNoScopes;

// ForEachString: calls `visit` with a string, or with each item of an array of strings. False for any other value.
template <typename Visitor>
bool ForEachString(const json::Value& value, Arena& arena, Visitor&& visit) {
  if (json::IsString(value)) {
    visit(value.text);
    return true;
  }
  if (!json::IsArrayOfStrings(value)) return false;
  json::ForEachItem(value, arena, [&](const json::Value& item) {
    visit(item.text);
    return true;
  });
  return true;
}

}  // namespace

Access AccessTo(const Ruling& ruling, const Granted& granted) {
  if (!ruling.IsNamed()) return Access::kDenied;
  if (!ruling.HasRules()) return Access::kPermitted;
  if (granted.all == nullptr) return Access::kDenied;
  // What the user may not do, no new token would help with: a challenge would lead nowhere.
  if (granted.user != nullptr && !IsSatisfiedBy(ruling, *granted.user)) return Access::kDenied;
  return IsSatisfiedBy(ruling, *granted.all) ? Access::kPermitted : Access::kScopesMissing;
}

GrantReader::GrantReader(const CompiledPolicy& policy) : policy_(policy) {
  if (!policy.config().role_claim.empty()) role_memo_.emplace();
  if (!policy.config().permissions_claim.empty()) permission_memo_.emplace();
}

Reason GrantReader::Read(const Verdict& verdict, Granted* out) {
  *out = {};
  arena_.Reset();
  const Grants grants = policy_.config().grants;
  // A token that has scopes of any usual name was given some, and is never judged by its user's roles.
  const Claims& claims = *verdict.claims();
  const bool has_scopes = verdict.scopes() != nullptr || claims.scope() != nullptr || claims.scp() != nullptr;
  const bool by_token = grants == Grants::kEither ? has_scopes : grants != Grants::kUser;
  const bool by_user = grants == Grants::kEither ? !by_token : grants != Grants::kToken;
  if (by_token) out->all = out->token = OfToken(verdict);
  if (!by_user) return Reason::kUnset;
  user_ = {};
  if (!AddRoles(claims, out) || !AddPermissions(claims, out)) {
    *out = {};
    return Reason::kBadClaimType;
  }
  out->all = out->user = &user_;
  if (by_token) {
    both_ = *out->token;
    both_ &= user_;
    out->all = &both_;
  }
  return Reason::kUnset;
}

void GrantReader::AddScopes(const json::Value& scopes, ScopeBits* bits) {
  ForEachScope(scopes, arena_, [&](std::string_view scope) {
    policy_.GrantScope(scope, bits);
    return true;
  });
}

// OfToken: what the token was given; the engine has checked the claim's type.
const ScopeBits* GrantReader::OfToken(const Verdict& verdict) {
  const json::Value* const scopes = verdict.scopes();
  if (scopes == nullptr) return &kNoScopes;
  return scope_memo_.Get(scopes->raw, [&](ScopeBits* bits) {
    AddScopes(*scopes, bits);
    return true;
  });
}

// AddUserClaim: adds what the claim at `path` allows, by `grant(value, bits)`: false for a type that it cannot have.
template <typename Grant>
bool GrantReader::AddUserClaim(std::optional<ScopeMemo>& memo, const ClaimPath& path, const Claims& claims,
                               bool* is_there, const Grant& grant) {
  json::Value value;
  if (!memo || !claims.FindPath(path, arena_, &value)) return true;
  const ScopeBits* const bits = memo->Get(value.raw, [&](ScopeBits* found) { return grant(value, found); });
  if (bits == nullptr) {
    wrong_type_ = {NameOf(path, arena_)};
    wrong_type_.found = value.raw;
    wrong_type_.wanted = "a string or an array of strings";
    return false;
  }
  *is_there = true;
  user_ |= *bits;
  return true;
}

// AddRoles: a role's name may hold spaces: one string is one role.
bool GrantReader::AddRoles(const Claims& claims, Granted* out) {
  return AddUserClaim(role_memo_, policy_.config().role_claim, claims, &out->has_roles,
                      [&](const json::Value& roles, ScopeBits* found) {
                        return ForEachString(roles, arena_,
                                             [&](std::string_view role) { policy_.GrantRole(role, found); });
                      });
}

// AddPermissions: permissions are scopes: an array of them, or one string of them between spaces.
bool GrantReader::AddPermissions(const Claims& claims, Granted* out) {
  return AddUserClaim(permission_memo_, policy_.config().permissions_claim, claims, &out->has_permissions,
                      [&](const json::Value& permissions, ScopeBits* found) {
                        if (!json::IsString(permissions) && !json::IsArrayOfStrings(permissions)) return false;
                        AddScopes(permissions, found);
                        return true;
                      });
}

ScopeBits GrantReader::HasLiterally(const Verdict& verdict) {
  ScopeBits bits;
  const json::Value* const scopes = verdict.scopes();
  if (scopes == nullptr) return bits;
  arena_.Reset();
  ForEachScope(*scopes, arena_, [&](std::string_view scope) {
    const std::size_t position = policy_.FindScope(scope);
    if (position != StringIndex::kNone) bits.Add(position);
    return true;
  });
  return bits;
}

}  // namespace assay::mcp
