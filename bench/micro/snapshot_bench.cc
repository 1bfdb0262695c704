// What a reader pays for the current snapshot: SnapshotCell beside userspace RCU (where liburcu is
// installed) and beside what people use otherwise; then with the issuer and key looked up in it. Readers on
// 1 and 2 threads, alone and while a writer publishes every millisecond. Read the CPU column: it is what one
// thread pays for one pin, however many threads there are.
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/jwks/jwk_set.h"
#include "engine/pipeline/trust_snapshot.h"
#include "engine/sync/snapshot_cell.h"

#ifdef ASSAY_BENCH_URCU
#define _LGPL_SOURCE  // its read side in line
#include <urcu/urcu-bp.h>
#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>
#endif

namespace assay {
namespace {

struct Item {
  explicit Item(std::uint64_t n) : number(n) {}
  std::uint64_t number;
};

// Calls `publish` every millisecond until destroyed.
class EveryMillisecond {
 public:
  template <typename Publish>
  explicit EveryMillisecond(Publish publish)
      : thread_([this, publish] {
          auto next = std::chrono::steady_clock::now();
          for (std::uint64_t n = 1; !stop_.load(); ++n) {
            publish(n);
            next += std::chrono::milliseconds(1);
            std::this_thread::sleep_until(next);
          }
        }) {}
  ~EveryMillisecond() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Each way: a Reader made on the reading thread, whose Read() gives the current item's number, and Publish().
struct OwnCell {
  SnapshotCell<Item> cell{std::make_unique<Item>(0)};
  struct Reader {
    explicit Reader(OwnCell& way) : reader(way.cell) {}
    std::uint64_t Read() { return reader.Pin()->number; }
    SnapshotCell<Item>::Reader reader;
  };
  void Publish(std::uint64_t n) { cell.Publish(std::make_unique<Item>(n)); }
};

struct AtomicSharedPtr {
  std::atomic<std::shared_ptr<const Item>> current{std::make_shared<const Item>(0)};
  struct Reader {
    explicit Reader(AtomicSharedPtr& way_in) : way(way_in) {}
    std::uint64_t Read() { return way.current.load()->number; }
    AtomicSharedPtr& way;
  };
  void Publish(std::uint64_t n) { current.store(std::make_shared<const Item>(n)); }
};

struct SharedMutex {
  std::shared_mutex mutex;
  std::unique_ptr<const Item> current = std::make_unique<Item>(0);
  struct Reader {
    explicit Reader(SharedMutex& way_in) : way(way_in) {}
    std::uint64_t Read() {
      const std::shared_lock lock(way.mutex);
      return way.current->number;
    }
    SharedMutex& way;
  };
  void Publish(std::uint64_t n) {
    std::unique_ptr<const Item> next = std::make_unique<Item>(n);
    const std::unique_lock lock(mutex);
    current.swap(next);
  }
};

#ifdef ASSAY_BENCH_URCU
// The four flavours differ in name only. A qsbr reader says that it holds nothing after each read, which
// a worker would have to do after each batch.
#define ASSAY_URCU(Name, flavour, after_read)                                             \
  struct Name {                                                                           \
    std::atomic<const Item*> current{new Item(0)};                                        \
    ~Name() { delete current.load(); }                                                    \
    struct Reader {                                                                       \
      explicit Reader(Name& way_in) : way(way_in) { urcu_##flavour##_register_thread(); } \
      ~Reader() { urcu_##flavour##_unregister_thread(); }                                 \
      std::uint64_t Read() {                                                              \
        urcu_##flavour##_read_lock();                                                     \
        const std::uint64_t number = way.current.load(std::memory_order_consume)->number; \
        urcu_##flavour##_read_unlock();                                                   \
        after_read;                                                                       \
        return number;                                                                    \
      }                                                                                   \
      Name& way;                                                                          \
    };                                                                                    \
    void Publish(std::uint64_t n) {                                                       \
      const Item* const old = current.exchange(new Item(n));                              \
      urcu_##flavour##_synchronize_rcu();                                                 \
      delete old;                                                                         \
    }                                                                                     \
  }
ASSAY_URCU(UrcuMemb, memb, );
ASSAY_URCU(UrcuMb, mb, );
ASSAY_URCU(UrcuQsbr, qsbr, urcu_qsbr_quiescent_state());
ASSAY_URCU(UrcuBp, bp, );
#endif

template <typename Way>
void BM_Pin(benchmark::State& state) {
  static std::unique_ptr<Way> way;
  static std::unique_ptr<EveryMillisecond> writer;
  if (state.thread_index() == 0) {
    way = std::make_unique<Way>();
    if (state.range(0) != 0) {
      writer = std::make_unique<EveryMillisecond>([](std::uint64_t n) { way->Publish(n); });
    }
  }
  std::optional<typename Way::Reader> reader;
  for (auto _ : state) {
    if (!reader) reader.emplace(*way);  // here, past the barrier at which every thread waits
    benchmark::DoNotOptimize(reader->Read());
  }
  reader.reset();
  if (state.thread_index() == 0) writer.reset();
}

// Keys of RFC 7515 appendix A.3, RFC 7517 appendix A.1 and RFC 7518 appendix C.
const char* const kPoints[3][2] = {
    {"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
    {"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
    {"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0", "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}};

struct Population {
  explicit Population(int count) {
    for (int i = 0; i < count; ++i) {
      PolicyConfig config;
      config.issuer = "https://login.tenant-" + std::to_string(i) + ".example.com/";
      config.any_audience_is_dangerous = true;
      names.push_back(config.issuer);
      policies.push_back(std::make_shared<const Policy>(Policy::Build(config).value()));
      std::string set = "{\"keys\":[";
      for (int k = 0; k < 3; ++k) {
        // As long as a thumbprint, which most issuers take for the kid.
        kids.push_back("tenant-" + std::to_string(i) + "-key-" + std::to_string(k) + "-0123456789abcdefghijklm");
        set += std::string(k == 0 ? "" : ",") + R"({"kty":"EC","crv":"P-256","kid":")" + kids.back() + R"(","x":")" +
               kPoints[k][0] + R"(","y":")" + kPoints[k][1] + "\"}";
      }
      auto jwks = jwks::ReadJwkSet(set + "]}", config.algorithms);
      if (!jwks) std::abort();
      issuers.push_back(std::make_shared<const IssuerTrust>(
          IssuerTrust{policies.back(), std::make_shared<const jwks::KeySet>(std::move(*jwks)),
                      std::make_shared<IssuerSignals>(), NextGeneration(), NextGeneration(), 0}));
    }
    directory = std::make_shared<const IssuerDirectory>(Limits{}, policies);
  }
  std::unique_ptr<const TrustSnapshot> Snapshot() const {
    return std::make_unique<const TrustSnapshot>(directory, issuers);
  }

  std::vector<std::string> names, kids;
  std::vector<std::shared_ptr<const Policy>> policies;
  std::shared_ptr<const IssuerDirectory> directory;
  TrustSnapshot::Issuers issuers;
};

// What tokens say, in their own bytes: never the configured string itself. One behind the other, since a
// token's bytes have just been read when its key is looked up.
class AskedFor {
 public:
  static constexpr std::size_t kCount = 4096;

  // Issuers and keys in random order.
  AskedFor(const Population& population, unsigned seed) {
    bytes_.reserve(256 * kCount);  // views into it stay
    std::mt19937 random(seed);
    for (std::size_t i = 0; i < kCount; ++i) {
      const std::size_t issuer = random() % population.names.size();
      const std::string_view name = Copy(population.names[issuer]);
      all_.push_back({name, Copy(population.kids[3 * issuer + random() % 3])});
    }
  }
  AskedFor(const AskedFor&) = delete;
  AskedFor& operator=(const AskedFor&) = delete;

  // Pins for each, and finds its issuer and key.
  void LookUpAll(SnapshotCell<TrustSnapshot>::Reader& reader) const {
    for (const Asked& asked : all_) {
      const auto pin = reader.Pin();
      const int issuer = pin->FindIssuer(asked.issuer);
      if (issuer < 0) std::abort();
      const auto choice = pin->keys(issuer)->Choose(&asked.kid, Algorithm::kES256);
      if (choice.jwk == nullptr) std::abort();
      benchmark::DoNotOptimize(choice.jwk->key.get());
    }
  }

 private:
  struct Asked {
    std::string_view issuer, kid;
  };

  std::string_view Copy(const std::string& text) {
    bytes_ += text;
    return std::string_view(bytes_).substr(bytes_.size() - text.size());
  }

  std::string bytes_;
  std::vector<Asked> all_;
};

// Pins, and finds a token's issuer and key.
void BM_PinAndKeyLookup(benchmark::State& state) {
  static std::unique_ptr<Population> population;
  static std::unique_ptr<SnapshotCell<TrustSnapshot>> cell;
  static std::unique_ptr<EveryMillisecond> writer;
  if (state.thread_index() == 0) {
    population = std::make_unique<Population>(static_cast<int>(state.range(0)));
    cell = std::make_unique<SnapshotCell<TrustSnapshot>>(population->Snapshot());
    if (state.range(1) != 0) {
      writer = std::make_unique<EveryMillisecond>([](std::uint64_t) { cell->Publish(population->Snapshot()); });
    }
  }
  std::optional<SnapshotCell<TrustSnapshot>::Reader> reader;
  std::optional<AskedFor> asked;
  while (state.KeepRunningBatch(AskedFor::kCount)) {
    if (!reader) {  // here, past the barrier at which every thread waits
      state.PauseTiming();
      reader.emplace(*cell);
      asked.emplace(*population, static_cast<unsigned>(state.thread_index()));
      state.ResumeTiming();
    }
    asked->LookUpAll(*reader);
  }
  reader.reset();
  if (state.thread_index() == 0) writer.reset();
}

// A rotation of one issuer among many: the snapshot alone, keys being ready.
void BM_Publish(benchmark::State& state) {
  const Population population(static_cast<int>(state.range(0)));
  SnapshotCell<TrustSnapshot> cell(population.Snapshot());
  for (auto _ : state) cell.Publish(population.Snapshot());
}

#define ASSAY_PIN(Way) \
  BENCHMARK_TEMPLATE(BM_Pin, Way)->ArgName("rotating")->Arg(0)->Arg(1)->Threads(1)->Threads(2)->UseRealTime()
ASSAY_PIN(OwnCell);
ASSAY_PIN(AtomicSharedPtr);
ASSAY_PIN(SharedMutex);
#ifdef ASSAY_BENCH_URCU
ASSAY_PIN(UrcuMemb);
ASSAY_PIN(UrcuMb);
ASSAY_PIN(UrcuQsbr);
ASSAY_PIN(UrcuBp);
#endif
BENCHMARK(BM_PinAndKeyLookup)
    ->ArgNames({"issuers", "rotating"})
    ->ArgsProduct({{1, 1000}, {0, 1}})
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();
BENCHMARK(BM_Publish)->ArgName("issuers")->Arg(1)->Arg(1000);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
