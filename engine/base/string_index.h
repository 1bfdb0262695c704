// StringIndex: an immutable hash table from the strings of a list to their positions. Open addressing, linear
// probing, at most a quarter full.
//
// The hash is of the length and of one 8-byte word, whose offset is chosen at build: the one with the fewest
// collisions among the keys, as in a perfect hash. A match is confirmed by comparing every byte. Where no offset
// separates the keys well (they may have been chosen so), a seeded hash of the whole text is used instead.
//
// Why one word is safe: an attacker chooses what is looked up, but not the keys, and a probe sequence is as long
// as the keys made it.
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
  // StringIndex: indexes distinct strings, which it copies: each maps to its position in the list.
  explicit StringIndex(const std::vector<std::string_view>& strings);
  // Entry: a string to index and the value that it maps to. Of equal strings the first counts.
  using Entry = std::pair<std::string_view, std::size_t>;
  explicit StringIndex(const std::vector<Entry>& entries);

  // Find: the position of `text`, or kNone. Inlined, as a call would double its cost.
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

  // Slot: 16 bytes, four to a cache line; the strings lie in one block. Lookups in a large index are bound by
  // cache misses.
  struct Slot {
    std::uint32_t tag = 0;        // fingerprint: the hash's upper half
    std::uint32_t size = kEmpty;  // of the string
    std::uint32_t start = 0;      // of the string in texts_
    std::uint32_t position = 0;
  };

  static std::uint32_t TagOf(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  // HashWord: multiply-fold hash of the length and the 8 bytes at `at`, or the last 8 if the text ends before.
  static std::uint64_t HashWord(std::string_view text, std::size_t at) {
    const std::uint64_t word = text.size() < 8 ? LoadFewBytes(text.data(), text.size())
                                               : LoadWord<std::uint64_t>(text.data() + std::min(at, text.size() - 8));
    const auto product =
        static_cast<unsigned __int128>(word ^ (text.size() * 0x9E3779B97F4A7C15u)) * 0xE7037ED1A0B428DBu;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  // HashAll: SeededHash of the whole text, under this process's secret seed.
  static std::uint64_t HashAll(std::string_view text);

  // Place: fills the slots with `entries`, hashed by the word at `word_at` (kNone: whole). Returns the number of
  // collisions, counting no further than `most`.
  std::size_t Place(const std::vector<Entry>& entries, std::size_t word_at, std::size_t most);

  std::vector<Slot> slots_;  // a power of two of them; load factor at most 1/4
  std::size_t mask_ = 0;
  std::size_t word_at_ = 0;  // offset of the hashed word; kNone: the whole text is hashed
  std::string texts_;
};

}  // namespace assay
