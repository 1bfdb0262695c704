// NameFilter: which names may be in a set, by their hashes; says no to all but one in some 250 of those that are not.
//
// One filter serves a set and all that come of it: a name that is added for a later one is a name too many for the
// earlier ones, which costs them a search and nothing else. So it is written while it is read.
//
// # Guarantee
// MayHold() is true for each hash whose Add() happens before it.
//
// # Memory
// Two bytes a name that there is room for, in huge pages where the system has them: four lookups a token, each
// anywhere, would otherwise wait longer for the page tables than for the filter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace assay::revocation {

class NameFilter {
 public:
  // Requires that less than 2^32 names are to be held.
  explicit NameFilter(std::size_t capacity);

  // Whether `names` more can be added before it gets fuller than its capacity. That is advice: it stays right.
  bool HasRoomFor(std::size_t names) const {
    const std::size_t held = added_.load(std::memory_order_relaxed);
    return held <= capacity_ && names <= capacity_ - held;
  }

  // Thread-safe, also beside MayHold().
  void Add(std::uint64_t hash);

  bool MayHold(std::uint64_t hash) const {
    const Block& block = blocks_[BlockOf(hash)];
    return (Word(block, 0) >> BitOf(hash, 0) & Word(block, 1) >> BitOf(hash, 1) & Word(block, 2) >> BitOf(hash, 2) &
            Word(block, 3) >> BitOf(hash, 3) & 1) != 0;
  }

  // Brings near what MayHold() reads.
  void Prefetch(std::uint64_t hash) const { __builtin_prefetch(&blocks_[BlockOf(hash)]); }

  std::size_t MemoryBytes() const { return bytes_; }

 private:
  static constexpr std::size_t kNamesPerBlock = 16;

  struct alignas(32) Block {
    std::atomic<std::uint64_t> words[4] = {};
  };
  struct Free {
    void operator()(Block* blocks) const { std::free(blocks); }
  };

  // The block by the upper half of the hash, a bit in each of its words by the lower.
  std::size_t BlockOf(std::uint64_t hash) const { return static_cast<std::size_t>((hash >> 32) * count_ >> 32); }
  static unsigned BitOf(std::uint64_t hash, unsigned word) { return static_cast<unsigned>(hash >> (6 * word)) & 63; }
  static std::uint64_t Word(const Block& block, unsigned i) { return block.words[i].load(std::memory_order_relaxed); }

  const std::size_t capacity_;
  const std::size_t count_;  // of blocks
  std::size_t bytes_ = 0;
  std::unique_ptr<Block[], Free> blocks_;
  std::atomic<std::size_t> added_{0};
};

}  // namespace assay::revocation
