// One token alone, at low load: a closed loop of one thread that lets a gateway answer one token, pauses, and
// goes on with the next. Nothing waits behind anything, so a figure is what a token's own request sees.
//
// All ways have a turn in every round, in another order each time; the first token of a turn, which finds the
// caches as the turn before left them, does not count. A turn during which the system took the thread off its
// core for another program is left out, whosever turn it was; the figures of all turns are there too.
#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "bench/suite/gateways.h"
#include "bench/suite/sections.h"
#include "bench/suite/workload.h"
#include "engine/base/check.h"

namespace assay::bench {
namespace {

constexpr std::size_t kTokens = 2048;
constexpr std::size_t kBytes = 800;
constexpr int kTokensOfTurn = 32;
constexpr auto kLeastPause = std::chrono::microseconds(20);
constexpr auto kGreatestPause = std::chrono::microseconds(100);
constexpr std::size_t kOtherWorkBytes = 2 * 1024 * 1024;  // more than the caches that a core has for itself

// What a gateway does between two tokens, to the caches.
class OtherWork {
 public:
  void Run() {
    for (std::size_t i = 0; i < memory_.size(); i += 64) sum_ = sum_ + memory_[i]++;
  }

 private:
  std::vector<unsigned char> memory_ = std::vector<unsigned char>(kOtherWorkBytes, 1);
  volatile unsigned sum_ = 0;  // or nothing would be read
};

struct Way {
  const char* name;
  const char* alg;
  bool cold;  // OtherWork before every token
  std::unique_ptr<Gateway> gateway;
  const Tokens* tokens;
  std::size_t next = 0;
  std::vector<double> all = {}, undisturbed = {};  // ns of each token
  std::vector<double> medians = {};                // ns, of each round
  int dropped = 0;
};

class Loop {
 public:
  // Gives every way a turn.
  void Round(std::vector<Way>& ways) {
    std::vector<Way*> order;
    for (Way& each : ways) order.push_back(&each);
    std::shuffle(order.begin(), order.end(), random_);
    for (Way* const each : order) Turn(*each);
  }

  // One turn. Ends the process if a token was not accepted.
  void Turn(Way& way) {
    std::vector<double> turn;
    const long before = Preemptions();
    for (int i = 0; i <= kTokensOfTurn; ++i) {
      if (way.cold) other_work_.Run();
      const Clock::time_point resume = Clock::now() + std::chrono::microseconds(pause_(random_));
      while (Clock::now() < resume) {
      }
      const std::string_view token = way.tokens->views[way.next++ % way.tokens->size()];
      Arrival arrival;
      arrival.due = Clock::now();
      way.gateway->Take(token, arrival);
      way.gateway->EndOfTick();
      ASSAY_CHECK(arrival.accepted);
      if (i > 0) turn.push_back(std::chrono::duration<double, std::nano>(arrival.over - arrival.due).count());
    }
    const bool disturbed = Preemptions() != before;
    way.dropped += disturbed;
    way.medians.push_back(Quantile(turn, 0.5));
    way.all.insert(way.all.end(), turn.begin(), turn.end());
    if (!disturbed) way.undisturbed.insert(way.undisturbed.end(), turn.begin(), turn.end());
  }

 private:
  OtherWork other_work_;
  std::mt19937_64 random_{1};
  std::uniform_int_distribution<int> pause_{static_cast<int>(kLeastPause.count()),
                                            static_cast<int>(kGreatestPause.count())};
};

// The worker's figures, in whose terms a batcher's are given, come right after the clock's.
void AddWays(const char* alg, bool cold, const std::shared_ptr<Engine>& engine, const Tokens& tokens, Loop& loop,
             std::vector<Way>& ways) {
  Way worker{"Worker::Validate", alg, cold, MakeWorkerGateway(engine), &tokens};
  for (int i = 0; i < 4; ++i) loop.Turn(worker);
  const auto usual = std::chrono::nanoseconds(std::llround(Quantile(worker.medians, 0.5)));
  const auto batcher = std::make_shared<Batcher>(engine);
  ways.push_back({"the clock alone, for as long", alg, cold, MakeNoGateway(usual), &tokens});
  ways.push_back({"Worker::Validate", alg, cold, MakeWorkerGateway(engine), &tokens});
  ways.push_back({"Batcher::Submit", alg, cold, MakeSubmitGateway(batcher), &tokens});
  if (cold) return;
  ways.push_back({"Batcher::Validate", alg, cold, MakeWaitGateway(batcher), &tokens});
  ways.push_back({"EventLoopBatcher, Submit and Flush", alg, cold, MakeLoopGateway(engine), &tokens});
}

double Microseconds(const std::vector<double>& nanoseconds, double part) {
  return nanoseconds.empty() ? 0 : std::round(Quantile(nanoseconds, part) / 10) / 100;
}

nlohmann::ordered_json Quantiles(const std::vector<double>& nanoseconds) {
  return {{"tokens", nanoseconds.size()},
          {"p50", Microseconds(nanoseconds, 0.5)},
          {"p99", Microseconds(nanoseconds, 0.99)},
          {"p999", Microseconds(nanoseconds, 0.999)}};
}

}  // namespace

nlohmann::ordered_json MeasureAlone(const Plan& plan) {
  const Realm realm({Algorithm::kES256, Algorithm::kRS256}, 1);
  const std::shared_ptr<Engine> engine = realm.MakeEngine();
  const Tokens es256 = MakeTokens(realm, kTokens, kBytes, Algorithm::kES256);
  const Tokens rs256 = MakeTokens(realm, kTokens, kBytes, Algorithm::kRS256);
  const bool own_core = TakeCore(0);
  Loop loop;
  std::vector<Way> ways;
  for (const bool cold : {false, true}) {
    AddWays("ES256", cold, engine, es256, loop, ways);
    AddWays("RS256", cold, engine, rs256, loop, ways);
  }
  loop.Round(ways);  // a warm-up
  for (Way& each : ways) {
    each.all.clear();
    each.undisturbed.clear();
    each.medians.clear();
    each.dropped = 0;
  }
  for (int round = 0; round < plan.rounds; ++round) loop.Round(ways);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const Way* worker = nullptr;
  for (const Way& each : ways) {
    if (std::string_view(each.name) == "Worker::Validate") worker = &each;
    nlohmann::ordered_json row = {{"section", "alone"},
                                  {"name", each.name},
                                  {"alg", each.alg},
                                  {"cold_caches", each.cold},
                                  {"own_core", own_core},
                                  {"rounds", plan.rounds - each.dropped},
                                  {"rounds_dropped", each.dropped},
                                  {"us", Quantiles(each.undisturbed)},
                                  {"us_of_all_rounds", Quantiles(each.all)}};
    if (worker != nullptr && worker->cold == each.cold && std::string_view(worker->alg) == each.alg &&
        worker != &each) {
      std::vector<double> ratios;
      for (std::size_t i = 0; i < each.medians.size(); ++i) ratios.push_back(each.medians[i] / worker->medians[i]);
      row["of_worker"] = std::round(Quantile(ratios, 0.5) * 1000) / 1000;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace assay::bench
