// What a flood of unknown kids costs valid tokens. One thread validates valid tokens in batches of 256 while
// the other is idle, or judges tokens of an unknown issuer (the control: the same work, but nothing that a
// refresher would hear of), or tokens with random unknown kids, with a refresher running that refetches
// every second. Rounds of the three take turns; the figures are medians over the rounds.
//
//   build/bin/unknown_kid_flood [ROUNDS]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "engine/remote/refresher.h"
#include "tests/engine/remote/fake_fetcher.h"
#include "tests/testing/engines.h"

namespace {

using namespace assay;
using namespace assay::testing;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatch = 256;
constexpr std::chrono::milliseconds kRound{250};
enum Neighbour { kIdle, kControl, kFlood };

// Tokens that are refused before any signature is checked.
std::vector<std::string> Refused(Neighbour kind) {
  std::mt19937_64 random(1);
  std::vector<std::string> tokens;
  for (int i = 0; i < 50'000; ++i) {
    const std::string header = R"({"alg":"ES256","typ":"at+jwt","kid":")" + std::to_string(random()) + "\"}";
    const std::string claims = kind == kFlood ? ValidClaims() : ClaimsWith("iss", R"("iss":"https://nobody.example")");
    tokens.push_back(Compact(header, claims, std::string(64, 'x')));
  }
  return tokens;
}

// Valid tokens a second, in a round beside `neighbour`'s tokens.
double Round(const std::shared_ptr<Engine>& engine, const std::vector<std::string_view>& valid,
             const std::vector<std::string>* neighbour, Reason expected, std::uint64_t* refused) {
  std::atomic<bool> done{false};
  std::thread other([&] {
    if (neighbour == nullptr) return;
    Worker worker(engine);
    for (std::size_t i = 0; !done; i = (i + 1) % neighbour->size()) {
      if (worker.Validate((*neighbour)[i], kNow).reason() != expected) std::abort();
      ++*refused;
    }
  });
  Worker worker(engine);
  std::vector<Verdict> verdicts(kBatch);
  std::uint64_t accepted = 0;
  const auto start = Steady::now();
  while (Steady::now() - start < kRound) {
    worker.ValidateBatch(valid, kNow, verdicts);
    for (const Verdict& verdict : verdicts) {
      if (!verdict.accepted()) std::abort();
    }
    accepted += kBatch;
  }
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  done = true;
  other.join();
  return static_cast<double>(accepted) / seconds;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 40;
  const SigningKey key = SigningKey::Make(Algorithm::kES256, "k1");
  const auto fetcher = std::make_shared<FakeFetcher>();
  fetcher->SetBody("https://issuer.example/keys", JwkSet(std::vector<SigningKey>{key}));
  IssuerConfig issuer = IssuerWith("");
  issuer.keys = {KeySource::Kind::kUrl, "https://issuer.example/keys"};
  issuer.refresh.cooldown_seconds = 1;
  const auto engine = MakeEngine(issuer);
  remote::RefresherOptions options;
  options.fetcher = fetcher;
  remote::Refresher refresher(engine, options);
  refresher.Start();
  if (!refresher.AwaitFirstFetches(std::chrono::seconds(10))) return 1;

  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < kBatch; ++i) tokens.push_back(ValidToken(key, "\"n\":\"" + std::to_string(i) + "\""));
  const std::vector<std::string_view> valid(tokens.begin(), tokens.end());
  const std::vector<std::string> control = Refused(kControl);
  const std::vector<std::string> flood = Refused(kFlood);
  std::vector<double> rates[3];
  std::uint64_t refused[3] = {};
  const std::size_t fetches_before = fetcher->count();
  const auto start = Steady::now();
  for (int i = 0; i < rounds; ++i) {
    rates[kIdle].push_back(Round(engine, valid, nullptr, Reason::kUnset, &refused[kIdle]));
    rates[kControl].push_back(Round(engine, valid, &control, Reason::kIssuerUnknown, &refused[kControl]));
    rates[kFlood].push_back(Round(engine, valid, &flood, Reason::kKeyNotFound, &refused[kFlood]));
  }
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  const char* const names[] = {"alone", "beside tokens of an unknown issuer", "beside a flood of unknown kids"};
  for (int i = 0; i < 3; ++i) {
    std::printf("%-36s %9.0f valid tokens/s  (%.3f of the control), %llu refused beside\n", names[i], Median(rates[i]),
                Median(rates[i]) / Median(rates[kControl]), static_cast<unsigned long long>(refused[i]));
  }
  std::printf("fetches meanwhile: %zu in %.1f s, cooldown 1 s\n", fetcher->count() - fetches_before, seconds);
  return 0;
}
