// Claims: the claims set of one token (RFC 7519 section 4), as views.
//
// Every view points into the storage of the worker that read the token and lives as long as its
// verdict: until that worker's next call. Strings are unescaped UTF-8 without quotes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/export.h"
#include "engine/base/reason.h"
#include "engine/claims/claim_path.h"
#include "engine/claims/numeric_date.h"
#include "engine/json/value.h"

namespace assay {

class Arena;

class Claims {
 public:
  // issuer to issued_at: registered claims: RFC 7519 section 4.1, and client_id of RFC 9068 section 2.2.
  std::optional<std::string_view> issuer() const { return issuer_; }
  std::optional<std::string_view> subject() const { return subject_; }
  std::optional<std::string_view> jwt_id() const { return jwt_id_; }
  std::optional<std::string_view> client_id() const { return client_id_; }
  std::optional<NumericDate> expires_at() const { return expires_at_; }
  std::optional<NumericDate> not_before() const { return not_before_; }
  std::optional<NumericDate> issued_at() const { return issued_at_; }

  // audience: `aud` as given: nothing, one string, or an array of strings. The value's items are read with
  // json::ForEachItem.
  const json::Value* audience() const { return audience_; }

  // scope, scp, session, confirmation: claims that policies and revocations go by, as given; null when absent. Nothing
  // is checked of them.
  const json::Value* scope() const { return scope_; }                // RFC 8693 section 4.2
  const json::Value* scp() const { return scp_; }                    // what some providers write instead
  const json::Value* session() const { return session_; }            // `sid`, OpenID Connect Front-Channel Logout 1.0
  const json::Value* confirmation() const { return confirmation_; }  // `cnf`, RFC 7800 section 3.1

  // Find: any claim by its exact name; null when absent. Linear in the number of claims.
  ASSAY_EXPORT const json::Value* Find(std::string_view name) const;

  // FindPath: the claim at `path`, which is not empty; strings with escapes are unescaped into `arena`. False when it
  // is absent: also where something on the way is no object.
  ASSAY_EXPORT bool FindPath(const ClaimPath& path, Arena& arena, json::Value* value) const;

  // members: all claims, in the token's order.
  std::span<const json::Member> members() const { return members_; }

  // json: the payload's JSON text, byte for byte.
  std::string_view json() const { return json_; }

  // Read: reads `members` (of the object whose text is `json`) and checks the type of every registered claim that is
  // there: kAccepted is never returned; kUnset means well-formed, kBadClaimType and the offending name in `*bad_name`
  // otherwise.
  Reason Read(std::string_view json, std::span<const json::Member> members, std::string_view* bad_name);

  // CopyOver: reads a copy of what `from` has read: `json` holds the same bytes, and `members`, a copy of its members,
  // views them alone.
  void CopyOver(const Claims& from, std::string_view json, std::span<const json::Member> members);

 private:
  std::string_view json_;
  std::span<const json::Member> members_;
  std::optional<std::string_view> issuer_, subject_, jwt_id_, client_id_;
  std::optional<NumericDate> expires_at_, not_before_, issued_at_;
  const json::Value *audience_ = nullptr, *scope_ = nullptr, *scp_ = nullptr, *session_ = nullptr,
                    *confirmation_ = nullptr;
};

}  // namespace assay
