#include "engine/sync/snapshot_cell.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace assay {
namespace {

// Counts its instances, and knows when it has been torn down.
struct Item {
  explicit Item(int n) : a(n), b(-n) { ++alive; }
  ~Item() {
    a = b = 0x7FFFFFFF;
    --alive;
  }
  int a;
  int b;
  static inline std::atomic<int> alive{0};
};

using Cell = SnapshotCell<Item>;

TEST(SnapshotCell, APinSeesTheNewestPublishedBeforeIt) {
  {
    Cell cell(std::make_unique<Item>(1));
    Cell::Reader reader(cell);
    EXPECT_EQ(reader.Pin()->a, 1);
    cell.Publish(std::make_unique<Item>(2));
    EXPECT_EQ(reader.Pin()->a, 2);
  }
  EXPECT_EQ(Item::alive, 0);
}

TEST(SnapshotCell, APinnedObjectLivesUntilItsPinEnds) {
  Cell cell(std::make_unique<Item>(1));
  Cell::Reader reader(cell);
  {
    auto pin = reader.Pin();
    for (int n = 2; n < 10; ++n) cell.Publish(std::make_unique<Item>(n));
    EXPECT_EQ(pin->a, 1);
    EXPECT_GT(cell.Collect(), 0u);
  }
  EXPECT_EQ(cell.Collect(), 0u);
  EXPECT_EQ(Item::alive, 1);
}

TEST(SnapshotCell, AReaderWithoutAPinHoldsNothingUp) {
  Cell cell(std::make_unique<Item>(1));
  Cell::Reader sleeper(cell);
  sleeper.Pin();
  for (int n = 2; n < 100; ++n) cell.Publish(std::make_unique<Item>(n));
  EXPECT_EQ(Item::alive, 1);
}

TEST(SnapshotCell, SlotsAreUsedAgain) {
  Cell cell(std::make_unique<Item>(1));
  for (int i = 0; i < 1000; ++i) {
    Cell::Reader reader(cell);
    EXPECT_EQ(reader.Pin()->a, 1);
  }
}

TEST(SnapshotCell, ReadersNeverSeeAFreedOrOlderObjectWhileAWriterRotates) {
  constexpr int kRotations = 20000;
  {
    Cell cell(std::make_unique<Item>(1));
    std::atomic<int> published{1};
    std::atomic<bool> stop{false};
    std::atomic<long> reads{0};
    std::vector<std::thread> readers;
    for (int r = 0; r < 2; ++r) {
      readers.emplace_back([&] {
        Cell::Reader reader(cell);
        while (!stop.load()) {
          const int at_least = published.load();
          auto pin = reader.Pin();
          ASSERT_EQ(pin->a, -pin->b);
          ASSERT_GE(pin->a, at_least);
          reads.fetch_add(1, std::memory_order_relaxed);
        }
      });
    }
    for (int n = 2; n < kRotations; ++n) {
      cell.Publish(std::make_unique<Item>(n));
      published.store(n);
    }
    while (reads.load() < 1000) std::this_thread::yield();
    stop = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(cell.Collect(), 0u);
  }
  EXPECT_EQ(Item::alive, 0);
}

}  // namespace
}  // namespace assay
