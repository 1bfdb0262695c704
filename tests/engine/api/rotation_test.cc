// Rotation under load. ASSAY_ROTATIONS says how many (default 10,000; fewer in sanitizers' trees).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "engine/api/engine.h"
#include "tests/testing/engines.h"
#include "tests/testing/sanitizers.h"

namespace assay {
namespace {

using testing::kNow;
using testing::SigningKey;

constexpr std::size_t kKeys = 12;
constexpr std::size_t kAtOnce = 3;  // one to come, one in use, one whose tokens are still about

std::size_t Rotations() {
  if (const char* const text = std::getenv("ASSAY_ROTATIONS")) return std::strtoul(text, nullptr, 10);
  return testing::kSanitized ? 500 : 10'000;
}

bool IsInSet(std::size_t rotation, std::size_t key) { return (key + kKeys - rotation % kKeys) % kKeys < kAtOnce; }

// Every batch is judged by one key set: one that was in force at some moment of the call, with each of
// its keys' tokens accepted, every other key's not found, and no forgery taken.
TEST(Rotation, NoTokenIsWronglyRefusedOrAcceptedWhileKeysRotate) {
  const std::size_t rotations = Rotations();
  std::vector<SigningKey> keys;
  std::vector<std::string> sets(kKeys), texts;
  for (std::size_t i = 0; i < kKeys; ++i) {
    keys.push_back(SigningKey::Make(Algorithm::kES256, "k" + std::to_string(i), static_cast<unsigned>(i)));
  }
  for (std::size_t i = 0; i < kKeys; ++i) {
    sets[i] = testing::JwkSet({keys[i], keys[(i + 1) % kKeys], keys[(i + 2) % kKeys]});
    texts.push_back(testing::ValidToken(keys[i]));
  }
  for (std::size_t i = 0; i < kKeys; ++i) {  // names key i, signed by another one
    texts.push_back(testing::Sign(keys[(i + 1) % kKeys], testing::HeaderOf(keys[i]), testing::ValidClaims()));
  }
  const std::vector<std::string_view> tokens(texts.begin(), texts.end());

  EngineConfig config;
  config.limits.table_memory_mib = 1;
  config.issuers.push_back(testing::IssuerWith(sets[0]));
  for (int i = 0; i < 9; ++i) {  // others share the memory for tables, so that these are small and quickly made
    config.issuers.push_back(testing::IssuerWith("", "https://other-" + std::to_string(i)));
    config.issuers.back().keys = {KeySource::Kind::kDiscover, ""};
  }
  const auto engine = testing::MakeEngine(config);

  std::atomic<std::size_t> begun{0}, done{0}, batches{0}, decided{0}, wrong{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> validators;
  for (int t = 0; t < 2; ++t) {
    validators.emplace_back([&] {
      Worker worker(engine);
      std::vector<Verdict> verdicts(tokens.size());
      while (!stop) {
        const std::size_t first = done;
        worker.ValidateBatch(tokens, kNow, verdicts);
        const std::size_t last = begun;
        bool explained = false;
        for (std::size_t r = first; r <= last && !explained; ++r) {
          explained = true;
          for (std::size_t i = 0; i < kKeys; ++i) {
            const bool in = IsInSet(r, i);
            explained &= verdicts[i].reason() == (in ? Reason::kAccepted : Reason::kKeyNotFound);
            explained &= verdicts[kKeys + i].reason() == (in ? Reason::kBadSignature : Reason::kKeyNotFound);
          }
        }
        ++batches;
        if (last - first < kKeys) ++decided;  // no other set could have explained it
        if (!explained) ++wrong;
      }
    });
  }
  for (std::size_t r = 1; r <= rotations; ++r) {
    begun = r;
    ASSERT_TRUE(testing::InstallKeys(engine, testing::kIssuer, sets[r % kKeys]).ok());
    done = r;
  }
  while (batches < 10) std::this_thread::yield();
  stop = true;
  for (std::thread& validator : validators) validator.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(decided, 0u);
  std::printf("%zu rotations, %zu batches of %zu tokens, %zu wrong\n", rotations, batches.load(), tokens.size(),
              wrong.load());
}

// Reloads add and remove issuers in front of one whose tokens are always good.
TEST(Rotation, ReloadsUnderLoadKeepTheIssuerThatStays) {
  const SigningKey key = SigningKey::Make(Algorithm::kES256, "k", 1),
                   other = SigningKey::Make(Algorithm::kES256, "k", 2);
  const std::string token = testing::ValidToken(key);
  const auto with = [&](int others) {
    EngineConfig config;
    for (int i = 0; i < others; ++i) {
      config.issuers.push_back(testing::IssuerWith({other}, "https://other-" + std::to_string(i)));
    }
    config.issuers.push_back(testing::IssuerWith({key}));
    return config;
  };
  const auto engine = testing::MakeEngine(with(0));
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> judged{0};
  std::vector<std::thread> validators;
  for (int t = 0; t < 2; ++t) {
    validators.emplace_back([&] {
      Worker worker(engine);
      while (!stop) {
        const Verdict& verdict = worker.Validate(token, kNow);
        ASSERT_TRUE(verdict.accepted()) << ReasonWord(verdict.reason());
        ++judged;
      }
    });
  }
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(engine->Reload(with(i % 40)).ok());
  while (judged < 100) std::this_thread::yield();
  stop = true;
  for (std::thread& validator : validators) validator.join();
  const std::string line = "assay_tokens_total{issuer=\"" + std::string(testing::kIssuer) + "\",reason=\"accepted\"} ";
  EXPECT_NE(engine->MetricsText().find(line + std::to_string(judged)), std::string::npos);
}

}  // namespace
}  // namespace assay
