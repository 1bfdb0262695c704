// Grants of a token: what its scopes, its roles and its permissions allow by a policy. Not installed.
#pragma once

#include <optional>

#include "engine/base/arena.h"
#include "engine/base/detail.h"
#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/decide/decision.h"
#include "engine/mcp/decide/ruling.h"
#include "engine/mcp/decide/scope_memo.h"
#include "engine/pipeline/verdict.h"

namespace assay::mcp {

// Granted: the sides of a token that count by the policy's `grants`, each closed under `scope_implies`; null for one
// that does not count. Views of the reader's memory, until its next Read().
struct Granted {
  const ScopeBits* token = nullptr;                 // what the token was given
  const ScopeBits* user = nullptr;                  // what its user may do
  const ScopeBits* all = nullptr;                   // what every side that counts grants; null when nothing was read
  bool has_roles = false, has_permissions = false;  // whether the claims of the user's side are there
};

// AccessTo: by the rules that the operation goes by.
Access AccessTo(const Ruling& ruling, const Granted& granted);

// GrantReader: reads what tokens are granted. Not thread-safe; remembers what it read of claims (see ScopeMemo).
class GrantReader {
 public:
  explicit GrantReader(const CompiledPolicy& policy);

  // Read: kUnset, or kBadClaimType where a claim of the user's side is of a type that it cannot have. Requires the
  // verdict on an accepted token.
  Reason Read(const Verdict& verdict, Granted* out);

  // wrong_type: which claim that was, and what it is. Until the next Read().
  const Detail& wrong_type() const { return wrong_type_; }

  // HasLiterally: which of the policy's scopes the token's scope claim names, without what they imply.
  ScopeBits HasLiterally(const Verdict& verdict);

 private:
  void AddScopes(const json::Value& scopes, ScopeBits* bits);
  const ScopeBits* OfToken(const Verdict& verdict);
  template <typename Grant>
  bool AddUserClaim(std::optional<ScopeMemo>& memo, const ClaimPath& path, const Claims& claims, bool* is_there,
                    const Grant& grant);
  bool AddRoles(const Claims& claims, Granted* out);
  bool AddPermissions(const Claims& claims, Granted* out);

  const CompiledPolicy& policy_;
  ScopeBits user_;
  ScopeBits both_;
  Arena arena_;
  Detail wrong_type_;
  ScopeMemo scope_memo_;
  std::optional<ScopeMemo> role_memo_;  // where the policy has such a claim
  std::optional<ScopeMemo> permission_memo_;
};

}  // namespace assay::mcp
