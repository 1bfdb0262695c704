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

void Counters::Count(std::span<const Verdict> verdicts) {
  if (verdicts.empty()) return;
  for (const Verdict& verdict : verdicts) {
    const std::size_t issuer =
        verdict.issuer_index() < 0 ? issuers_ : static_cast<std::size_t>(verdict.issuer_index());
    Bump(tokens_[issuer * kReasonCount + kPositions[static_cast<std::uint8_t>(verdict.reason())]], 1);
  }
  const auto bucket = std::lower_bound(kBatchSizeBuckets.begin(), kBatchSizeBuckets.end(), verdicts.size());
  Bump(batches_[static_cast<std::size_t>(bucket - kBatchSizeBuckets.begin())], 1);
}

void Counters::Add(const Counters& other) {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    Bump(tokens_[i], other.tokens_[i].load(std::memory_order_relaxed));
  }
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    Bump(batches_[i], other.batches_[i].load(std::memory_order_relaxed));
  }
}

}  // namespace assay
