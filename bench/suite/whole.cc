#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <thread>

#include "bench/suite/sections.h"
#include "bench/suite/workload.h"
#include "engine/api/feeds.h"
#include "engine/base/check.h"

namespace assay::bench {
namespace {

constexpr std::size_t kTokens = 2048;  // more bytes than the caches near a core hold
constexpr std::size_t kBytes = 800;
constexpr std::size_t kBatch = 256;

// One worker's validation of `tokens`, which must outlive it.
Work Whole(const std::shared_ptr<Engine>& engine, const Tokens& tokens, std::size_t batch) {
  struct State {
    Worker worker;
    std::vector<Verdict> verdicts;
  };
  auto state = std::make_shared<State>(State{Worker(engine), std::vector<Verdict>(batch)});
  return [state, &tokens, now = Now()](std::size_t first, std::size_t count) {
    if (count == 1) return state->worker.Validate(tokens.views[first], now).reason() == tokens.expected[first];
    const std::span<Verdict> verdicts(state->verdicts.data(), count);
    state->worker.ValidateBatch(std::span(tokens.views).subspan(first, count), now, verdicts);
    bool good = true;
    for (std::size_t i = 0; i < count; ++i) good &= verdicts[i].reason() == tokens.expected[first + i];
    return good;
  };
}

// Publishes another key set every millisecond, or as often as keys can be made ready, from Begin() to
// End(). The tokens' key stays in it; another key comes and goes.
class Rotation {
 public:
  Rotation(const std::shared_ptr<Engine>& engine, const Realm& realm, Algorithm algorithm)
      : feed_(KeyFeed::All(engine).at(0)) {
    for (std::string& set : sets_) {
      set = realm.JwkSet(0);
      set.insert(set.size() - 2, "," + load::SigningKey::Generate(algorithm, 2048, "other").PublicJwk());
    }
  }

  void Begin() {
    stop_ = false;
    thread_ = std::thread([this] {
      const Clock::time_point start = Clock::now();
      for (Clock::time_point next = start; !stop_;) {
        ASSAY_CHECK(feed_.Install(sets_[rotations_++ % 2]).ok());
        next = std::max(next + std::chrono::milliseconds(1), Clock::now());
        std::this_thread::sleep_until(next);
      }
      seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
    });
  }

  void End() {
    stop_ = true;
    thread_.join();
  }

  int PerSecond() const { return static_cast<int>(static_cast<double>(rotations_) / seconds_); }

 private:
  KeyFeed feed_;
  std::string sets_[2];
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::size_t rotations_ = 0;
  double seconds_ = 0;
};

class Section {
 public:
  void Add(const std::string& section, const std::string& name, const std::string& alg,
           const std::shared_ptr<Engine>& engine, const Tokens& tokens, std::size_t batch = kBatch,
           nlohmann::ordered_json more = nlohmann::ordered_json::object()) {
    Contender& added = contenders.emplace_back();
    added.section = section;
    added.name = name;
    added.about = {{"alg", alg}};
    added.about.update(more);
    added.tokens = tokens.size();
    added.batch = batch;
    added.threads.push_back(Whole(engine, tokens, batch));
  }

  const Tokens& Keep(Tokens tokens) {
    kept_.push_back(std::move(tokens));
    kept_.back().Pack();
    return kept_.back();
  }

  std::vector<Contender> contenders;

 private:
  std::deque<Tokens> kept_;
};

void AddHostile(Section& section, const std::string& alg, const std::shared_ptr<Engine>& engine, const Tokens& valid,
                const std::string& other) {
  // A copy, which is as cold as the hostile ones when its turn comes.
  section.Add("hostile", "all valid", alg, engine, section.Keep(MakeHostile(valid, other, 0, -1)));
  section.Add("hostile", "10% hostile, of all kinds", alg, engine, section.Keep(MakeHostile(valid, other, 0.1, -1)));
  const std::vector<HostileKind> kinds = HostileKinds();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    section.Add("hostile", kinds[i].name, alg, engine, section.Keep(MakeHostile(valid, other, 1, static_cast<int>(i))),
                kBatch, {{"reason", std::string(ReasonWord(kinds[i].reason))}});
  }
}

}  // namespace

nlohmann::ordered_json MeasureWhole(const Plan& plan) {
  Section section;
  const Realm both({Algorithm::kES256, Algorithm::kRS256}, 1);
  const std::shared_ptr<Engine> engine = both.MakeEngine();
  std::deque<Rotation> rotations;

  const Tokens& mixed = section.Keep(MakeTokens(both, kTokens, kBytes));
  for (const Algorithm algorithm : {Algorithm::kES256, Algorithm::kRS256}) {
    const std::string alg(AlgorithmName(algorithm));
    const Tokens& valid = section.Keep(MakeTokens(both, kTokens, kBytes, algorithm));
    for (const std::size_t bytes : {400u, 800u, 1600u}) {
      // An RS256 signature and the least claims are longer than 400 bytes.
      if (bytes == 400 && algorithm == Algorithm::kRS256) continue;
      const Tokens& sized = bytes == kBytes ? valid : section.Keep(MakeTokens(both, kTokens, bytes, algorithm));
      section.Add("size", std::to_string(bytes) + " bytes", alg, engine, sized, kBatch, {{"bytes", bytes}});
    }
    for (std::size_t batch = 1; batch <= 1024; batch *= 2) {
      section.Add("batch", "batches of " + std::to_string(batch), alg, engine, valid, batch);
    }
    std::vector<Work> own;  // of each thread: its memory is the same in every row
    for (const std::size_t threads : ThreadCounts()) {
      while (own.size() < threads) own.push_back(Whole(engine, valid, kBatch));
      section.Add("threads", ThreadsName(threads), alg, engine, valid);
      section.contenders.back().threads = own;
      section.contenders.back().timing = Timing::kOwnCores;
    }
    // All tokens together are more than the cache holds: what is not repeated soon is not remembered.
    const std::shared_ptr<Engine> remembering = both.MakeEngine(1024);
    const Tokens& mostly = section.Keep(MakeRepeated(valid, 10 * kTokens, 0.9));
    section.Add("repeat", "all distinct", alg, engine, valid);
    section.Add("repeat", "90% repeated", alg, engine, mostly);
    section.Add("repeat", "all distinct, verdict cache of 1 MiB", alg, remembering, valid);
    section.Add("repeat", "90% repeated, verdict cache of 1 MiB", alg, remembering, mostly);
    section.Add("repeat", "all repeated, verdict cache of 1 MiB", alg, remembering,
                section.Keep(MakeRepeated(valid, kTokens, 1)));
    AddHostile(section, alg, engine, valid, algorithm == Algorithm::kES256 ? mixed.storage[1] : mixed.storage[0]);

    section.Add("rotation", "no rotation", alg, engine, valid);
    const std::shared_ptr<Engine> rotating = both.MakeEngine();
    Rotation& rotation = rotations.emplace_back(rotating, both, algorithm);
    section.Add("rotation", "every millisecond", alg, rotating, valid);
    section.contenders.back().begin = [&rotation] { rotation.Begin(); };
    section.contenders.back().end = [&rotation] { rotation.End(); };
  }
  for (const std::size_t bytes : {800u, 1600u}) {
    section.Add("size", std::to_string(bytes) + " bytes", "mixed", engine,
                bytes == kBytes ? mixed : section.Keep(MakeTokens(both, kTokens, bytes)), kBatch, {{"bytes", bytes}});
  }
  for (const std::size_t keys : {1u, 10u, 1000u}) {
    const Realm realm({Algorithm::kES256}, keys);
    section.Add("keys", std::to_string(keys) + (keys == 1 ? " key" : " keys"), "ES256", realm.MakeEngine(),
                section.Keep(MakeTokens(realm, kTokens, kBytes)), kBatch,
                {{"keys", keys}, {"issuers", realm.issuers()}});
  }
  Measure(section.contenders, plan);
  std::size_t next = 0;
  for (Contender& each : section.contenders) {
    if (each.begin) each.about["rotations_per_s"] = rotations[next++].PerSecond();
  }
  return ToJson(section.contenders);
}

}  // namespace assay::bench
