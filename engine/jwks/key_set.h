// KeySet: the keys of one issuer, immutable, found by kid. Safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/reason.h"
#include "engine/base/string_index.h"
#include "engine/jwks/jwk.h"

namespace assay::jwks {

class KeySet {
 public:
  // Keeps unusable keys too, so that a token naming one gets `key_unusable`, not `key_not_found`.
  explicit KeySet(std::vector<Jwk> keys);
  KeySet(const KeySet&) = delete;
  KeySet& operator=(const KeySet&) = delete;

  struct Choice {
    const Jwk* jwk = nullptr;
    Reason reason = Reason::kUnset;  // when jwk is null
  };

  // The one key for a token with this kid and algorithm. A kid is compared as bytes.
  //  - kid present: only keys with that kid; none of them: kKeyNotFound; none usable with
  //    `algorithm`: kKeyUnusable; more than one: kKeyAmbiguous, never one after the other.
  //  - kid absent: only when exactly one key of the set is usable with `algorithm`; several are
  //    kKeyAmbiguous, none kKeyNotFound.
  Choice Choose(const std::string_view* kid, Algorithm algorithm) const;

  // Whether every choice from this set is the same from `other`: the same kids, algorithms and key
  // parameters, in whatever order.
  bool ChoosesLike(const KeySet& other) const;

  // Tells this set, with its keys in this order, from every other that the process has or had.
  std::uint64_t id() const { return id_; }

  std::size_t usable_count() const { return usable_count_; }
  const std::vector<Jwk>& keys() const { return keys_; }

 private:
  // The keys of one kid.
  struct Candidates {
    const Jwk* first;  // beside the list, for the usual case that there is no other
    std::span<const Jwk* const> all;
  };

  static Choice Narrow(std::span<const Jwk* const> candidates, Algorithm algorithm);

  const std::uint64_t id_;
  std::vector<Jwk> keys_;
  std::vector<const Jwk*> all_;
  std::vector<const Jwk*> by_kid_;          // equal kids side by side
  std::vector<Candidates> kid_candidates_;  // a run of by_kid_ for each distinct kid
  StringIndex kids_;                        // into kid_candidates_
  std::size_t usable_count_ = 0;
};

}  // namespace assay::jwks
