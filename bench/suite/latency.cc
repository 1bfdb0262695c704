// An open loop: tokens arrive at random times of a fixed mean rate, whether or not the one before is
// done, and a token's latency counts from the time at which it should have been begun. So a stall is
// charged to everyone who waits behind it.
#include <atomic>
#include <cmath>
#include <memory>
#include <random>
#include <thread>

#include "bench/suite/sections.h"
#include "bench/suite/workload.h"
#include "engine/api/batcher.h"
#include "engine/base/check.h"
#include "tools/assay/latency.h"

namespace assay::bench {
namespace {

constexpr std::size_t kTokens = 1024;
constexpr std::size_t kBytes = 800;

// What becomes of one arrival. Taken again once it is over.
struct Arrival {
  Clock::time_point due;
  Clock::time_point over;
  std::atomic<bool> accepted{false};

  Completion completion() { return {&Arrival::End, this}; }
  static void End(void* context, const Verdict& verdict) noexcept {
    auto& self = *static_cast<Arrival*>(context);
    self.over = Clock::now();
    self.accepted.store(verdict.accepted(), std::memory_order_release);
  }
};

// How the tokens of one thread are dealt with.
class Gateway {
 public:
  virtual ~Gateway() = default;
  // Answers `arrival` now, or keeps it until EndOfTick().
  virtual void Take(std::string_view token, Arrival& arrival) = 0;
  virtual void EndOfTick() {}
};

// The harness alone: what the machine and the clock add to every figure.
class NoGateway : public Gateway {
 public:
  void Take(std::string_view, Arrival& arrival) override {
    arrival.over = Clock::now();
    arrival.accepted = true;
  }
};

class AloneGateway : public Gateway {
 public:
  explicit AloneGateway(const std::shared_ptr<Engine>& engine) : worker_(engine) {}
  void Take(std::string_view token, Arrival& arrival) override {
    Arrival::End(&arrival, worker_.Validate(token, Now()));
  }

 private:
  Worker worker_;
};

class SharedGateway : public Gateway {
 public:
  explicit SharedGateway(std::shared_ptr<Batcher> batcher) : batcher_(std::move(batcher)) {}
  void Take(std::string_view token, Arrival& arrival) override {
    while (!batcher_->Submit(token, Now(), arrival.completion())) std::this_thread::yield();
  }

 private:
  std::shared_ptr<Batcher> batcher_;
};

class LoopGateway : public Gateway {
 public:
  explicit LoopGateway(const std::shared_ptr<Engine>& engine) : batcher_(engine) {}
  void Take(std::string_view token, Arrival& arrival) override {
    ASSAY_CHECK(batcher_.Submit(token, Now(), arrival.completion()));
  }
  void EndOfTick() override { batcher_.Flush(); }

 private:
  EventLoopBatcher batcher_;
};

struct Mode {
  const char* name;
  std::unique_ptr<Gateway> (*make)(const std::shared_ptr<Engine>&, const std::shared_ptr<Batcher>&);
};
constexpr Mode kModes[] = {
    {"nothing (the harness)",
     [](const auto&, const auto&) -> std::unique_ptr<Gateway> { return std::make_unique<NoGateway>(); }},
    {"a worker per thread",
     [](const auto& engine, const auto&) -> std::unique_ptr<Gateway> { return std::make_unique<AloneGateway>(engine); }},
    {"Batcher, shared",
     [](const auto&, const auto& batcher) -> std::unique_ptr<Gateway> { return std::make_unique<SharedGateway>(batcher); }},
    {"EventLoopBatcher per thread",
     [](const auto& engine, const auto&) -> std::unique_ptr<Gateway> { return std::make_unique<LoopGateway>(engine); }},
};

// One mode at one rate.
struct Point {
  const Mode* mode;
  std::string alg;
  double rate;  // of all threads, tokens/s
  const Tokens* tokens;
  std::vector<std::unique_ptr<Gateway>> gateways;  // one a thread
  cli::LatencyHistogram latencies;
  std::size_t answered = 0;
  double seconds = 0;  // until the last answer, of all rounds
};

// Arrivals of one thread, decided beforehand: nothing is computed while the clock runs.
struct Schedule {
  Schedule(double rate, std::chrono::nanoseconds length, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::exponential_distribution<double> gap(rate);
    for (double at = gap(random); at < std::chrono::duration<double>(length).count(); at += gap(random)) {
      offsets.push_back(std::chrono::nanoseconds(std::llround(at * 1e9)));
    }
    arrivals = std::make_unique<Arrival[]>(offsets.size());
  }
  std::vector<std::chrono::nanoseconds> offsets;
  std::unique_ptr<Arrival[]> arrivals;
};

void RunThread(Gateway& gateway, const Tokens& tokens, Schedule& schedule, Clock::time_point start) {
  const std::size_t count = schedule.offsets.size();
  for (std::size_t next = 0; next < count;) {
    const Clock::time_point now = Clock::now();
    bool any = false;
    for (; next < count && start + schedule.offsets[next] <= now; ++next, any = true) {
      schedule.arrivals[next].due = start + schedule.offsets[next];
      gateway.Take(tokens.views[next % tokens.size()], schedule.arrivals[next]);
    }
    if (any) gateway.EndOfTick();
  }
}

void RunPoint(Point& point, std::chrono::nanoseconds length, std::uint64_t seed, bool count) {
  const std::size_t threads = point.gateways.size();
  std::vector<Schedule> schedules;
  for (std::size_t i = 0; i < threads; ++i) {
    schedules.emplace_back(point.rate / static_cast<double>(threads), length, seed * 1000 + i);
  }
  const Clock::time_point start = Clock::now() + std::chrono::milliseconds(1);
  std::vector<std::thread> pool;
  for (std::size_t i = 1; i < threads; ++i) {
    pool.emplace_back([&, i] { RunThread(*point.gateways[i], *point.tokens, schedules[i], start); });
  }
  RunThread(*point.gateways[0], *point.tokens, schedules[0], start);
  for (std::thread& thread : pool) thread.join();
  Clock::time_point last = start;
  for (const Schedule& schedule : schedules) {
    for (std::size_t i = 0; i < schedule.offsets.size(); ++i) {
      const Arrival& arrival = schedule.arrivals[i];
      ASSAY_CHECK(arrival.accepted.load(std::memory_order_acquire));
      last = std::max(last, arrival.over);
      if (count) point.latencies.Add(static_cast<std::uint64_t>((arrival.over - arrival.due).count()));
    }
    if (count) point.answered += schedule.offsets.size();
  }
  if (count) point.seconds += std::chrono::duration<double>(last - start).count();
}

}  // namespace

nlohmann::ordered_json MeasureLatency(const Plan& plan) {
  const Realm realm({Algorithm::kES256, Algorithm::kRS256}, 1);
  const std::shared_ptr<Engine> engine = realm.MakeEngine();
  const auto batcher = std::make_shared<Batcher>(engine);
  const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
  const Tokens es256 = MakeTokens(realm, kTokens, kBytes, Algorithm::kES256);
  const Tokens rs256 = MakeTokens(realm, kTokens, kBytes, Algorithm::kRS256);
  std::vector<Point> points;
  for (const auto& [alg, tokens] : {std::pair("ES256", &es256), std::pair("RS256", &rs256)}) {
    for (const double rate : {2e3, 2e4, 5e4, 1e5, 2e5, 3e5, 4e5, 6e5, 8e5}) {
      for (const Mode& mode : kModes) {
        Point& point = points.emplace_back(Point{&mode, alg, rate, tokens, {}, {}, 0, 0});
        for (std::size_t i = 0; i < threads; ++i) point.gateways.push_back(mode.make(engine, batcher));
      }
    }
  }
  for (int round = 0; round <= plan.rounds; ++round) {
    for (Point& point : points) RunPoint(point, plan.slice, static_cast<std::uint64_t>(round), round > 0);
  }
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const auto microseconds = [](double nanoseconds) { return std::round(nanoseconds / 10) / 100; };
  for (const Point& point : points) {
    rows.push_back({{"section", "latency"},
                    {"name", point.mode->name},
                    {"alg", point.alg},
                    {"threads", threads},
                    {"offered_per_s", point.rate},
                    {"answered_per_s", std::round(static_cast<double>(point.answered) / point.seconds)},
                    {"answered", point.answered},
                    {"p50_us", microseconds(point.latencies.Quantile(0.5))},
                    {"p99_us", microseconds(point.latencies.Quantile(0.99))},
                    {"p999_us", microseconds(point.latencies.Quantile(0.999))}});
  }
  return rows;
}

}  // namespace assay::bench
