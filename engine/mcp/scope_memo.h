// ScopeMemo: what the scope and role claims that were seen last grant.
//
// Tokens of one client carry the same scopes, often dozens of them. A claim's text is compared whole, and what it
// grants depends on nothing but that text and the policy, so that an answer from here is the computed one.
// Memory is fixed: kSets times kWays texts of up to kMaxText bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/mcp/scope_bits.h"

namespace assay::mcp {

class ScopeMemo {
 public:
  static constexpr std::size_t kSets = 64;
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kMaxText = 1024;

  ScopeMemo() : slots_(kSets * kWays) {}

  // What `claim`, as JSON text, grants: as remembered, or as `compute(&bits)` says, which is false when the
  // claim is of a type that it cannot have. Null then.
  template <typename Compute>
  const ScopeBits* Get(std::string_view claim, Compute&& compute) {
    const std::uint64_t hash = Hash(claim);
    const std::size_t set = hash % kSets;
    const std::size_t first = set * kWays;
    for (std::size_t i = first; i < first + kWays; ++i) {
      if (hashes_[i] == hash && slots_[i].claim() == claim) return &slots_[i].bits;
    }
    const std::size_t replaced = first + next_[set]++ % kWays;
    Slot& slot = slots_[replaced];
    hashes_[replaced] = kNothing;
    slot.bits = {};
    if (!compute(&slot.bits)) return nullptr;
    if (claim.size() <= kMaxText) {
      std::memcpy(slot.text.data(), claim.data(), claim.size());
      slot.size = claim.size();
      hashes_[replaced] = hash;
    }
    return &slot.bits;
  }

 private:
  static constexpr std::uint64_t kNothing = 0;
  static constexpr std::uint64_t kUsed = std::uint64_t{1} << 63;  // in every hash, so that none is kNothing

  struct Slot {
    ScopeBits bits;
    std::size_t size = 0;
    std::array<char, kMaxText> text;

    std::string_view claim() const { return {text.data(), size}; }
  };

  // From a few of the bytes: what is taken for another by it costs time only.
  static std::uint64_t Hash(std::string_view claim) {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15u;
    std::uint64_t word = claim.size();
    if (claim.size() < 8) {
      word ^= LoadFewBytes(claim.data(), claim.size());
    } else {
      const char* const last = claim.data() + claim.size() - 8;
      word = (word ^ LoadWord<std::uint64_t>(last)) * kOdd;
      word ^= LoadWord<std::uint64_t>(claim.data() + (claim.size() - 8) / 2) + LoadWord<std::uint64_t>(claim.data());
    }
    word *= kOdd;
    return (word >> 32 | word << 32) | kUsed;
  }

  std::array<std::uint64_t, kSets * kWays> hashes_ = {};  // of the slots; kNothing: it holds none
  std::vector<Slot> slots_;
  std::array<std::uint8_t, kSets> next_ = {};  // which of a set is the next to be replaced
};

}  // namespace assay::mcp
