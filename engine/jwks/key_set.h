// KeySet: the keys of one issuer, immutable, found by kid. Safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/reason.h"
#include "engine/base/string_index.h"
#include "engine/jwks/jwk.h"

namespace assay::jwks {

class KeySet {
 public:
  // KeySet: keeps unusable keys too, so that a token naming one gets `key_unusable`, not `key_not_found`.
  explicit KeySet(std::vector<Jwk> keys);
  KeySet(const KeySet&) = delete;
  KeySet& operator=(const KeySet&) = delete;

  struct Choice {
    const Jwk* jwk = nullptr;
    Reason reason = Reason::kUnset;  // when jwk is null
  };

  // Choose: the one key for a token with this kid and algorithm. A kid is compared as bytes.
  //  - kid present: only keys with that kid; none of them: kKeyNotFound; none usable with
  //    `algorithm`: kKeyUnusable; more than one: kKeyAmbiguous, never one after the other.
  //  - kid absent: only when exactly one key of the set is usable with `algorithm`; several are
  //    kKeyAmbiguous, none kKeyNotFound.
  Choice Choose(const std::string_view* kid, Algorithm algorithm) const;

  // ChoosesLike: whether Choose() is the same function for `other`: the same kids, algorithms and key
  // parameters, in any order.
  bool ChoosesLike(const KeySet& other) const;

  // id: unique in this process, never reused: a generation for caches.
  std::uint64_t id() const { return id_; }

  std::size_t usable_count() const { return usable_count_; }
  const std::vector<Jwk>& keys() const { return keys_; }

 private:
  // Narrow: the one key usable with `algorithm` among those with this kid, or among all.
  Choice Narrow(const std::string_view* kid, Algorithm algorithm) const;

  const std::uint64_t id_;
  std::vector<Jwk> keys_;
  StringIndex kids_;          // kid to its first key
  bool kids_repeat_ = false;  // duplicate kids
  std::size_t usable_count_ = 0;
};

inline KeySet::Choice KeySet::Choose(const std::string_view* kid, Algorithm algorithm) const {
  if (kid == nullptr) [[unlikely]]
    return Narrow(nullptr, algorithm);
  const std::size_t at = kids_.Find(*kid);
  if (at == StringIndex::kNone) return {nullptr, Reason::kKeyNotFound};
  if (kids_repeat_) [[unlikely]]
    return Narrow(kid, algorithm);
  const Jwk& only = keys_[at];
  if (only.key == nullptr || !only.algorithms.Contains(algorithm)) [[unlikely]]
    return {nullptr, Reason::kKeyUnusable};
  return {&only, Reason::kUnset};
}

}  // namespace assay::jwks
