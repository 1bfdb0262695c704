// SnapshotCell under real threads, for the sanitizers: readers that come, stay, sleep and go, and a
// writer that rotates every 100 microseconds. ASSAY_STRESS_SECONDS says how long (default 2).
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "engine/sync/snapshot_cell.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

// What a snapshot is like: it owns memory that a reader follows pointers into.
struct Item {
  explicit Item(std::uint64_t number) : numbers(64, number) { ++alive; }
  ~Item() { --alive; }
  bool IsWhole() const {
    for (std::uint64_t number : numbers) {
      if (number != numbers.front()) return false;
    }
    return true;
  }
  std::vector<std::uint64_t> numbers;
  static inline std::atomic<int> alive{0};
};
using Cell = SnapshotCell<Item>;

double Seconds() {
  const char* const text = std::getenv("ASSAY_STRESS_SECONDS");
  return text == nullptr ? 2.0 : std::strtod(text, nullptr);
}

TEST(SnapshotCellStress, ReadersComeAndGoWhileAWriterRotatesEvery100Microseconds) {
  constexpr std::uint64_t kLeastRotations = 100, kLeastPins = 1000;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(Seconds()));
  const auto latest = end + std::chrono::minutes(1);  // of a machine that has much else to do
  std::uint64_t rotations = 0;
  std::atomic<std::uint64_t> pins{0};
  const auto has_enough = [&] { return rotations > kLeastRotations && pins > kLeastPins; };
  {
    Cell cell(std::make_unique<Item>(0));
    std::atomic<std::uint64_t> published{0};
    std::atomic<bool> stop{false};
    const auto read = [&](Cell::Reader& reader) {
      const std::uint64_t at_least = published.load();
      const auto pin = reader.Pin();
      ASSERT_TRUE(pin->IsWhole());
      ASSERT_GE(pin->numbers.front(), at_least);
      pins.fetch_add(1, std::memory_order_relaxed);
    };
    Cell::Reader sleeper(cell);
    read(sleeper);
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
      Cell::Reader reader(cell);
      while (!stop) read(reader);
    });
    threads.emplace_back([&] {
      while (!stop) {
        Cell::Reader reader(cell);
        for (int i = 0; i < 100; ++i) read(reader);
      }
    });
    auto next = Clock::now();
    while (Clock::now() < end || (!has_enough() && Clock::now() < latest)) {
      cell.Publish(std::make_unique<Item>(++rotations));
      published = rotations;
      next = std::max(next + std::chrono::microseconds(100), Clock::now());
      std::this_thread::sleep_until(next);
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(cell.Collect(), 0u) << "the sleeping reader holds nothing up";
    EXPECT_EQ(Item::alive, 1);
    read(sleeper);
  }
  EXPECT_EQ(Item::alive, 0);
  EXPECT_GT(rotations, kLeastRotations);
  EXPECT_GT(pins, kLeastPins);
  std::printf("%llu rotations, %llu pins\n", static_cast<unsigned long long>(rotations),
              static_cast<unsigned long long>(pins.load()));
}

}  // namespace
}  // namespace assay
