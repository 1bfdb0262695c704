// LatencyHistogram: durations of many calls in a few kilobytes, each to within 3%.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace assay::cli {

class LatencyHistogram {
 public:
  void Add(std::uint64_t nanoseconds) {
    ++counts_[Bucket(nanoseconds)];
    ++total_;
  }

  void Add(const LatencyHistogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }

  // Quantile: the least duration that at least `part` (0..1) of all durations do not exceed; 0 when there are none.
  double Quantile(double part) const {
    const double wanted = part * static_cast<double>(total_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (counts_[i] > 0 && static_cast<double>(seen) >= wanted) return Upper(i);
    }
    return 0;
  }

 private:
  static constexpr unsigned kBits = 5;  // buckets for each power of two: 2^kBits
  static constexpr std::uint64_t kStep = 1u << kBits;

  static std::size_t Bucket(std::uint64_t value) {
    if (value < kStep) return static_cast<std::size_t>(value);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
    return static_cast<std::size_t>((std::uint64_t{shift} << kBits) + (value >> shift));
  }
  // Upper: the greatest value of bucket `i`.
  static double Upper(std::size_t i) {
    if (i < kStep) return static_cast<double>(i);
    const auto shift = static_cast<unsigned>(i >> kBits) - 1;
    const std::uint64_t mantissa = (i & (kStep - 1)) + kStep;
    return static_cast<double>(((mantissa + 1) << shift) - 1);
  }

  std::array<std::uint64_t, (64 - kBits + 1) << kBits> counts_ = {};
  std::uint64_t total_ = 0;
};

}  // namespace assay::cli
