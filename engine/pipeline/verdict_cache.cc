#include "engine/pipeline/verdict_cache.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

#include "engine/base/check.h"

namespace assay {
namespace {

constexpr std::size_t kTypicalEntry = 2048;  // bytes; what the index and the filter are sized by

std::size_t RoundUp(std::size_t size, std::size_t step) { return (size + step - 1) / step * step; }

bool Contains(std::string_view whole, std::string_view part) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// Bytes that a copy of the claims needs beside its JSON text and its members: strings with escapes.
std::size_t UnescapedBytes(const Claims& claims) {
  std::size_t bytes = 0;
  for (const json::Member& member : claims.members()) {
    if (!Contains(claims.json(), member.name)) bytes += member.name.size();
    if (!Contains(claims.json(), member.value.text)) bytes += member.value.text.size();
  }
  return bytes;
}

// Writes copies one behind the other.
class Writer {
 public:
  explicit Writer(char* next) : next_(next) {}

  std::string_view Copy(std::string_view text) {
    char* const start = next_;
    if (!text.empty()) std::memcpy(start, text.data(), text.size());
    next_ += text.size();
    return {start, text.size()};
  }

  // `view`, which lies in `from` or is a string of its own, as a view of `to`, a copy of `from`.
  std::string_view Move(std::string_view view, std::string_view from, std::string_view to) {
    if (!Contains(from, view)) return Copy(view);
    return to.substr(static_cast<std::size_t>(view.data() - from.data()), view.size());
  }

 private:
  char* next_;
};

}  // namespace

VerdictCache::VerdictCache(std::size_t bytes)
    : ring_bytes_(bytes / kAlign * kAlign),
      ring_(ring_bytes_ == 0 ? nullptr : std::make_unique_for_overwrite<char[]>(ring_bytes_)) {
  if (!enabled()) return;
  const std::size_t entries = std::bit_ceil(bytes / kTypicalEntry + 1);
  sets_.resize(entries);  // a quarter full at most, so that a set is rarely full
  for (Set& set : sets_) set.places.fill(kFreeWay);
  sightings_.resize(2 * entries);
}

const AcceptedToken* VerdictCache::Recall(std::string_view token) {
  if (!enabled() || token.size() < kHashedBytes) return nullptr;
  const std::uint64_t hash = Hash(token);
  const Set& set = sets_[SetOf(hash)];
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.places[way] == kFreeWay || set.tags[way] != TagOf(hash)) continue;
    Entry& entry = *At(set.places[way] * kAlign);
    if (entry.accepted.token != token) continue;
    entry.last_batch = batch_;
    return &entry.accepted;
  }
  return nullptr;
}

bool VerdictCache::SeenBefore(std::uint64_t hash) {
  Sightings& recent = sightings_[hash & (sightings_.size() - 1)];
  const auto mark = static_cast<std::uint16_t>((hash >> 48) | 1);
  if (std::find(recent.begin(), recent.end(), mark) != recent.end()) return true;
  std::copy_backward(recent.begin(), recent.end() - 1, recent.end());
  recent.front() = mark;
  return false;
}

bool VerdictCache::DropOldest() {
  Entry& entry = *At(oldest_);
  if (entry.last_batch == batch_) return false;  // verdicts of this batch view it
  Set& set = sets_[SetOf(entry.hash)];
  for (std::uint32_t& place : set.places) {
    if (place == oldest_ / kAlign) place = kFreeWay;
  }
  oldest_ += entry.bytes;
  if (wrapped_ && oldest_ == wrap_) {
    oldest_ = 0;
    wrapped_ = false;
  }
  return true;
}

std::size_t VerdictCache::MakeRoom(std::size_t bytes) {
  if (bytes > ring_bytes_) return kNoEntry;
  for (;;) {
    const bool empty = !wrapped_ && oldest_ == newest_end_;
    if (empty) oldest_ = newest_end_ = 0;
    if (!wrapped_) {
      if (bytes <= ring_bytes_ - newest_end_) return newest_end_;
      wrap_ = newest_end_;
      wrapped_ = true;
      newest_end_ = 0;
    }
    if (bytes <= oldest_ - newest_end_) return newest_end_;
    if (!DropOldest()) return kNoEntry;
  }
}

bool VerdictCache::Holds(const AcceptedToken& accepted, std::uint64_t hash) {
  Set& set = sets_[SetOf(hash)];
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.places[way] == kFreeWay || set.tags[way] != TagOf(hash)) continue;
    const AcceptedToken& held = At(set.places[way] * kAlign)->accepted;
    if (held.token != accepted.token) continue;
    if (held.key_generation == accepted.key_generation && held.policy_generation == accepted.policy_generation &&
        held.issuer_index == accepted.issuer_index) {
      return true;
    }
    set.places[way] = kFreeWay;
  }
  return false;
}

void VerdictCache::Index(std::uint64_t hash, std::size_t offset) {
  Set& set = sets_[SetOf(hash)];
  // A free way, else the first: its entry stays in the ring, unreachable, until its turn to go.
  const auto found = std::find(set.places.begin(), set.places.end(), kFreeWay);
  const auto way = found == set.places.end() ? 0 : static_cast<std::size_t>(found - set.places.begin());
  set.tags[way] = TagOf(hash);
  set.places[way] = static_cast<std::uint32_t>(offset / kAlign);
}

void VerdictCache::Learn(const AcceptedToken& accepted) {
  if (!enabled() || accepted.claims == nullptr || accepted.token.size() < kHashedBytes) return;
  const std::uint64_t hash = Hash(accepted.token);
  if (!SeenBefore(hash) || Holds(accepted, hash)) return;
  const Claims& claims = *accepted.claims;
  const std::span<const json::Member> members = claims.members();
  const std::size_t bytes =
      RoundUp(sizeof(Entry) + members.size_bytes() + accepted.token.size() + claims.json().size() +
                  UnescapedBytes(claims) + accepted.kid.size() + accepted.key_thumbprint.size(),
              kAlign);
  const std::size_t offset = MakeRoom(bytes);
  if (offset == kNoEntry) return;

  static_assert(alignof(json::Member) <= kAlign && sizeof(Entry) % alignof(json::Member) == 0);
  Entry& entry = *std::construct_at(At(offset));
  auto* const own_members = reinterpret_cast<json::Member*>(&entry + 1);
  Writer writer(reinterpret_cast<char*>(own_members + members.size()));
  entry.accepted = accepted;
  entry.accepted.token = writer.Copy(accepted.token);
  const std::string_view text = writer.Copy(claims.json());
  for (std::size_t i = 0; i < members.size(); ++i) {
    json::Member& member = *std::construct_at(own_members + i, members[i]);
    member.name = writer.Move(member.name, claims.json(), text);
    member.value.raw = writer.Move(member.value.raw, claims.json(), text);
    member.value.text = writer.Move(member.value.text, claims.json(), text);
  }
  std::string_view bad_name;
  ASSAY_CHECK(entry.claims.Read(text, {own_members, members.size()}, &bad_name) == Reason::kUnset);
  entry.accepted.claims = &entry.claims;
  entry.accepted.kid = writer.Copy(accepted.kid);
  entry.accepted.key_thumbprint = writer.Copy(accepted.key_thumbprint);
  entry.hash = hash;
  entry.last_batch = 0;
  entry.bytes = bytes;
  newest_end_ = offset + bytes;
  Index(hash, offset);
}

}  // namespace assay
