// StringIndex: from the strings of a list to their positions.
//
// Looked up is whatever a token says, but the strings are known when the index is made, and the chains are as
// short for every lookup as they are for them. So the hash need not be of all of a text: it is that of its
// length and of one word, at the place where the strings of this index differ best. What is found is compared
// whole. Where no place tells them apart (somebody may have meant it so), all of a text is hashed, under a secret.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"

namespace assay {

class StringIndex {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  StringIndex() : StringIndex(std::vector<std::string_view>()) {}
  // Of distinct strings, which it copies: each leads to its position in the list.
  explicit StringIndex(const std::vector<std::string_view>& strings);
  // Of strings and what they lead to. Of equal strings the first counts.
  using Entry = std::pair<std::string_view, std::size_t>;
  explicit StringIndex(const std::vector<Entry>& entries);

  // The position of `text`, or kNone. In line: a call would cost as much again.
  [[gnu::always_inline]] std::size_t Find(std::string_view text) const {
    const std::uint64_t hash = word_at_ == kNone ? HashAll(text) : HashWord(text, word_at_);
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.tag == TagOf(hash) && slot.size == text.size() &&
          SameBytes(texts_.data() + slot.start, text.data(), text.size())) [[likely]] {
        return slot.position;
      }
      if (slot.size == kEmpty) return kNone;
    }
  }

 private:
  static constexpr std::uint32_t kEmpty = UINT32_MAX;

  // Small, and the strings one behind the other, since lookups in a large index wait for memory.
  struct Slot {
    std::uint32_t tag = 0;        // the hash's upper half
    std::uint32_t size = kEmpty;  // of the string
    std::uint32_t start = 0;      // of the string in texts_
    std::uint32_t position = 0;
  };

  static std::uint32_t TagOf(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  // Of the length and the word at `at`, or of the last word if there is none.
  static std::uint64_t HashWord(std::string_view text, std::size_t at) {
    const std::uint64_t word = text.size() < 8 ? LoadFewBytes(text.data(), text.size())
                                               : LoadWord<std::uint64_t>(text.data() + std::min(at, text.size() - 8));
    const auto product =
        static_cast<unsigned __int128>(word ^ (text.size() * 0x9E3779B97F4A7C15u)) * 0xE7037ED1A0B428DBu;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  static std::uint64_t HashAll(std::string_view text);

  // Puts everything into its slot, by the word at `word_at`; returns how many slots were passed by, in all.
  // Stops at `most`.
  std::size_t Place(const std::vector<Entry>& entries, std::size_t word_at, std::size_t most);

  std::vector<Slot> slots_;  // a power of two, at most a quarter full
  std::size_t mask_ = 0;
  std::size_t word_at_ = 0;  // kNone: everything is hashed
  std::string texts_;
};

}  // namespace assay
