#include "engine/revocation/check.h"

#include <string_view>

#include "engine/json/value.h"
#include "engine/revocation/revocation_line.h"

namespace assay::revocation {
namespace {

constexpr std::size_t IndexOf(RevokedBy by) { return static_cast<std::size_t>(by); }
constexpr std::uint8_t BitOf(RevokedBy by) { return static_cast<std::uint8_t>(1u << IndexOf(by)); }

std::optional<std::string_view> ValueOf(const Claims& claims, RevokedBy by) {
  if (by == RevokedBy::kJwtId) return claims.jwt_id();
  if (by == RevokedBy::kSubject) return claims.subject();
  if (by == RevokedBy::kClient) return claims.client_id();
  const json::Value* const sid = claims.session();
  if (sid == nullptr) return std::nullopt;
  return json::IsString(*sid) ? sid->text : sid->raw;
}

bool Revokes(const RevocationSet::Entry& entry, const Claims& claims) {
  // Without `iat` nothing says that the token is newer.
  return !claims.issued_at() || claims.issued_at()->floor() <= entry.issued_before;
}

}  // namespace

Lookup RevocationReader::MakeLookup(const Claims& claims) const {
  Lookup lookup;
  lookup.asked_ = 0;
  const Fingerprinter& names = store_->names();
  const std::uint64_t seed = names.IssuerSeed(claims.issuer().value_or(""));
  for (const auto& [by, claim] : kClaimNames) {
    const std::optional<std::string_view> value = ValueOf(claims, by);
    if (!value) continue;
    lookup.hashes_[IndexOf(by)] = names.Hash(seed, by, *value);
    lookup.asked_ |= BitOf(by);
  }
  return lookup;
}

RevocationReader::Pinned::Pinned(RevocationReader& reader) : reader_(reader) {
  if (!reader.in_use()) return;
  fresh_until_ = reader.store_->fresh_until();
  pin_.emplace(*reader.reader_);
}

void RevocationReader::Pinned::Begin(const Claims& claims, Lookup* lookup) const {
  if (!lookup->made()) *lookup = reader_.MakeLookup(claims);
  Prefetch(**pin_, *lookup);
}

void RevocationReader::Prefetch(const Revocations& revocations, const Lookup& lookup) {
  for (const RevocationSet* const set : revocations.sets()) {
    if (set == nullptr) continue;
    for (const auto& [by, claim] : kClaimNames) {
      if ((lookup.asked_ & BitOf(by)) != 0 && set->MayHold(by)) set->Prefetch(lookup.hashes_[IndexOf(by)]);
    }
  }
}

Reason RevocationReader::Check(const Revocations& revocations, std::int64_t fresh_until, const Lookup& lookup,
                               const Claims& claims, std::int64_t now, Detail* detail) {
  if (!lookup.made()) return Reason::kRevocationUnavailable;
  for (const RevocationSet* const set : revocations.sets()) {
    if (set == nullptr) continue;
    for (const auto& [by, claim] : kClaimNames) {
      const std::uint64_t hash = lookup.hashes_[IndexOf(by)];
      if ((lookup.asked_ & BitOf(by)) == 0 || !set->MayHold(by) || !set->MayHold(hash)) continue;
      const RevocationSet::Entry* const entry =
          set->Find(*revocations.names, hash, by, claims.issuer().value_or(""), ValueOf(claims, by).value_or(""));
      if (entry == nullptr || !Revokes(*entry, claims)) continue;
      *detail = {claim};
      return Reason::kRevoked;
    }
  }
  if (now <= fresh_until) return Reason::kUnset;
  *detail = {{}, fresh_until, now};
  return Reason::kRevocationUnavailable;
}

}  // namespace assay::revocation
