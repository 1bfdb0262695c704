// An open loop: tokens arrive at random times of a fixed mean rate, whether or not the one before is
// done, and a token's latency counts from the time at which it should have been begun. So a stall is
// charged to everyone who waits behind it.
//
// Where the system took a thread off its core for something else, a round shows the system's time slices and
// nothing of ours. Such rounds are counted, and left out when there are enough others.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "bench/suite/gateways.h"
#include "bench/suite/sections.h"
#include "bench/suite/workload.h"
#include "engine/base/check.h"
#include "tools/load/latency.h"

namespace assay::bench {
namespace {

constexpr std::size_t kTokens = 1024;
constexpr std::size_t kBytes = 800;

struct Mode {
  const char* name;
  std::unique_ptr<Gateway> (*make)(const std::shared_ptr<Engine>&, const std::shared_ptr<Batcher>&);
};
constexpr Mode kModes[] = {
    {"nothing (the harness)", [](const auto&, const auto&) { return MakeNoGateway(); }},
    {"a worker per thread", [](const auto& engine, const auto&) { return MakeWorkerGateway(engine); }},
    {"Batcher, shared", [](const auto&, const auto& batcher) { return MakeSubmitGateway(batcher); }},
    {"EventLoopBatcher per thread", [](const auto& engine, const auto&) { return MakeLoopGateway(engine); }},
};

// What some rounds gave.
struct Outcome {
  void Add(const Outcome& other) {
    latencies.Add(other.latencies);
    rounds += other.rounds;
    answered += other.answered;
    seconds += other.seconds;
  }
  double PerSecond() const { return static_cast<double>(answered) / seconds; }

  cli::LatencyHistogram latencies;
  int rounds = 0;
  std::size_t answered = 0;
  double seconds = 0;  // until the last answer
};

// One mode at one rate.
struct Point {
  const Mode* mode;
  std::string alg;
  double rate;  // of all threads, tokens/s
  const Tokens* tokens;
  std::vector<std::unique_ptr<Gateway>> gateways;  // one a thread
  Outcome all, undisturbed;
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

// When the threads of a round begin: soon after the last of them has its core.
class StartingGun {
 public:
  explicit StartingGun(std::size_t threads) : missing_(threads) {}

  Clock::time_point Wait() {
    if (--missing_ == 0) start_ = (Clock::now() + std::chrono::microseconds(100)).time_since_epoch().count();
    Clock::rep start;
    while ((start = start_) == 0) {
    }
    return Clock::time_point(Clock::duration(start));
  }

 private:
  std::atomic<std::size_t> missing_;
  std::atomic<Clock::rep> start_{0};
};

// True when the thread had its core to itself.
bool RunThread(Gateway& gateway, const Tokens& tokens, Schedule& schedule, Clock::time_point start) {
  const std::size_t count = schedule.offsets.size();
  const long before = Preemptions();
  while (Clock::now() < start) {
  }
  for (std::size_t next = 0; next < count;) {
    const Clock::time_point now = Clock::now();
    bool any = false;
    for (; next < count && start + schedule.offsets[next] <= now; ++next, any = true) {
      schedule.arrivals[next].due = start + schedule.offsets[next];
      gateway.Take(tokens.views[next % tokens.size()], schedule.arrivals[next]);
    }
    if (any) gateway.EndOfTick();
  }
  return Preemptions() == before;
}

Outcome RunPoint(Point& point, std::chrono::nanoseconds length, std::uint64_t seed) {
  const std::size_t threads = point.gateways.size();
  std::vector<Schedule> schedules;
  for (std::size_t i = 0; i < threads; ++i) {
    schedules.emplace_back(point.rate / static_cast<double>(threads), length, seed * 1000 + i);
  }
  StartingGun gun(threads);
  Clock::time_point start;
  std::atomic<bool> undisturbed{true};
  const auto run = [&](std::size_t i) {
    TakeCore(i);
    const Clock::time_point begin = gun.Wait();
    if (i == 0) start = begin;
    if (!RunThread(*point.gateways[i], *point.tokens, schedules[i], begin)) undisturbed = false;
  };
  std::vector<std::thread> pool;  // this thread, whose cores they inherit at first, only waits
  for (std::size_t i = 0; i < threads; ++i) pool.emplace_back(run, i);
  for (std::thread& thread : pool) thread.join();
  Outcome outcome;
  outcome.rounds = 1;
  Clock::time_point last = start;
  for (const Schedule& schedule : schedules) {
    for (std::size_t i = 0; i < schedule.offsets.size(); ++i) {
      const Arrival& arrival = schedule.arrivals[i];
      ASSAY_CHECK(arrival.accepted.load(std::memory_order_acquire));
      last = std::max(last, arrival.over);
      outcome.latencies.Add(static_cast<std::uint64_t>((arrival.over - arrival.due).count()));
    }
    outcome.answered += schedule.offsets.size();
  }
  // A round of few arrivals may end early, and has not carried more for that.
  const std::chrono::nanoseconds lasted = std::max<std::chrono::nanoseconds>(last - start, length);
  outcome.seconds = std::chrono::duration<double>(lasted).count();
  if (undisturbed) point.undisturbed.Add(outcome);
  point.all.Add(outcome);
  return outcome;
}

// Leaves out the rates above the first one of which a mode cannot carry half: they would only take time.
void DropHopeless(std::vector<Point>& points, std::chrono::nanoseconds length) {
  std::map<std::pair<const Mode*, std::string>, bool> saturated;
  std::erase_if(points, [&](Point& point) {
    bool& hopeless = saturated[{point.mode, point.alg}];
    if (hopeless) return true;
    double best = 0;  // of several, since a busy machine spoils many
    for (int i = 0; i < 4; ++i) best = std::max(best, RunPoint(point, length, 0).PerSecond());
    hopeless = best < point.rate / 2;
    point.all = point.undisturbed = {};
    return false;
  });
}

}  // namespace

nlohmann::ordered_json MeasureLatency(const Plan& plan) {
  const Realm realm({Algorithm::kES256, Algorithm::kRS256}, 1);
  const std::shared_ptr<Engine> engine = realm.MakeEngine();
  const auto batcher = std::make_shared<Batcher>(engine);
  const std::size_t threads = ThreadCounts().back();
  const Tokens es256 = MakeTokens(realm, kTokens, kBytes, Algorithm::kES256);
  const Tokens rs256 = MakeTokens(realm, kTokens, kBytes, Algorithm::kRS256);
  std::vector<Point> points;
  for (const auto& [alg, tokens] : {std::pair("ES256", &es256), std::pair("RS256", &rs256)}) {
    for (const double rate : {1e4, 2e4, 5e4, 1e5, 2e5, 3e5, 4e5, 6e5, 8e5}) {
      for (const Mode& mode : kModes) {
        Point& point = points.emplace_back(Point{&mode, alg, rate, tokens, {}, {}, {}});
        for (std::size_t i = 0; i < threads; ++i) point.gateways.push_back(mode.make(engine, batcher));
      }
    }
  }
  DropHopeless(points, plan.slice);
  for (int round = 1; round <= plan.rounds; ++round) {
    for (Point& point : points) RunPoint(point, plan.slice, static_cast<std::uint64_t>(round));
  }
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const auto microseconds = [](double nanoseconds) { return std::round(nanoseconds / 10) / 100; };
  for (const Point& point : points) {
    const bool enough = point.undisturbed.rounds >= 3;
    const Outcome& shown = enough ? point.undisturbed : point.all;
    rows.push_back({{"section", "latency"},
                    {"name", point.mode->name},
                    {"alg", point.alg},
                    {"threads", threads},
                    {"offered_per_s", point.rate},
                    {"answered_per_s", std::round(shown.PerSecond())},
                    {"answered", shown.answered},
                    {"rounds", shown.rounds},
                    {"rounds_dropped", point.all.rounds - shown.rounds},
                    {"undisturbed", enough},
                    {"p50_us", microseconds(shown.latencies.Quantile(0.5))},
                    {"p99_us", microseconds(shown.latencies.Quantile(0.99))},
                    {"p999_us", microseconds(shown.latencies.Quantile(0.999))},
                    {"p99_of_all_rounds_us", microseconds(point.all.latencies.Quantile(0.99))}});
  }
  return rows;
}

}  // namespace assay::bench
