#include "engine/revocation/batch.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/json/value.h"

namespace assay::revocation {
namespace {

// The prefetch distance in tokens: up to four cache misses each, in tables of many megabytes.
constexpr std::size_t kWindow = 8;

constexpr std::size_t kMostKeySets = 1024;  // remembered; rotations between two revocations

// Revokes: whether an entry that names a token's value is of this token. Without `iat`, or with one that no clock has
// shown yet, nothing says that the token is newer.
bool Revokes(const RevocationSet::Entry& entry, const Claims& claims, std::int64_t now) {
  if (!claims.issued_at()) return true;
  const std::int64_t issued_at = claims.issued_at()->floor();
  return issued_at <= entry.issued_before || (issued_at > 0 && issued_at - kMaxLeewaySeconds > now);
}

}  // namespace

RevocationBatch::RevocationBatch(RevocationStore* store) : store_(store) {
  if (store != nullptr) reader_.emplace(store->cell());
}

void RevocationBatch::Start() {
  Finish();
  tokens_.clear();
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
  LookAt(*revocations);
  const AskedSets sets = {{{revocations->added.get(), names_in_[0]}, {revocations->listed.get(), names_in_[1]}}};
  lookups_.resize(tokens_.size());
  std::size_t prefetched = 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    for (; prefetched < std::min(i + kWindow, tokens_.size()); ++prefetched) {
      if (!hash_early_) Hash(tokens_[prefetched], &lookups_[prefetched]);
      Prefetch(sets, lookups_[prefetched]);
    }
    Lookup& lookup = lookups_[i];
    if (IsRevoked(sets, *revocations->names, tokens_[i], &lookup)) {
      lookup.reason = Reason::kRevoked;
    } else if (now <= fresh_until_) {
      lookup.reason = Reason::kUnset;
    }
  }
}

void RevocationBatch::LookAt(const Revocations& revocations) {
  constexpr std::uint8_t kKeys = RevocationSet::KindBit(RevokedBy::kKey);
  if ((revocations.added->kinds() & kKeys) != 0) revoked_keys_in_[0] = revocations.added;
  if ((revocations.listed->kinds() & kKeys) != 0) revoked_keys_in_[1] = revocations.listed;
  if (known_generation_ == revocations.generation && known_keys_.size() < kMostKeySets) return;
  known_generation_ = revocations.generation;
  known_keys_.clear();
  names_in_ = {NamesIn(*revocations.added), NamesIn(*revocations.listed)};
}

Reason RevocationBatch::Resolved(Handle handle, Detail* detail) const {
  if (handle >= lookups_.size()) return Reason::kRevocationUnavailable;  // nobody has called Resolve()
  const Lookup& lookup = lookups_[handle];
  if (lookup.reason == Reason::kRevoked) *detail = {lookup.revoked_by};
  if (lookup.reason == Reason::kRevocationUnavailable) *detail = Detail::Time({}, fresh_until_, now_);
  return lookup.reason;
}

std::optional<std::string_view> RevocationBatch::ValueOf(const Token& token, const Name& name) {
  const Claims& claims = *token.claims;
  switch (name.by) {
    case RevokedBy::kJwtId:
      return name.registered ? claims.jwt_id() : token.identity->token_id;
    case RevokedBy::kSubject:
      return claims.subject();
    case RevokedBy::kClient:
      return name.registered ? claims.client_id() : token.identity->client;
    case RevokedBy::kSession:
      break;
    default:
      return std::nullopt;
  }
  if (!name.registered) return token.identity->session;
  const json::Value* const sid = claims.session();
  if (sid == nullptr) return std::nullopt;
  return json::IsString(*sid) ? sid->text : sid->raw;
}

void RevocationBatch::Hash(const Token& token, Lookup* lookup) const {
  const Fingerprinter& names = store_->names();
  const std::uint64_t seed = names.IssuerSeed(token.issuer);
  const std::size_t count = token.identity == nullptr ? kRegistered : std::size(kNames);
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<std::string_view> value = ValueOf(token, kNames[i]);
    if (!value) continue;
    lookup->hashes[i] = names.Hash(seed, kNames[i].by, *value);
    lookup->present = static_cast<std::uint8_t>(lookup->present | 1u << i);
  }
}

std::uint8_t RevocationBatch::NamesIn(const RevocationSet& set) {
  std::uint8_t names = 0;
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if ((set.kinds() & RevocationSet::KindBit(kNames[i].by)) != 0) names |= static_cast<std::uint8_t>(1u << i);
  }
  return names;
}

void RevocationBatch::Prefetch(const AskedSets& sets, const Lookup& lookup) {
  for (const auto& [set, names] : sets) {
    for (unsigned left = names & lookup.present; left != 0; left &= left - 1) {
      set->Prefetch(lookup.hashes[static_cast<std::size_t>(std::countr_zero(left))]);
    }
  }
}

bool RevocationBatch::IsRevoked(const AskedSets& sets, const Fingerprinter& names, const Token& token,
                                Lookup* lookup) const {
  for (const AskedSet& asked : sets) {
    if (asked.set->kinds() != 0 && IsRevokedIn(asked, names, token, lookup)) return true;
  }
  return false;
}

bool RevocationBatch::IsRevokedIn(const AskedSet& asked, const Fingerprinter& names, const Token& token,
                                  Lookup* lookup) const {
  const RevocationSet& set = *asked.set;
  for (unsigned left = asked.names & lookup->present; left != 0; left &= left - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(left));
    if (!set.MayContain(lookup->hashes[i])) continue;
    const Name& name = kNames[i];
    const RevocationSet::Entry* const entry =
        set.Find(names, lookup->hashes[i], name.by, token.issuer, ValueOf(token, name).value_or(""));
    if (entry == nullptr || !Revokes(*entry, *token.claims, now_)) continue;
    lookup->revoked_by = name.claim;
    return true;
  }
  if ((set.kinds() & RevocationSet::KindBit(RevokedBy::kIssuer)) == 0) return false;
  const std::uint64_t hash = names.Hash(RevokedBy::kIssuer, token.issuer, {});
  const RevocationSet::Entry* const entry = set.Find(names, hash, RevokedBy::kIssuer, token.issuer, {});
  if (entry == nullptr || !Revokes(*entry, *token.claims, now_)) return false;
  lookup->revoked_by = "iss";
  return true;
}

bool RevocationBatch::IsListed(std::string_view issuer, std::string_view kid) const {
  const Fingerprinter& names = store_->names();
  const std::uint64_t hash = names.Hash(RevokedBy::kKey, issuer, kid);
  return std::any_of(revoked_keys_in_.begin(), revoked_keys_in_.end(), [&](const auto& set) {
    return set != nullptr && set->Find(names, hash, RevokedBy::kKey, issuer, kid) != nullptr;
  });
}

std::vector<std::string> RevocationBatch::RevokedOf(std::span<const std::string> names,
                                                    const jwks::KeySet& keys) const {
  std::vector<std::string> revoked;
  const auto look_at = [&](const std::string& kid, const std::string& thumbprint) {
    // Of whomever it is revoked, it is listed under kAnyIssuer as well: the names may be a template's many.
    if (!IsListed(kAnyIssuer, kid)) return;
    const bool is_meant = names.empty() || std::any_of(names.begin(), names.end(),
                                                       [&](const std::string& name) { return IsListed(name, kid); });
    if (is_meant) revoked.push_back(thumbprint);
  };
  for (const jwks::Jwk& jwk : keys.keys()) {
    // An unusable one may be revoked by its name, too.
    if (jwk.has_kid && !jwk.thumbprint.empty()) look_at(jwk.kid, jwk.thumbprint);
  }
  for (const jwks::KeyName& former : keys.former_names()) look_at(former.kid, former.thumbprint);
  return revoked;
}

bool RevocationBatch::IsKeyRevoked(std::span<const std::string> names, std::uint64_t policy, const jwks::KeySet& keys,
                                   std::string_view thumbprint) {
  const IssuersKeys these = {policy, keys.id()};
  const auto before = [](const KnownKeys& known, const IssuersKeys& wanted) { return known.keys < wanted; };
  auto at = std::lower_bound(known_keys_.begin(), known_keys_.end(), these, before);
  if (at == known_keys_.end() || at->keys != these) at = known_keys_.insert(at, {these, RevokedOf(names, keys)});
  return std::find(at->revoked.begin(), at->revoked.end(), thumbprint) != at->revoked.end();
}

}  // namespace assay::revocation
