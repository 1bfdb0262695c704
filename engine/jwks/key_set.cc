#include "engine/jwks/key_set.h"

#include <algorithm>
#include <bit>

namespace assay::jwks {

KeySet::KeySet(std::vector<Jwk> keys) : keys_(std::move(keys)) {
  for (const Jwk& jwk : keys_) {
    all_.push_back(&jwk);
    if (jwk.has_kid) by_kid_.push_back(&jwk);
    if (jwk.key != nullptr) ++usable_count_;
  }
  std::stable_sort(by_kid_.begin(), by_kid_.end(),
                   [](const Jwk* a, const Jwk* b) { return a->kid < b->kid; });
  slots_.resize(std::bit_ceil(2 * by_kid_.size() + 2));
  for (std::size_t begin = 0, end = 0; begin < by_kid_.size(); begin = end) {
    while (end < by_kid_.size() && by_kid_[end]->kid == by_kid_[begin]->kid) ++end;
    const std::uint64_t hash = Hash(by_kid_[begin]->kid);
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].begin != slots_[at].end) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {hash, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
}

// FNV-1a. The issuer chooses the kids that are stored, and at most 256 of them, so chains stay short
// whatever a token asks for.
std::uint64_t KeySet::Hash(std::string_view kid) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (char c : kid) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash ^ (hash >> 32);
}

KeySet::Choice KeySet::Narrow(const Jwk* const* first, const Jwk* const* last, Algorithm algorithm) {
  const Jwk* found = nullptr;
  for (; first != last; ++first) {
    if ((*first)->key == nullptr || !(*first)->algorithms.Contains(algorithm)) continue;
    if (found != nullptr) return {nullptr, Reason::kKeyAmbiguous};
    found = *first;
  }
  if (found == nullptr) return {nullptr, Reason::kKeyUnusable};
  return {found, Reason::kUnset};
}

KeySet::Choice KeySet::Choose(const std::string_view* kid, Algorithm algorithm) const {
  if (kid == nullptr) {
    Choice choice = Narrow(all_.data(), all_.data() + all_.size(), algorithm);
    if (choice.reason == Reason::kKeyUnusable) choice.reason = Reason::kKeyNotFound;
    return choice;
  }
  const std::uint64_t hash = Hash(*kid);
  for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.begin == slot.end) return {nullptr, Reason::kKeyNotFound};
    if (slot.hash != hash || by_kid_[slot.begin]->kid != *kid) continue;
    return Narrow(by_kid_.data() + slot.begin, by_kid_.data() + slot.end, algorithm);
  }
}

}  // namespace assay::jwks
