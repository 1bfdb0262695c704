#include "engine/jwks/key_set.h"

#include <algorithm>

namespace assay::jwks {

KeySet::KeySet(std::vector<Jwk> keys) : keys_(std::move(keys)) {
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
    kid_candidates_.emplace_back(by_kid_.data() + begin, end - begin);
  }
  kids_ = StringIndex(kids);
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
  return Narrow(kid_candidates_[at], algorithm);
}

}  // namespace assay::jwks
