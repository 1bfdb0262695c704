// Counters of verdicts: each worker writes its own, nobody else's; metrics add them up.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/reason.h"
#include "engine/pipeline/verdict.h"

namespace assay {

inline constexpr Reason kAllReasons[] = {
#define ASSAY_REASON_VALUE(name, number, word) Reason::k##name,
    ASSAY_REASONS(ASSAY_REASON_VALUE)
#undef ASSAY_REASON_VALUE
};
inline constexpr std::size_t kReasonCount = std::size(kAllReasons);
inline constexpr std::array<std::uint64_t, 11> kBatchSizeBuckets = {1,  2,   4,   8,   16,  32,
                                                                    64, 128, 256, 512, 1024};

class Counters {
 public:
  // Tokens without an issuer are counted under index `issuers`.
  explicit Counters(std::size_t issuers) : issuers_(issuers), tokens_((issuers + 1) * kReasonCount) {}

  // Called by the one worker that owns these counters.
  void Count(std::span<const Verdict> verdicts);

  // Adds `other` to this. `other` may be written meanwhile; each figure is one that was true.
  void Add(const Counters& other);

  std::size_t issuers() const { return issuers_; }
  std::uint64_t tokens(std::size_t issuer, std::size_t reason_index) const {
    return tokens_[issuer * kReasonCount + reason_index].load(std::memory_order_relaxed);
  }
  // Batches of at most kBatchSizeBuckets[i] tokens and more than the bucket before; the last: larger ones.
  std::uint64_t batches(std::size_t bucket) const {
    return batches_[bucket].load(std::memory_order_relaxed);
  }

 private:
  using Cell = std::atomic<std::uint64_t>;
  static void Bump(Cell& cell, std::uint64_t by) {
    cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }

  std::size_t issuers_;
  std::vector<Cell> tokens_;
  std::array<Cell, kBatchSizeBuckets.size() + 1> batches_{};
};

}  // namespace assay
