#include "engine/api/counters.h"

#include <algorithm>

namespace assay {
namespace {

// From a reason's number to its position in the list.
constexpr std::array<std::uint8_t, 256> MakePositions() {
  std::array<std::uint8_t, 256> positions{};
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    positions[static_cast<std::uint8_t>(kAllReasons[i])] = static_cast<std::uint8_t>(i);
  }
  return positions;
}
constexpr std::array<std::uint8_t, 256> kPositions = MakePositions();

}  // namespace

void Counters::Grow(std::size_t rows) {
  while (blocks_.size() * kBlockRows < rows) {
    // What may throw comes first, so that every block there is stands in the last list.
    auto block = std::make_unique<Block>();
    blocks_.reserve(blocks_.size() + 1);
    if (blocks_.size() == list_length_) {
      const std::size_t length = 2 * (blocks_.size() + 1);
      lists_.push_back(std::make_unique<Block*[]>(length));
      for (std::size_t i = 0; i < blocks_.size(); ++i) lists_.back()[i] = blocks_[i].get();
      list_length_ = length;
    }
    lists_.back()[blocks_.size()] = block.get();
    blocks_.push_back(std::move(block));
  }
  rows_ = std::max(rows_, rows);
  if (!lists_.empty()) list_.store(lists_.back().get(), std::memory_order_release);
}

void Counters::Count(const TrustSnapshot& snapshot, std::span<const Verdict> verdicts) {
  if (verdicts.empty()) return;
  Block* const* const blocks = list_.load(std::memory_order_acquire);
  for (const Verdict& verdict : verdicts) {
    const int issuer = verdict.issuer_index();
    const std::size_t row = issuer < 0 ? kNoIssuerRow : snapshot.issuer(issuer).counter_row;
    const std::size_t reason = kPositions[static_cast<std::uint8_t>(verdict.reason())];
    Bump(blocks[row / kBlockRows]->cells[row % kBlockRows][reason], 1);
    if (verdict.report_only()) Bump(blocks[row / kBlockRows]->report_only[row % kBlockRows][reason], 1);
  }
  const auto bucket = std::lower_bound(kBatchSizeBuckets.begin(), kBatchSizeBuckets.end(), verdicts.size());
  Bump(batches_[static_cast<std::size_t>(bucket - kBatchSizeBuckets.begin())], 1);
}

void Counters::Add(const Counters& other) {
  for (std::size_t row = 0; row < other.rows(); ++row) {
    for (std::size_t reason = 0; reason < kReasonCount; ++reason) {
      Bump(blocks_[row / kBlockRows]->cells[row % kBlockRows][reason], other.tokens(row, reason));
      Bump(blocks_[row / kBlockRows]->report_only[row % kBlockRows][reason], other.report_only(row, reason));
    }
  }
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    Bump(batches_[i], other.batches_[i].load(std::memory_order_relaxed));
  }
  Bump(cache_hits_, other.cache_hits());
}

}  // namespace assay
