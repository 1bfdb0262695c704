// ScopeMemo: what the scope and role claims that were seen last grant.
//
// Tokens of one client carry the same scopes, often dozens of them. A claim's text is compared whole, and what it
// grants depends on nothing but that text and the policy, so that an answer from here is the computed one.
// Memory is fixed: kSets times kWays texts of up to kMaxText bytes, 280 KB in all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/mcp/decide/scope_bits.h"

namespace assay::mcp {

class ScopeMemo {
 public:
  static constexpr std::size_t kSets = 64;
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kMaxText = 1024;

  ScopeMemo() : slots_(kSets * kWays) {}

  // Get: what `claim`, as JSON text, grants: as remembered, or as `compute(&bits)` says. Null when that is false: the
  // claim is of a type that it cannot have.
  template <typename Compute>
  const ScopeBits* Get(std::string_view claim, Compute&& compute) {
    const std::uint64_t hash = Hash(claim);
    const std::size_t set = hash >> 58;  // the bits that depend on all others
    const std::size_t first = set * kWays;
    for (std::size_t i = first; i < first + kWays; ++i) {
      if (hashes_[i] == hash && slots_[i].claim() == claim) return &slots_[i].bits;
    }
    computed_ = {};
    if (!compute(&computed_)) return nullptr;
    if (claim.size() > kMaxText) return &computed_;
    const std::size_t replaced = first + next_[set]++ % kWays;
    Slot& slot = slots_[replaced];
    slot.bits = computed_;
    slot.size = claim.size();
    std::memcpy(slot.text.data(), claim.data(), claim.size());
    hashes_[replaced] = hash;
    return &slot.bits;
  }

 private:
  static_assert(kSets == 64);
  static constexpr std::uint64_t kNothing = 0;
  static constexpr std::uint64_t kUsed = 1;  // in every hash, so that none is kNothing

  struct Slot {
    ScopeBits bits;
    std::size_t size = 0;
    std::array<char, kMaxText> text;

    std::string_view claim() const { return {text.data(), size}; }
  };

  // Hash: a hash of eight words, which are all of a claim of up to 64 bytes. Longer claims that differ nowhere there
  // evict each other: that costs time only. (SeededHash, of all bytes, makes a decision on fifty scopes take twice as
  // long.)
  static std::uint64_t Hash(std::string_view claim) {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15u;
    if (claim.size() < 8) return (LoadFewBytes(claim.data(), claim.size()) + claim.size()) * kOdd | kUsed;
    std::uint64_t hash = claim.size() * kOdd;
    for (std::size_t i = 0; i < 8; ++i) {
      hash += LoadWord<std::uint64_t>(claim.data() + i * (claim.size() - 8) / 7) * (kOdd * (2 * i + 1));
    }
    return (hash ^ hash >> 32) * kOdd | kUsed;
  }

  std::array<std::uint64_t, kSets * kWays> hashes_ = {};  // of the slots; kNothing: it holds none
  std::vector<Slot> slots_;
  ScopeBits computed_;
  std::array<std::uint8_t, kSets> next_ = {};  // which of a set is the next to be replaced
};

}  // namespace assay::mcp
