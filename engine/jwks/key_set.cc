#include "engine/jwks/key_set.h"

#include <algorithm>

#include "engine/base/generation.h"
#include "engine/base/limits.h"

namespace assay::jwks {
namespace {

// A total order of all that a choice depends on: zero exactly for keys that are alike.
int Compare(const Jwk& a, const Jwk& b) {
  const auto bytes = [](PublicKey::Bytes part) {
    return std::string_view(reinterpret_cast<const char*>(part.data()), part.size());
  };
  const auto order = [](const auto& left, const auto& right) { return left < right ? -1 : right < left ? 1 : 0; };
  if (const int by = order(a.has_kid, b.has_kid)) return by;
  if (const int by = a.kid.compare(b.kid)) return by;
  if (const int by = order(a.algorithms.bits(), b.algorithms.bits())) return by;
  if (const int by = order(a.issuer, b.issuer)) return by;
  if (const int by = order(a.for_svid, b.for_svid)) return by;
  if (const int by = order(a.valid_from, b.valid_from)) return by;
  if (const int by = order(a.valid_through, b.valid_through)) return by;
  if (const int by = order(a.key != nullptr, b.key != nullptr)) return by;
  if (a.key == nullptr) return a.thumbprint.compare(b.thumbprint);  // by which a revocation of its kid goes
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

KeySet::KeySet(std::vector<Jwk> keys, std::span<const KeyName> names_before)
    : id_(NextGeneration()), keys_(std::move(keys)) {
  std::vector<StringIndex::Entry> kids;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].has_kid) kids.emplace_back(keys_[i].kid, i);
    if (keys_[i].key != nullptr) ++usable_count_;
  }
  kids_ = StringIndex(kids);
  kids_repeat_ =
      std::any_of(kids.begin(), kids.end(), [&](const auto& kid) { return kids_.Find(kid.first) != kid.second; });

  if (names_before.empty()) return;
  const std::vector<KeyName> own = names();
  const auto is_own = [&](const KeyName& name) { return std::find(own.begin(), own.end(), name) != own.end(); };
  const auto names_own_key = [&](const KeyName& name) {
    return std::any_of(keys_.begin(), keys_.end(), [&](const Jwk& jwk) { return jwk.thumbprint == name.thumbprint; });
  };
  for (const bool of_own_keys : {true, false}) {
    for (const KeyName& name : names_before) {
      if (former_names_.size() == kMaxFormerKeyNames) return;
      if (!is_own(name) && names_own_key(name) == of_own_keys) former_names_.push_back(name);
    }
  }
}

std::vector<KeyName> KeySet::names() const {
  std::vector<KeyName> names;
  for (const Jwk& jwk : keys_) {
    if (jwk.has_kid && !jwk.thumbprint.empty()) names.push_back({jwk.kid, jwk.thumbprint});
  }
  names.insert(names.end(), former_names_.begin(), former_names_.end());
  return names;
}

bool KeySet::ChoosesLike(const KeySet& other) const {
  const std::vector<const Jwk*> mine = Sorted(keys_), theirs = Sorted(other.keys_);
  return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                    [](const Jwk* a, const Jwk* b) { return Compare(*a, *b) == 0; });
}

KeySet::Choice KeySet::Narrow(const std::string_view* kid, Algorithm algorithm) const {
  const Jwk* found = nullptr;
  for (const Jwk& jwk : keys_) {
    if (kid != nullptr && !(jwk.has_kid && jwk.kid == *kid)) continue;
    if (jwk.key == nullptr || !jwk.algorithms.Contains(algorithm)) continue;
    if (found != nullptr) return {nullptr, Reason::kKeyAmbiguous};
    found = &jwk;
  }
  if (found == nullptr) return {nullptr, kid == nullptr ? Reason::kKeyNotFound : Reason::kKeyUnusable};
  return {found, Reason::kUnset};
}

}  // namespace assay::jwks
