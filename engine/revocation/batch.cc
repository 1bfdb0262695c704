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
  lookups_.clear();
  nothing_in_force_ = false;
}

RevocationBatch::Handle RevocationBatch::Add(const Claims& claims) {
  Lookup& lookup = lookups_.emplace_back(claims);  // in place: a copy would cost a store-forwarding stall
  if (store_ != nullptr && store_->in_use()) Hash(&lookup);
  return lookups_.size() - 1;
}

void RevocationBatch::Resolve(std::int64_t now) {
  nothing_in_force_ = store_ == nullptr || !store_->in_use();
  if (nothing_in_force_) return;
  now_ = now;
  fresh_until_ = store_->fresh_until();  // before the pin: see there
  const auto revocations = reader_->Pin();
  std::size_t prefetched = 0;
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    for (; prefetched < std::min(i + kWindow, lookups_.size()); ++prefetched) {
      Lookup& ahead = lookups_[prefetched];
      if (!ahead.hashed) Hash(&ahead);
      Prefetch(*revocations, ahead);
    }
    Lookup& lookup = lookups_[i];
    if (IsRevoked(*revocations, &lookup)) {
      lookup.reason = Reason::kRevoked;
    } else if (now <= fresh_until_) {
      lookup.reason = Reason::kUnset;
    }
  }
}

Reason RevocationBatch::ReasonOf(Handle handle, Detail* detail) const {
  if (nothing_in_force_) return Reason::kUnset;
  const Lookup& lookup = lookups_[handle];
  if (lookup.reason == Reason::kRevoked) *detail = {lookup.revoked_by};
  if (lookup.reason == Reason::kRevocationUnavailable) *detail = Detail::Time({}, fresh_until_, now_);
  return lookup.reason;
}

void RevocationBatch::Hash(Lookup* lookup) const {
  const Fingerprinter& names = store_->names();
  const std::uint64_t seed = names.IssuerSeed(lookup->claims->issuer().value_or(""));
  for (const auto& [by, claim] : kClaimNames) {
    const std::optional<std::string_view> value = ValueOf(*lookup->claims, by);
    if (!value) continue;
    lookup->hashes[IndexOf(by)] = names.Hash(seed, by, *value);
    lookup->kinds |= RevocationSet::KindBit(by);
  }
  lookup->hashed = true;
}

void RevocationBatch::Prefetch(const Revocations& revocations, const Lookup& lookup) {
  for (const RevocationSet* const set : revocations.sets()) {
    const std::uint8_t kinds = lookup.kinds & set->kinds();
    for (const auto& [by, claim] : kClaimNames) {
      if ((kinds & RevocationSet::KindBit(by)) != 0) set->Prefetch(lookup.hashes[IndexOf(by)]);
    }
  }
}

bool RevocationBatch::IsRevoked(const Revocations& revocations, Lookup* lookup) {
  const Claims& claims = *lookup->claims;
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
