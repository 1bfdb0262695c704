// What key rotation costs, beside what it must not cost. No arguments; about 40 s.
//
//   start-up    1,000 issuers with 3 keys each, tables within the default memory
//   rotation    one new key in a set of 100, and in the set of one issuer among 1,000
//   throughput  CPU time a token of a validating thread, in slices that take turns: with one rotation (one new
//               key in a set of 100) early in it, and without; every verdict checked. What a rotation costs the
//               thread is some ten thousandths of a second's work, which the noise of whole seconds hides: the
//               slices are short, and each is compared with its neighbour
#include <unistd.h>
#include <ctime>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/api/engine.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::SigningKey;

double CpuSeconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double ResidentMib() {
  long pages = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

std::vector<SigningKey> MakeKeys(int count, unsigned seed) {
  std::vector<SigningKey> keys;
  for (int i = 0; i < count; ++i) {
    keys.push_back(SigningKey::Make(Algorithm::kES256, "key-" + std::to_string(i), seed + static_cast<unsigned>(i)));
  }
  return keys;
}

void Check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "rotation_bench: %s\n", what);
  std::exit(1);
}

// The CPU time of `work` on this thread, in milliseconds; the median of `times` runs.
template <typename Work>
double Milliseconds(int times, Work work) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) {
    const double start = CpuSeconds(CLOCK_THREAD_CPUTIME_ID);
    work(i);
    all.push_back(1e3 * (CpuSeconds(CLOCK_THREAD_CPUTIME_ID) - start));
  }
  return Median(all);
}

void ManyIssuers() {
  constexpr int kIssuers = 1000;
  const std::vector<SigningKey> keys = MakeKeys(3 * kIssuers + 20, 1'000'000);
  EngineConfig config;
  for (std::size_t i = 0; i < kIssuers; ++i) {
    config.issuers.push_back(testing::IssuerWith({keys[3 * i], keys[3 * i + 1], keys[3 * i + 2]},
                                                 "https://issuer-" + std::to_string(i) + ".example"));
  }
  const std::string first = config.issuers[0].policy.issuer;
  const double before = ResidentMib();
  const auto start = std::chrono::steady_clock::now();
  const double cpu = CpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
  const auto engine = testing::MakeEngine(config);
  std::printf("start-up: 1000 issuers x 3 keys in %.2f s (%.2f s of CPU), resident memory +%.0f MiB\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
              CpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, ResidentMib() - before);
  const double reload = Milliseconds(3, [&](int) { Check(engine->Reload(config).ok(), "a reload was refused"); });
  std::printf("reload: the same 1000 issuers in %.1f ms\n", reload);
  const double rotation = Milliseconds(19, [&](int i) {
    const auto at = static_cast<std::size_t>(3 * kIssuers + i);
    Check(testing::InstallKeys(engine, first, testing::JwkSet({keys[at], keys[at + 1], keys[at - 1]})).ok(),
          "a key set was refused");
  });
  std::printf("rotation: one new key, one issuer among 1000: %.3f ms\n", rotation);
}

// Validates `tokens` over and over, on this thread.
class Validating {
 public:
  Validating(const std::shared_ptr<Engine>& engine, const std::vector<std::string_view>& tokens)
      : worker_(engine), tokens_(tokens), verdicts_(tokens.size()) {}

  // The CPU seconds of one token, over a slice, at the first quarter of which `meanwhile` begins on another thread.
  double Slice(const std::function<void()>& meanwhile) {
    std::thread other;
    const auto start = std::chrono::steady_clock::now();
    const double cpu = CpuSeconds(CLOCK_THREAD_CPUTIME_ID);
    std::size_t judged = 0;
    for (;;) {
      const auto passed = std::chrono::steady_clock::now() - start;
      if (passed >= kSlice) break;
      if (meanwhile && !other.joinable() && passed >= kSlice / 4) other = std::thread(meanwhile);
      worker_.ValidateBatch(tokens_, testing::kNow, verdicts_);
      for (const Verdict& verdict : verdicts_) Check(verdict.accepted(), "a token was refused");
      judged += tokens_.size();
    }
    const double each = (CpuSeconds(CLOCK_THREAD_CPUTIME_ID) - cpu) / static_cast<double>(judged);
    if (other.joinable()) other.join();
    return each;
  }

  static constexpr std::chrono::milliseconds kSlice{200};

 private:
  Worker worker_;
  const std::vector<std::string_view>& tokens_;
  std::vector<Verdict> verdicts_;
};

void OneInAHundred() {
  constexpr int kRotations = 60;
  const std::vector<SigningKey> keys = MakeKeys(100 + kRotations, 2'000'000);
  std::vector<std::string> sets;
  for (std::size_t i = 0; i <= kRotations; ++i) {
    sets.push_back(testing::JwkSet(std::vector<SigningKey>(keys.begin() + static_cast<std::ptrdiff_t>(i),
                                                           keys.begin() + static_cast<std::ptrdiff_t>(i) + 100)));
  }
  EngineConfig config;
  config.issuers = {testing::IssuerWith(sets[0])};
  config.limits.verdict_cache_kib = 0;  // every token goes the whole way
  const auto engine = testing::MakeEngine(std::move(config));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 256; ++i) {  // keys that stay all the time
    texts.push_back(testing::ValidToken(keys[kRotations + i % (100 - kRotations)], "\"number\":" + std::to_string(i)));
  }
  const std::vector<std::string_view> tokens(texts.begin(), texts.end());

  Validating validating(engine, tokens);
  std::vector<double> without, lost, rotations;
  const auto rotate = [&] {
    rotations.push_back(Milliseconds(1, [&](int) {
      Check(testing::InstallKeys(engine, 0, sets[rotations.size() + 1]).ok(), "a key set was refused");
    }));
  };
  validating.Slice({});  // warm-up
  for (int i = 0; i < kRotations; ++i) {
    const bool first = i % 2 == 0;  // neither always comes first
    double with = first ? validating.Slice(rotate) : 0;
    without.push_back(validating.Slice({}));
    if (!first) with = validating.Slice(rotate);
    lost.push_back(with / without.back() - 1);
  }
  // A slice with a rotation is a part of the second that has one.
  const double part = std::chrono::duration<double>(Validating::kSlice).count();
  std::sort(lost.begin(), lost.end());
  std::printf("rotation: one new key in a set of 100: %.2f ms of CPU, %.2f%% of a core at one a second\n",
              Median(rotations), Median(rotations) / 10);
  std::printf("throughput: %.0f tokens a CPU second; with one rotation a second %.2f%% less (quartiles %.2f to %.2f)\n",
              1 / Median(without), 100 * part * Median(lost), 100 * part * lost[lost.size() / 4],
              100 * part * lost[3 * lost.size() / 4]);
}

}  // namespace
}  // namespace assay

int main() {
  assay::ManyIssuers();
  assay::OneInAHundred();
}
