// ScopeMemo: what the scope and role claims that were seen last grant.
//
// Tokens of one client carry the same scopes, often dozens of them. A claim's text is compared whole, and what it
// grants depends on nothing but that text and the policy, so that an answer from here is the computed one.
// Memory is fixed: kSlots texts of up to kMaxText bytes.
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
  static constexpr std::size_t kSlots = 64;
  static constexpr std::size_t kMaxText = 1024;

  ScopeMemo() : slots_(kSlots) {}

  // What `claim`, as JSON text, grants: as remembered, or as `compute(&bits)` says, which is false when the
  // claim is of a type that it cannot have. Null then.
  template <typename Compute>
  const ScopeBits* Get(std::string_view claim, Compute&& compute) {
    Slot& slot = slots_[claim.size() > kMaxText ? 0 : SlotOf(claim)];
    if (slot.size == claim.size() && std::memcmp(slot.text.data(), claim.data(), claim.size()) == 0) return &slot.bits;
    slot.size = kNothing;
    slot.bits = {};
    if (!compute(&slot.bits)) return nullptr;
    if (claim.size() <= kMaxText) {
      std::memcpy(slot.text.data(), claim.data(), claim.size());
      slot.size = claim.size();
    }
    return &slot.bits;
  }

 private:
  static constexpr std::size_t kNothing = static_cast<std::size_t>(-1);

  struct Slot {
    std::size_t size = kNothing;
    ScopeBits bits;
    std::array<char, kMaxText> text;
  };

  // From a few of the bytes: a wrong slot costs time only.
  static std::size_t SlotOf(std::string_view claim) {
    std::uint64_t word = claim.size();
    if (claim.size() < 8) {
      word ^= LoadFewBytes(claim.data(), claim.size());
    } else {
      const char* const last = claim.data() + claim.size() - 8;
      word = (word ^ LoadWord<std::uint64_t>(last)) * 0x9E3779B97F4A7C15u;
      word ^= LoadWord<std::uint64_t>(claim.data() + (claim.size() - 8) / 2) + LoadWord<std::uint64_t>(claim.data());
    }
    return (word * 0x9E3779B97F4A7C15u) >> 58;
  }
  static_assert(kSlots == 64);

  std::vector<Slot> slots_;
};

}  // namespace assay::mcp
