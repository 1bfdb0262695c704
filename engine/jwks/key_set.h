// KeySet: the keys of one issuer, immutable, found by kid. Safe to share between threads.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/reason.h"
#include "engine/base/string_index.h"
#include "engine/jwks/jwk.h"

namespace assay::jwks {

// KeyName: a `kid` that a key has, or once had.
struct KeyName {
  auto operator<=>(const KeyName&) const = default;

  std::string kid, thumbprint;
};

class KeySet {
 public:
  // KeySet: keeps unusable keys too, so that a token naming one gets `key_unusable`, not `key_not_found`.
  // `names_before`: names() of the set that this one takes the place of.
  explicit KeySet(std::vector<Jwk> keys, std::span<const KeyName> names_before = {});
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

  // former_names: names of the issuer's keys that this set does not have, but sets before it had: a key that is revoked
  // by its `kid` stays so when the issuer lists it under another. No token is verified by them. At most
  // kMaxFormerKeyNames; those of the set's own keys, and then the latest, stay.
  const std::vector<KeyName>& former_names() const { return former_names_; }
  // names: those of its own keys, and then the former ones.
  std::vector<KeyName> names() const;

 private:
  // Narrow: the one key usable with `algorithm` among those with this kid, or among all.
  Choice Narrow(const std::string_view* kid, Algorithm algorithm) const;

  const std::uint64_t id_;
  std::vector<Jwk> keys_;
  StringIndex kids_;          // kid to its first key
  bool kids_repeat_ = false;  // duplicate kids
  std::size_t usable_count_ = 0;
  std::vector<KeyName> former_names_;
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
