// SnapshotCell in every order of its atomic operations; and mutants of its header, each with one line
// changed (CMakeLists.txt makes them), in which the same search must find the defect.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <functional>
#include <memory>
#include <new>
#include <string>

#include "announced_by_a_weak_store/snapshot_cell.h"
#include "engine/sync/snapshot_cell.h"
#include "epoch_advanced_before_the_swap/snapshot_cell.h"
#include "freed_one_epoch_early/snapshot_cell.h"
#include "idle_slots_counted/snapshot_cell.h"
#include "pointer_loaded_before_the_epoch_is_announced/snapshot_cell.h"
#include "tests/engine/sync/interleavings.h"

namespace assay {
namespace {

using testing::Interleavings;
using testing::SimulatedAtom;

// An object that can be asked whether it lives even after it has been deleted.
class Item {
 public:
  explicit Item(int number) : number_(number) { alive_[Index(this)] = true; }
  ~Item() { alive_[Index(this)] = false; }
  static void* operator new(std::size_t) { return &pool_[used_++ % pool_.size()]; }
  static void operator delete(void*) {}

  static bool IsAlive(const Item* item) { return alive_[Index(item)]; }
  static int Alive() {
    int count = 0;
    for (bool alive : alive_) count += alive;
    return count;
  }
  int number() const { return number_; }

 private:
  struct alignas(16) Place {
    unsigned char bytes[16];
  };
  static std::size_t Index(const Item* item) {
    return static_cast<std::size_t>(reinterpret_cast<const Place*>(item) - pool_.data());
  }
  static inline std::array<Place, 16> pool_{};
  static inline std::array<bool, 16> alive_{};
  static inline std::size_t used_ = 0;

  int number_;
};

struct Size {
  int readers;
  int pins;  // by each reader, one after the other
  int publications;
};

struct Findings {
  std::uint64_t orders = 0;
  std::string defect;  // the first one found; the search ends with it
};

// Goes through the orders of `size`: all of them, or `samples` at random.
template <template <typename, template <typename> class> class CellOf>
Findings Search(const Size& size, std::uint64_t samples = 0) {
  using Cell = CellOf<Item, SimulatedAtom>;
  Interleavings run;
  if (samples > 0) run.Sample(1);
  Findings findings;
  while ((samples == 0 || run.runs() < samples) && findings.defect.empty() && run.Next()) {
    {
      Cell cell(std::make_unique<Item>(0));
      std::vector<std::unique_ptr<typename Cell::Reader>> readers;
      std::vector<std::function<void()>> programs;
      int published = 0;  // the newest whose Publish() has returned
      for (int r = 0; r < size.readers; ++r) {
        readers.push_back(std::make_unique<typename Cell::Reader>(cell));
        programs.push_back([&, reader = readers.back().get()] {
          for (int i = 0; i < size.pins; ++i) {
            int newest = 0;
            Interleavings::BeforeNextStep([&] { newest = published; });
            const auto pin = reader->Pin();
            Interleavings::Step();
            if (!Item::IsAlive(&*pin)) {
              findings.defect = "a pinned object was freed";
            } else if (pin->number() < newest) {
              findings.defect = "a pin saw an object older than one published before it";
            }
          }
        });
      }
      programs.push_back([&] {
        for (int i = 1; i <= size.publications; ++i) {
          cell.Publish(std::make_unique<Item>(i));
          published = i;
        }
      });
      run.Run(std::move(programs));
      if (findings.defect.empty() && (cell.Collect() != 0 || Item::Alive() != 1)) {
        findings.defect = "an object was kept though no pin was left";
      }
    }
    if (findings.defect.empty() && Item::Alive() != 0) findings.defect = "an object outlived the cell";
  }
  findings.orders = run.runs();
  return findings;
}

constexpr Size kTwoReadersAndAWriter = {2, 1, 1};
constexpr Size kPinsOneAfterTheOther = {1, 2, 2};

TEST(SnapshotCellOrders, TwoReadersAndAWriterInEveryOrder) {
  const Findings findings = Search<SnapshotCell>(kTwoReadersAndAWriter);
  EXPECT_EQ(findings.defect, "") << "order " << findings.orders;
  // Each reader: three loads and stores of Pin(), a use, the end's store, and that store's reaching memory;
  // the writer: swap, advance, two slots. 16! / (6! 6! 4!).
  EXPECT_EQ(findings.orders, 1'681'680u);
  std::printf("%llu orders\n", static_cast<unsigned long long>(findings.orders));
}

TEST(SnapshotCellOrders, AReaderThatPinsTwiceAndTwoPublicationsInEveryOrder) {
  const Findings findings = Search<SnapshotCell>(kPinsOneAfterTheOther);
  EXPECT_EQ(findings.defect, "") << "order " << findings.orders;
  EXPECT_GT(findings.orders, 15'000u);
  std::printf("%llu orders\n", static_cast<unsigned long long>(findings.orders));
}

TEST(SnapshotCellOrders, LongerRunsInOrdersTakenAtRandom) {
  for (const Size& size : {Size{2, 3, 4}, Size{3, 2, 3}}) {
    const Findings findings = Search<SnapshotCell>(size, 200'000);
    EXPECT_EQ(findings.defect, "");
    EXPECT_EQ(findings.orders, 200'000u);
  }
}

template <template <typename, template <typename> class> class CellOf>
void ExpectFound(const char* defect) {
  const Findings findings = Search<CellOf>(kTwoReadersAndAWriter);
  EXPECT_EQ(findings.defect, defect) << findings.orders << " orders";
  std::printf("found in order %llu: %s\n", static_cast<unsigned long long>(findings.orders), findings.defect.c_str());
}

TEST(SnapshotCellOrders, MutantsAreFound) {
  ExpectFound<pointer_loaded_before_the_epoch_is_announced::SnapshotCell>("a pinned object was freed");
  ExpectFound<announced_by_a_weak_store::SnapshotCell>("a pinned object was freed");
  ExpectFound<epoch_advanced_before_the_swap::SnapshotCell>("a pinned object was freed");
  ExpectFound<freed_one_epoch_early::SnapshotCell>("a pinned object was freed");
  ExpectFound<idle_slots_counted::SnapshotCell>("an object was kept though no pin was left");
}

}  // namespace
}  // namespace assay
