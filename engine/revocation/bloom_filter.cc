#include "engine/revocation/bloom_filter.h"

#include <sys/mman.h>

#include <memory>
#include <new>
#include <type_traits>

namespace assay::revocation {

BloomFilter::BloomFilter(std::size_t capacity) : capacity_(capacity), block_count_(capacity / kHashesPerBlock + 1) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  const std::size_t needed = block_count_ * sizeof(Block);
  const std::size_t unit = needed < kHugePage ? std::size_t{64} : kHugePage;
  bytes_ = (needed + unit - 1) / unit * unit;
  void* const memory = std::aligned_alloc(unit, bytes_);
  if (memory == nullptr) throw std::bad_alloc();
  // Small pages do as well, more slowly.
  if (unit == kHugePage) ::madvise(memory, bytes_, MADV_HUGEPAGE);
  static_assert(std::is_trivially_destructible_v<Block>);
  blocks_.reset(static_cast<Block*>(memory));
  std::uninitialized_value_construct_n(blocks_.get(), block_count_);
}

void BloomFilter::Add(std::uint64_t hash) {
  added_.fetch_add(1, std::memory_order_relaxed);
  Block& block = blocks_[BlockOf(hash)];
  for (unsigned i = 0; i < 4; ++i) {
    block.words[i].fetch_or(std::uint64_t{1} << BitOf(hash, i), std::memory_order_relaxed);
  }
}

}  // namespace assay::revocation
