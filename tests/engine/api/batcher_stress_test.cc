// Batcher with many threads: every token that was taken gets exactly one verdict, the one that a worker
// gives. Run under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/api/batcher.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::kNow;
using testing::SigningKey;

constexpr std::size_t kThreads = 6;
constexpr std::size_t kTokensOfAThread = 1000;

struct Kind {
  std::string token;
  std::int64_t now;
  Reason expected;
};

struct Request {
  const Kind* kind = nullptr;
  std::atomic<int> calls{0};
  std::atomic<bool> as_expected{false};

  Completion completion() {
    return {[](void* context, const Verdict& verdict) noexcept {
              auto& self = *static_cast<Request*>(context);
              const bool subject = !verdict.accepted() || verdict.claims()->subject() == "user-1";
              self.as_expected = verdict.reason() == self.kind->expected && subject;
              ++self.calls;
            },
            this};
  }
};

class BatcherStressTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  BatcherStressTest() {
    const std::string good = testing::ValidToken(key_);
    const std::string forged = testing::ValidToken(SigningKey::Make(Algorithm::kES256, "k", 1));
    for (const std::int64_t now : {kNow, kNow + 1, kNow + 600}) {
      for (const std::string& token : {good, good, forged, std::string("a.b.c"), std::string()}) {
        kinds_.push_back({token, now, testing::Judge(engine_, token, now)});
      }
    }
  }

  // Runs `submit(request)` for kTokensOfAThread requests on each of kThreads threads; those that it
  // takes must be answered, once and rightly, when all threads have ended.
  template <typename Submit>
  void Run(const Submit& submit) {
    std::vector<std::unique_ptr<Request[]>> requests;
    std::vector<std::thread> threads;
    std::atomic<std::size_t> taken{0};
    for (std::size_t t = 0; t < kThreads; ++t) {
      requests.push_back(std::make_unique<Request[]>(kTokensOfAThread));
      threads.emplace_back([&, own = requests.back().get(), t] {
        for (std::size_t i = 0; i < kTokensOfAThread; ++i) {
          own[i].kind = &kinds_[(i * 7 + t) % kinds_.size()];
          if (submit(own[i])) ++taken;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::size_t answered = 0;
    for (const auto& own : requests) {
      for (std::size_t i = 0; i < kTokensOfAThread; ++i) {
        ASSERT_LE(own[i].calls, 1);
        if (own[i].calls == 0) continue;
        ++answered;
        ASSERT_TRUE(own[i].as_expected);
      }
    }
    EXPECT_EQ(answered, taken);
    EXPECT_GT(taken, 0u);
  }

  const SigningKey key_ = SigningKey::Make(Algorithm::kES256);
  const std::shared_ptr<Engine> engine_ = testing::EngineFor(key_);
  std::vector<Kind> kinds_;
};

TEST_P(BatcherStressTest, SubmittedTokensGetOneVerdictEachThatOfAWorker) {
  Batcher batcher(engine_, {.batch_size = 8, .queue_capacity = 32, .workers = GetParam()});
  Run([&](Request& request) { return batcher.Submit(request.kind->token, request.kind->now, request.completion()); });
}

TEST_P(BatcherStressTest, ValidateReturnsWithTheVerdictGiven) {
  Batcher batcher(engine_, {.batch_size = 8, .workers = GetParam()});
  std::atomic<int> early{0};
  Run([&](Request& request) {
    const bool taken = batcher.Validate(request.kind->token, request.kind->now, request.completion());
    if (request.calls != 1) ++early;
    return taken;
  });
  EXPECT_EQ(early, 0);
}

// With no deadline every waiting thread goes to sleep, and must be woken.
TEST_P(BatcherStressTest, SleepersAreWoken) {
  Batcher batcher(engine_, {.batch_size = 8, .workers = GetParam(), .deadline = {}});
  Run([&](Request& request) { return batcher.Validate(request.kind->token, request.kind->now, request.completion()); });
}

TEST_P(BatcherStressTest, KeysMayRotateMeanwhile) {
  Batcher batcher(engine_, {.batch_size = 8, .workers = GetParam()});
  std::atomic<bool> stop{false};
  std::thread rotator([&] {
    const std::string one = testing::JwkSet({key_});
    const std::string two = testing::JwkSet({key_, SigningKey::Make(Algorithm::kES256, "other", 1)});
    for (int i = 0; !stop; ++i) ASSERT_TRUE(testing::InstallKeys(engine_, 0, i % 2 == 0 ? one : two).ok());
  });
  Run([&](Request& request) { return batcher.Validate(request.kind->token, request.kind->now, request.completion()); });
  stop = true;
  rotator.join();
}

INSTANTIATE_TEST_SUITE_P(Workers, BatcherStressTest, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace assay
