// BloomFilter: a blocked Bloom filter over 64-bit hashes; 0.31 % false positives when full.
//
// One filter serves a RevocationSet and its successors: a hash that is added for a later set is a false positive of
// the earlier ones, which costs them a search and nothing else. So it is written while it is read.
//
// # Guarantee
// MayContain() is true for each hash whose Add() happens before it.
//
// # False positives
// A block is one 32-byte half of a cache line: four words of 64 bits, in each of which a hash sets one bit. Full, the
// filter has 16 hashes a block on average. Of a block with n hashes a stranger is taken for one of them when its bit
// is set in all four words: (1 - q^n)^4, where q = 63/64. As n is Poisson distributed with mean 16, E[q^jn] is
// exp(-16 (1 - q^j)), so that the rate is
//   sum over j = 0..4 of C(4,j) (-1)^j exp(-16 (1 - q^j)) = 0.0031.
// Without blocks, 4 bits of 16 a hash give 0.0024: the difference is the price of one cache miss instead of four.
//
// # Memory
// Two bytes for each hash of its capacity, in huge pages where the system has them: four look-ups a token, each in
// another place, would otherwise wait longer for the page tables than for the filter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace assay::revocation {

class BloomFilter {
 public:
  // BloomFilter: makes an empty filter. Requires capacity < 2^32.
  explicit BloomFilter(std::size_t capacity);

  // HasRoomFor says whether `count` more fit its capacity. Beyond that the guarantee holds and false positives grow.
  bool HasRoomFor(std::size_t count) const {
    const std::size_t added = added_.load(std::memory_order_relaxed);
    return added <= capacity_ && count <= capacity_ - added;
  }

  // Add is thread-safe, also beside MayContain().
  void Add(std::uint64_t hash);

  // MayContain is false when the hash was never added, but for the false positives.
  bool MayContain(std::uint64_t hash) const {
    const Block& block = blocks_[BlockOf(hash)];
    return (Word(block, 0) >> BitOf(hash, 0) & Word(block, 1) >> BitOf(hash, 1) & Word(block, 2) >> BitOf(hash, 2) &
            Word(block, 3) >> BitOf(hash, 3) & 1) != 0;
  }

  // Prefetch fetches the block that MayContain() reads.
  void Prefetch(std::uint64_t hash) const { __builtin_prefetch(&blocks_[BlockOf(hash)]); }

  std::size_t MemoryBytes() const { return bytes_; }

 private:
  static constexpr std::size_t kHashesPerBlock = 16;

  struct alignas(32) Block {
    std::atomic<std::uint64_t> words[4] = {};
  };
  struct Free {
    void operator()(Block* blocks) const { std::free(blocks); }
  };

  // BlockOf, BitOf: the block by the upper half of the hash, a bit in each of its words by the lower.
  std::size_t BlockOf(std::uint64_t hash) const { return static_cast<std::size_t>((hash >> 32) * block_count_ >> 32); }
  static unsigned BitOf(std::uint64_t hash, unsigned word) { return static_cast<unsigned>(hash >> (6 * word)) & 63; }
  static std::uint64_t Word(const Block& block, unsigned i) { return block.words[i].load(std::memory_order_relaxed); }

  const std::size_t capacity_;
  const std::size_t block_count_;
  std::size_t bytes_ = 0;
  std::unique_ptr<Block[], Free> blocks_;
  std::atomic<std::size_t> added_{0};
};

}  // namespace assay::revocation
