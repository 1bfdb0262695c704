#include "engine/revocation/revocation_set.h"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/base/limits.h"

namespace assay::revocation {
namespace {

using Entry = RevocationSet::Entry;

std::int64_t AddSaturating(std::int64_t time, std::int64_t seconds) {
  return time > kForGood - seconds ? kForGood : time + seconds;  // requires seconds >= 0
}

// By hash; entries of one name stand side by side.
bool Before(const Entry& a, const Entry& b) {
  if (a.hash != b.hash) return a.hash < b.hash;
  if (a.fingerprint.high != b.fingerprint.high) return a.fingerprint.high < b.fingerprint.high;
  return a.fingerprint.low < b.fingerprint.low;
}

bool SameName(const Entry& a, const Entry& b) { return a.hash == b.hash && a.fingerprint == b.fingerprint; }

// Appends `entry`, united with the last one when that has the same name.
void AppendUnited(const Entry& entry, std::vector<Entry>* out) {
  if (out->empty() || !SameName(out->back(), entry)) {
    out->push_back(entry);
    return;
  }
  out->back().issued_before = std::max(out->back().issued_before, entry.issued_before);
  out->back().forget_after = std::max(out->back().forget_after, entry.forget_after);
}

std::vector<Entry> Unite(std::span<const Entry> have, std::span<const Entry> more, std::int64_t now) {
  std::vector<Entry> united;
  united.reserve(have.size() + more.size());
  auto a = have.begin();
  auto b = more.begin();
  while (a != have.end() || b != more.end()) {
    const bool take_a = b == more.end() || (a != have.end() && !Before(*b, *a));
    AppendUnited(take_a ? *a++ : *b++, &united);
  }
  std::erase_if(united, [now](const Entry& entry) { return entry.forget_after < now; });
  united.shrink_to_fit();
  return united;
}

}  // namespace

void RevocationSet::Additions::Add(const Fingerprinter& names, const Revocation& revocation,
                                   std::optional<std::int64_t> max_lifetime) {
  Entry entry;
  entry.issued_before = kForGood;
  entry.forget_after = kForGood;
  if (revocation.by == RevokedBy::kJwtId) {
    if (revocation.expires_at) entry.forget_after = AddSaturating(*revocation.expires_at, kMaxLeewaySeconds);
  } else if (revocation.by != RevokedBy::kKey) {
    entry.issued_before = revocation.issued_before.value_or(kForGood);
    if (max_lifetime) {
      entry.forget_after = AddSaturating(AddSaturating(entry.issued_before, *max_lifetime), kMaxLeewaySeconds);
    }
  }
  AddNamed(names, revocation.by, revocation.issuer, revocation.value, entry);
  if (revocation.by == RevokedBy::kKey) AddNamed(names, revocation.by, kAnyIssuer, revocation.value, entry);
  kinds_ = static_cast<std::uint8_t>(kinds_ | KindBit(revocation.by));
}

void RevocationSet::Additions::AddNamed(const Fingerprinter& names, RevokedBy by, std::string_view issuer,
                                        std::string_view value, Entry entry) {
  entry.hash = names.Hash(by, issuer, value);
  entry.fingerprint = names.Of(by, issuer, value);
  entries_.push_back(entry);
}

RevocationSet::RevocationSet() : shards_(std::size_t{1} << kShardBits) {}

RevocationSet RevocationSet::With(Additions additions, std::int64_t now) const {
  std::vector<Entry>& more = additions.entries_;
  std::sort(more.begin(), more.end(), Before);
  RevocationSet next = *this;
  next.kinds_ = static_cast<std::uint8_t>(kinds_ | additions.kinds_);
  for (auto begin = more.begin(); begin != more.end();) {
    const std::size_t index = ShardOf(begin->hash);
    const auto end = std::find_if(begin, more.end(), [&](const Entry& entry) { return ShardOf(entry.hash) != index; });
    std::span<const Entry> have;
    if (shards_[index] != nullptr) have = *shards_[index];
    Shard rebuilt = Unite(have, {begin, end}, now);
    next.size_ = next.size_ - have.size() + rebuilt.size();
    next.shards_[index] = rebuilt.empty() ? nullptr : std::make_shared<const Shard>(std::move(rebuilt));
    begin = end;
  }
  if (filter_ != nullptr && filter_->HasRoomFor(more.size())) {
    for (const Entry& entry : more) filter_->Add(entry.hash);
  } else if (!more.empty()) {
    next.filter_ = next.MakeFilter();
  }
  return next;
}

// With room for as many more that the work of making it is, a name, that of a few additions.
std::shared_ptr<BloomFilter> RevocationSet::MakeFilter() const {
  auto filter = std::make_shared<BloomFilter>(size_ + size_ / 4 + 1024);
  for (const auto& shard : shards_) {
    if (shard == nullptr) continue;
    for (const Entry& entry : *shard) filter->Add(entry.hash);
  }
  return filter;
}

const Entry* RevocationSet::FindEntry(std::uint64_t hash, const Fingerprinter& names, RevokedBy by,
                                      std::string_view issuer, std::string_view value) const {
  const Shard* const shard = shards_[ShardOf(hash)].get();
  if (shard == nullptr) return nullptr;
  auto at = std::lower_bound(shard->begin(), shard->end(), hash,
                             [](const Entry& entry, std::uint64_t wanted) { return entry.hash < wanted; });
  if (at == shard->end() || at->hash != hash) return nullptr;
  const Fingerprint fingerprint = names.Of(by, issuer, value);
  for (; at != shard->end() && at->hash == hash; ++at) {
    if (at->fingerprint == fingerprint) return &*at;
  }
  return nullptr;
}

std::size_t RevocationSet::MemoryBytes() const {
  std::size_t bytes = sizeof(*this) + shards_.capacity() * sizeof(shards_[0]);
  for (const auto& shard : shards_) {
    if (shard != nullptr) bytes += sizeof(Shard) + shard->capacity() * sizeof(Entry);
  }
  return filter_ == nullptr ? bytes : bytes + filter_->MemoryBytes();
}

}  // namespace assay::revocation
