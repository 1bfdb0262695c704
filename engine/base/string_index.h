// StringIndex: an immutable map from distinct strings to their positions in a list.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"

namespace assay {

class StringIndex {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  StringIndex() : StringIndex(std::vector<std::string_view>()) {}

  // Requires distinct strings that outlive the index.
  explicit StringIndex(const std::vector<std::string_view>& strings)
      : slots_(std::bit_ceil(2 * strings.size() + 2)) {
    for (std::size_t i = 0; i < strings.size(); ++i) {
      const std::uint64_t hash = Hash(strings[i]);
      std::size_t at = hash & Mask();
      while (slots_[at].position != kNone) at = (at + 1) & Mask();
      slots_[at] = {hash, strings[i], i};
    }
  }

  // The position of `text` in the list, or kNone. Bytes are compared.
  std::size_t Find(std::string_view text) const {
    const std::uint64_t hash = Hash(text);
    for (std::size_t at = hash & Mask();; at = (at + 1) & Mask()) {
      const Slot& slot = slots_[at];
      if (slot.position == kNone || (slot.hash == hash && slot.text == text)) return slot.position;
    }
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::string_view text;
    std::size_t position = kNone;
  };

  // Whoever configures the strings chooses them, not whoever looks one up, so chains stay short
  // whatever is asked for, and no secret is needed.
  static std::uint64_t Hash(std::string_view text) { return SeededHash(0)(text); }
  std::size_t Mask() const { return slots_.size() - 1; }

  std::vector<Slot> slots_;  // a power of two, at most half full
};

}  // namespace assay
