#include "engine/revocation/check.h"

#include <string_view>

#include "engine/json/value.h"

namespace assay::revocation {
namespace {

std::optional<std::string_view> SessionId(const Claims& claims) {
  const json::Value* const sid = claims.Find("sid");
  if (sid == nullptr) return std::nullopt;
  return json::IsString(*sid) ? sid->text : sid->raw;
}

// The claims of one token, asked for in one set.
class Lookup {
 public:
  Lookup(const Fingerprinter& names, const Claims& claims)
      : names_(names), claims_(claims), issuer_(claims.issuer().value_or("")), seed_(names.IssuerSeed(issuer_)) {}

  // The name of the claim by which `set` revokes the token; empty when it does not.
  std::string_view RevokedIn(const RevocationSet& set) const {
    if (Lists(set, RevokedBy::kJwtId, claims_.jwt_id())) return "jti";
    if (Lists(set, RevokedBy::kSubject, claims_.subject())) return "sub";
    if (Lists(set, RevokedBy::kClient, claims_.client_id())) return "client_id";
    if (set.MayHold(RevokedBy::kSession) && Lists(set, RevokedBy::kSession, SessionId(claims_))) return "sid";
    return {};
  }

 private:
  bool Lists(const RevocationSet& set, RevokedBy by, const std::optional<std::string_view>& value) const {
    if (!value || !set.MayHold(by)) return false;
    const RevocationSet::Entry* const entry = set.Find(names_, seed_, by, issuer_, *value);
    if (entry == nullptr) return false;
    // Without `iat` nothing says that the token is newer.
    return !claims_.issued_at() || claims_.issued_at()->floor() <= entry->issued_before;
  }

  const Fingerprinter& names_;
  const Claims& claims_;
  const std::string_view issuer_;
  const std::uint64_t seed_;
};

}  // namespace

Reason CheckRevocation(const Revocations& revocations, std::int64_t fresh_until, const Claims& claims,
                       std::int64_t now, Detail* detail) {
  const Lookup lookup(*revocations.names, claims);
  for (const RevocationSet* set : {revocations.added.get(), revocations.listed.get()}) {
    if (set == nullptr) continue;
    const std::string_view claim = lookup.RevokedIn(*set);
    if (claim.empty()) continue;
    *detail = {claim};
    return Reason::kRevoked;
  }
  if (now <= fresh_until) return Reason::kUnset;
  *detail = {{}, fresh_until, now};
  return Reason::kRevocationUnavailable;
}

}  // namespace assay::revocation
