#include "engine/revocation/bloom_filter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace assay::revocation {
namespace {

std::vector<std::uint64_t> Hashes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> hashes(count);
  for (std::uint64_t& hash : hashes) hash = random();
  return hashes;
}

std::size_t CountContained(const BloomFilter& filter, const std::vector<std::uint64_t>& hashes) {
  std::size_t held = 0;
  for (const std::uint64_t hash : hashes) held += filter.MayContain(hash) ? 1u : 0u;
  return held;
}

TEST(BloomFilter, ContainsWhatWasAddedWhateverItsSize) {
  for (const std::size_t capacity : {0u, 1u, 15u, 16u, 1000u, 1u << 20, (1u << 20) + 1, 3'000'000u}) {
    BloomFilter filter(capacity);
    auto hashes = Hashes(1000, capacity);
    hashes.insert(hashes.end(), {0, UINT64_MAX, UINT64_MAX << 32, UINT32_MAX});
    EXPECT_EQ(CountContained(filter, hashes), 0u) << capacity;
    for (const std::uint64_t hash : hashes) filter.Add(hash);
    EXPECT_EQ(CountContained(filter, hashes), hashes.size()) << capacity;
    EXPECT_GE(filter.MemoryBytes(), capacity * 2);
  }
}

TEST(BloomFilter, FullItKnowsNearlyAllStrangers) {
  constexpr std::size_t kNames = 200'000;
  BloomFilter filter(kNames);
  for (const std::uint64_t hash : Hashes(kNames, 1)) filter.Add(hash);
  EXPECT_LT(CountContained(filter, Hashes(kNames, 2)), kNames / 150);
}

// The header derives 0.0031: 3,114 of a million, with a standard deviation of 56 and the variation of the blocks.
TEST(BloomFilter, FullItHasTheRateOfFalsePositivesThatItsHeaderDerives) {
  constexpr std::size_t kMillion = 1'000'000;
  BloomFilter filter(kMillion);
  for (const std::uint64_t hash : Hashes(kMillion, 5)) filter.Add(hash);
  const std::size_t false_positives = CountContained(filter, Hashes(kMillion, 6));
  EXPECT_GT(false_positives, 2800u);
  EXPECT_LT(false_positives, 3430u);
}

TEST(BloomFilter, SaysWhenItIsFull) {
  BloomFilter filter(3);
  EXPECT_TRUE(filter.HasRoomFor(3));
  EXPECT_FALSE(filter.HasRoomFor(4));
  for (const std::uint64_t hash : {1u, 2u}) filter.Add(hash);
  EXPECT_TRUE(filter.HasRoomFor(1));
  EXPECT_FALSE(filter.HasRoomFor(2));
  for (const std::uint64_t hash : {3u, 4u}) filter.Add(hash);  // more than it was made for
  EXPECT_FALSE(filter.HasRoomFor(0));
  EXPECT_EQ(CountContained(filter, {1, 2, 3, 4}), 4u);
}

// Two writers in the same blocks, and a reader that must find what it was told of.
TEST(BloomFilter, LosesNothingWhileItIsWrittenByTwoAndRead) {
  constexpr std::size_t kNames = 50'000;
  BloomFilter filter(100);  // 7 blocks: every word is fought over
  const std::vector<std::uint64_t> hashes[] = {Hashes(kNames, 3), Hashes(kNames, 4)};
  std::atomic<std::size_t> told[2] = {};
  std::vector<std::thread> writers;
  for (std::size_t w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      for (std::size_t i = 0; i < kNames; ++i) {
        filter.Add(hashes[w][i]);
        told[w].store(i + 1, std::memory_order_release);
      }
    });
  }
  std::size_t missed = 0;
  for (std::size_t done = 0; done < 2 * kNames;) {
    done = 0;
    for (std::size_t w = 0; w < 2; ++w) {
      const std::size_t count = told[w].load(std::memory_order_acquire);
      if (count > 0 && !filter.MayContain(hashes[w][count - 1])) ++missed;
      done += count;
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(missed, 0u);
  EXPECT_EQ(CountContained(filter, hashes[0]) + CountContained(filter, hashes[1]), 2 * kNames);
}

}  // namespace
}  // namespace assay::revocation
