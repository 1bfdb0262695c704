// Counters of verdicts: each worker writes its own, nobody else's; metrics add them up.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/reason.h"
#include "engine/pipeline/trust_snapshot.h"
#include "engine/pipeline/verdict.h"

namespace assay {

inline constexpr Reason kAllReasons[] = {
#define ASSAY_REASON_VALUE(name, number, word) Reason::k##name,
    ASSAY_REASONS(ASSAY_REASON_VALUE)
#undef ASSAY_REASON_VALUE
};
inline constexpr std::size_t kReasonCount = std::size(kAllReasons);
inline constexpr std::array<std::uint64_t, 11> kBatchSizeBuckets = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

// Counters: tokens are counted in rows: one for each issuer that was ever configured (IssuerTrust::counter_row), and
// row 0 for tokens without an issuer. An issuer's row stays its own when other issuers come and go.
class Counters {
 public:
  static constexpr std::size_t kNoIssuerRow = 0;

  explicit Counters(std::size_t rows) { Grow(rows); }
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;

  // Grow: makes room for `rows` rows, so that counting never has to. Called by whoever is about to publish a snapshot
  // with more rows, not by the worker, who may be counting meanwhile.
  void Grow(std::size_t rows);

  // Count: counts verdicts that came of `snapshot`. Called by the one worker that owns these counters.
  void Count(const TrustSnapshot& snapshot, std::span<const Verdict> verdicts);

  // CountCacheHits: counts tokens whose verdicts the worker's cache knew; likewise.
  void CountCacheHits(std::size_t hits) { Bump(cache_hits_, hits); }

  // Add: adds `other`, of at most as many rows, to this. `other` may be written meanwhile; each figure is one that was
  // true.
  void Add(const Counters& other);

  std::size_t rows() const { return rows_; }
  std::uint64_t tokens(std::size_t row, std::size_t reason_index) const {
    return blocks_[row / kBlockRows]->cells[row % kBlockRows][reason_index].load(std::memory_order_relaxed);
  }
  // report_only: those of tokens() whose verdicts were report_only().
  std::uint64_t report_only(std::size_t row, std::size_t reason_index) const {
    return blocks_[row / kBlockRows]->report_only[row % kBlockRows][reason_index].load(std::memory_order_relaxed);
  }
  std::uint64_t cache_hits() const { return cache_hits_.load(std::memory_order_relaxed); }
  // batches: the number of batches of at most kBatchSizeBuckets[bucket] tokens and more than the bucket before; the
  // last: larger ones.
  std::uint64_t batches(std::size_t bucket) const { return batches_[bucket].load(std::memory_order_relaxed); }

 private:
  using Cell = std::atomic<std::uint64_t>;
  static constexpr std::size_t kBlockRows = 16;
  using Rows = std::array<std::array<Cell, kReasonCount>, kBlockRows>;
  struct alignas(64) Block {
    Rows cells{};
    Rows report_only{};
  };

  static void Bump(Cell& cell, std::uint64_t by) {
    cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }

  std::size_t rows_ = 0;
  std::vector<std::unique_ptr<Block>> blocks_;
  // lists_: what the worker reads: where the blocks are. Outgrown lists stay, since it may be reading one; each is
  // twice as long as the one before.
  std::vector<std::unique_ptr<Block*[]>> lists_;
  std::size_t list_length_ = 0;
  std::atomic<Block* const*> list_{nullptr};
  std::array<Cell, kBatchSizeBuckets.size() + 1> batches_{};
  Cell cache_hits_{0};
};

}  // namespace assay
