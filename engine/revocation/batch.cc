#include "engine/revocation/batch.h"

#include <algorithm>
#include <string_view>

#include "engine/json/value.h"
#include "engine/revocation/revocation_line.h"

namespace assay::revocation {
namespace {

// The prefetch distance in tokens: up to four cache misses each, in tables of many megabytes.
constexpr std::size_t kWindow = 8;

constexpr std::size_t IndexOf(RevokedBy by) { return static_cast<std::size_t>(by); }

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

RevocationBatch::RevocationBatch(RevocationStore* store) : store_(store) {
  if (store != nullptr) reader_.emplace(store->cell());
}

void RevocationBatch::Start() {
  claims_.clear();
  lookups_.clear();
  hash_early_ = InUse();
  nothing_in_force_ = false;
}

void RevocationBatch::Resolve(std::int64_t now) {
  nothing_in_force_ = !InUse();
  if (nothing_in_force_) return;
  now_ = now;
  fresh_until_ = store_->fresh_until();  // before the pin: see there
  const auto revocations = reader_->Pin();
  lookups_.resize(claims_.size());
  std::size_t prefetched = 0;
  for (std::size_t i = 0; i < claims_.size(); ++i) {
    for (; prefetched < std::min(i + kWindow, claims_.size()); ++prefetched) {
      if (!hash_early_) Hash(*claims_[prefetched], &lookups_[prefetched]);
      Prefetch(*revocations, lookups_[prefetched]);
    }
    Lookup& lookup = lookups_[i];
    if (IsRevoked(*revocations, *claims_[i], &lookup)) {
      lookup.reason = Reason::kRevoked;
    } else if (now <= fresh_until_) {
      lookup.reason = Reason::kUnset;
    }
  }
}

Reason RevocationBatch::Resolved(Handle handle, Detail* detail) const {
  if (handle >= lookups_.size()) return Reason::kRevocationUnavailable;  // nobody has called Resolve()
  const Lookup& lookup = lookups_[handle];
  if (lookup.reason == Reason::kRevoked) *detail = {lookup.revoked_by};
  if (lookup.reason == Reason::kRevocationUnavailable) *detail = Detail::Time({}, fresh_until_, now_);
  return lookup.reason;
}

void RevocationBatch::Hash(const Claims& claims, Lookup* lookup) const {
  const Fingerprinter& names = store_->names();
  const std::uint64_t seed = names.IssuerSeed(claims.issuer().value_or(""));
  for (const auto& [by, claim] : kClaimNames) {
    const std::optional<std::string_view> value = ValueOf(claims, by);
    if (!value) continue;
    lookup->hashes[IndexOf(by)] = names.Hash(seed, by, *value);
    lookup->kinds |= RevocationSet::KindBit(by);
  }
}

void RevocationBatch::Prefetch(const Revocations& revocations, const Lookup& lookup) {
  for (const RevocationSet* const set : revocations.sets()) {
    const std::uint8_t kinds = lookup.kinds & set->kinds();
    for (const auto& [by, claim] : kClaimNames) {
      if ((kinds & RevocationSet::KindBit(by)) != 0) set->Prefetch(lookup.hashes[IndexOf(by)]);
    }
  }
}

bool RevocationBatch::IsRevoked(const Revocations& revocations, const Claims& claims, Lookup* lookup) {
  for (const RevocationSet* const set : revocations.sets()) {
    const std::uint8_t kinds = lookup->kinds & set->kinds();
    for (const auto& [by, claim] : kClaimNames) {
      const std::uint64_t hash = lookup->hashes[IndexOf(by)];
      if ((kinds & RevocationSet::KindBit(by)) == 0 || !set->MayContain(hash)) continue;
      const RevocationSet::Entry* const entry =
          set->Find(*revocations.names, hash, by, claims.issuer().value_or(""), ValueOf(claims, by).value_or(""));
      if (entry == nullptr || !Revokes(*entry, claims)) continue;
      lookup->revoked_by = claim;
      return true;
    }
  }
  return false;
}

}  // namespace assay::revocation
