#include "engine/revocation/name_filter.h"

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

std::size_t CountHeld(const NameFilter& filter, const std::vector<std::uint64_t>& hashes) {
  std::size_t held = 0;
  for (const std::uint64_t hash : hashes) held += filter.MayHold(hash) ? 1u : 0u;
  return held;
}

TEST(NameFilter, HoldsWhatWasAddedWhateverItsSize) {
  for (const std::size_t capacity : {0u, 1u, 15u, 16u, 1000u, 1u << 20, (1u << 20) + 1, 3'000'000u}) {
    NameFilter filter(capacity);
    auto hashes = Hashes(1000, capacity);
    hashes.insert(hashes.end(), {0, UINT64_MAX, UINT64_MAX << 32, UINT32_MAX});
    EXPECT_EQ(CountHeld(filter, hashes), 0u) << capacity;
    for (const std::uint64_t hash : hashes) filter.Add(hash);
    EXPECT_EQ(CountHeld(filter, hashes), hashes.size()) << capacity;
    EXPECT_GE(filter.MemoryBytes(), capacity * 2);
  }
}

TEST(NameFilter, FullItKnowsNearlyAllStrangers) {
  constexpr std::size_t kNames = 200'000;
  NameFilter filter(kNames);
  for (const std::uint64_t hash : Hashes(kNames, 1)) filter.Add(hash);
  EXPECT_LT(CountHeld(filter, Hashes(kNames, 2)), kNames / 150);
}

TEST(NameFilter, SaysWhenItIsFull) {
  NameFilter filter(3);
  EXPECT_TRUE(filter.HasRoomFor(3));
  EXPECT_FALSE(filter.HasRoomFor(4));
  for (const std::uint64_t hash : {1u, 2u}) filter.Add(hash);
  EXPECT_TRUE(filter.HasRoomFor(1));
  EXPECT_FALSE(filter.HasRoomFor(2));
  for (const std::uint64_t hash : {3u, 4u}) filter.Add(hash);  // more than it was made for
  EXPECT_FALSE(filter.HasRoomFor(0));
  EXPECT_EQ(CountHeld(filter, {1, 2, 3, 4}), 4u);
}

// Two writers in the same blocks, and a reader that must find what it was told of.
TEST(NameFilter, LosesNothingWhileItIsWrittenByTwoAndRead) {
  constexpr std::size_t kNames = 50'000;
  NameFilter filter(100);  // 7 blocks: every word is fought over
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
      if (count > 0 && !filter.MayHold(hashes[w][count - 1])) ++missed;
      done += count;
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(missed, 0u);
  EXPECT_EQ(CountHeld(filter, hashes[0]) + CountHeld(filter, hashes[1]), 2 * kNames);
}

}  // namespace
}  // namespace assay::revocation
