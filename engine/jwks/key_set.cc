#include "engine/jwks/key_set.h"

#include <algorithm>
#include <atomic>

namespace assay::jwks {
namespace {

std::uint64_t NextId() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// A total order of all that a choice depends on: zero exactly for keys that are alike.
int Compare(const Jwk& a, const Jwk& b) {
  const auto bytes = [](PublicKey::Bytes part) {
    return std::string_view(reinterpret_cast<const char*>(part.data()), part.size());
  };
  const auto order = [](auto left, auto right) { return left < right ? -1 : right < left ? 1 : 0; };
  if (const int by = order(a.has_kid, b.has_kid)) return by;
  if (const int by = a.kid.compare(b.kid)) return by;
  if (const int by = order(a.algorithms.bits(), b.algorithms.bits())) return by;
  if (const int by = order(a.key != nullptr, b.key != nullptr)) return by;
  if (a.key == nullptr) return 0;
  if (const int by = order(a.key->type(), b.key->type())) return by;
  if (const int by = bytes(a.key->first()).compare(bytes(b.key->first()))) return by;
  return bytes(a.key->second()).compare(bytes(b.key->second()));
}

std::vector<const Jwk*> Sorted(const std::vector<Jwk>& keys) {
  std::vector<const Jwk*> sorted;
  for (const Jwk& jwk : keys) sorted.push_back(&jwk);
  std::sort(sorted.begin(), sorted.end(), [](const Jwk* a, const Jwk* b) { return Compare(*a, *b) < 0; });
  return sorted;
}

}  // namespace

KeySet::KeySet(std::vector<Jwk> keys) : id_(NextId()), keys_(std::move(keys)) {
  for (const Jwk& jwk : keys_) {
    all_.push_back(&jwk);
    if (jwk.has_kid) by_kid_.push_back(&jwk);
    if (jwk.key != nullptr) ++usable_count_;
  }
  std::stable_sort(by_kid_.begin(), by_kid_.end(),
                   [](const Jwk* a, const Jwk* b) { return a->kid < b->kid; });
  std::vector<std::string_view> kids;
  for (std::size_t begin = 0, end = 0; begin < by_kid_.size(); begin = end) {
    while (end < by_kid_.size() && by_kid_[end]->kid == by_kid_[begin]->kid) ++end;
    kids.push_back(by_kid_[begin]->kid);
    kid_candidates_.push_back({by_kid_[begin], {by_kid_.data() + begin, end - begin}});
  }
  kids_ = StringIndex(kids);
}

bool KeySet::ChoosesLike(const KeySet& other) const {
  const std::vector<const Jwk*> mine = Sorted(keys_), theirs = Sorted(other.keys_);
  return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                    [](const Jwk* a, const Jwk* b) { return Compare(*a, *b) == 0; });
}

KeySet::Choice KeySet::Narrow(std::span<const Jwk* const> candidates, Algorithm algorithm) {
  const Jwk* found = nullptr;
  for (const Jwk* jwk : candidates) {
    if (jwk->key == nullptr || !jwk->algorithms.Contains(algorithm)) continue;
    if (found != nullptr) return {nullptr, Reason::kKeyAmbiguous};
    found = jwk;
  }
  if (found == nullptr) return {nullptr, Reason::kKeyUnusable};
  return {found, Reason::kUnset};
}

KeySet::Choice KeySet::Choose(const std::string_view* kid, Algorithm algorithm) const {
  if (kid == nullptr) {
    Choice choice = Narrow(all_, algorithm);
    if (choice.reason == Reason::kKeyUnusable) choice.reason = Reason::kKeyNotFound;
    return choice;
  }
  const std::size_t at = kids_.Find(*kid);
  if (at == StringIndex::kNone) return {nullptr, Reason::kKeyNotFound};
  const Candidates& candidates = kid_candidates_[at];
  if (candidates.all.size() > 1) return Narrow(candidates.all, algorithm);
  const Jwk* const only = candidates.first;
  if (only->key == nullptr || !only->algorithms.Contains(algorithm)) return {nullptr, Reason::kKeyUnusable};
  return {only, Reason::kUnset};
}

}  // namespace assay::jwks
