// Loop and batcher through the C face.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/engine/c/c_engine.h"

namespace assay::testing {
namespace {

const SigningKey& Key() {
  static const SigningKey key = SigningKey::Make(Algorithm::kES256, "k1", 1);
  return key;
}

// Calls: the reasons that were called with, in order.
struct Calls {
  static void Add(void* context, const assay_verdict* verdict) {
    static_cast<Calls*>(context)->reasons.push_back(assay_verdict_reason(verdict));
  }
  std::vector<std::int32_t> reasons;
};

CLoop MakeLoop(const CEngine& engine, std::uint32_t wait_ms = 0) {
  assay_batch_options options = {};
  options.struct_size = sizeof options;
  options.wait_for_keys_ms = wait_ms;
  return CLoop(assay_loop_create(engine.get(), &options, nullptr), assay_loop_free);
}

TEST(CLoopTest, EachTokenThatWasNotCancelledGetsOneCallWithItsReason) {
  const CEngine engine = MakeCEngine(Key());
  const CLoop loop = MakeLoop(engine);
  const std::string good = ValidToken(Key()), forged = ValidToken(SigningKey::Make(Algorithm::kES256, "k1", 2));
  Calls calls, cancelled;
  std::uint64_t ticket = 0, first = 0, last = 0;
  ASSERT_EQ(assay_loop_submit(loop.get(), S(good), kNow, Calls::Add, &calls, &first), 1);
  ASSERT_EQ(assay_loop_submit(loop.get(), S(good), kNow, Calls::Add, &cancelled, &ticket), 1);
  ASSERT_EQ(assay_loop_submit(loop.get(), S(forged), kNow, Calls::Add, &calls, &last), 1);
  EXPECT_EQ(assay_loop_cancel(loop.get(), ticket), 1);
  EXPECT_EQ(assay_loop_cancel(loop.get(), ticket), 0);
  EXPECT_GE(assay_loop_time_left(loop.get()), 0);
  assay_loop_flush(loop.get());
  EXPECT_EQ(calls.reasons, (std::vector<std::int32_t>{ASSAY_ACCEPTED, static_cast<int>(Reason::kBadSignature)}));
  EXPECT_TRUE(cancelled.reasons.empty());
  EXPECT_EQ(assay_loop_time_left(loop.get()), -1);
  // A ticket that is over names nothing, whoever has its place by now.
  ASSERT_EQ(assay_loop_submit(loop.get(), S(good), kNow, Calls::Add, &calls, nullptr), 1);
  for (const std::uint64_t over : {ticket, first, last}) EXPECT_EQ(assay_loop_cancel(loop.get(), over), 0);
  EXPECT_EQ(assay_loop_submit(loop.get(), S(good), kNow, nullptr, nullptr, nullptr), 0);
  assay_loop_flush(loop.get());
  EXPECT_EQ(calls.reasons.size(), 3u);
}

TEST(CLoopTest, ItsDescriptorTellsOfNewKeysAndTheTokenIsJudgedAnew) {
  const std::int64_t now = std::time(nullptr);
  EngineConfig config;
  config.issuers = {IssuerWith("")};
  config.issuers[0].keys = {KeySource::Kind::kUrl, "https://issuer.example/jwks"};
  const CEngine engine = Wrap(MakeEngine(std::move(config)));
  const auto install = [&](const std::vector<SigningKey>& keys, std::int64_t fetched) {
    const Moment moment{std::chrono::hours(1), fetched};
    ASSERT_TRUE(KeyFeed::Of(engine->engine, kIssuer)->Install(JwkSet(keys), moment).ok());
  };
  const SigningKey old = SigningKey::Make(Algorithm::kES256, "old", 3);
  install({old}, now - 10);
  const CLoop loop = MakeLoop(engine, 1000);
  const int fd = assay_loop_keys_fd(loop.get());
  ASSERT_GE(fd, 0);
  EXPECT_EQ(assay_loop_keys_fd(loop.get()), fd);
  const auto readable = [&] {
    pollfd watched = {fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
  };
  EXPECT_TRUE(readable());  // for what came before
  const std::string times = ",\"iat\":" + std::to_string(now) + ",\"exp\":" + std::to_string(now + 60);
  const std::string claims =
      R"({"iss":")" + std::string(kIssuer) + R"(","sub":"u","aud":")" + std::string(kAudience) + "\"" + times + "}";
  const std::string token = Sign(Key(), HeaderOf(Key()), claims);
  const SigningKey impostor = SigningKey::Make(Algorithm::kES256, "k1", 4);
  const std::string forged = Sign(impostor, HeaderOf(impostor), claims);
  Calls calls;
  ASSERT_EQ(assay_loop_submit(loop.get(), S(token), now, Calls::Add, &calls, nullptr), 1);
  ASSERT_EQ(assay_loop_submit(loop.get(), S(forged), now, Calls::Add, &calls, nullptr), 1);
  assay_loop_flush(loop.get());
  EXPECT_TRUE(calls.reasons.empty());
  EXPECT_FALSE(readable());
  EXPECT_GT(assay_loop_time_left(loop.get()), 100'000'000);  // nobody need look every few milliseconds
  install({old, Key()}, now);
  EXPECT_TRUE(readable());
  assay_loop_poll(loop.get());
  EXPECT_EQ(calls.reasons, (std::vector<std::int32_t>{ASSAY_ACCEPTED, static_cast<int>(Reason::kBadSignature)}));
  EXPECT_FALSE(readable());
}

// The descriptor is one for both processes, and what has been told is each one's own: a parent that was told by a child
// would never read it, and find it readable for ever.
TEST(CLoopTest, ItsDescriptorTellsNothingOfAChild) {
  EngineConfig config;
  config.issuers = {IssuerWith("")};
  config.issuers[0].keys = {KeySource::Kind::kUrl, "https://issuer.example/jwks"};
  const CEngine engine = Wrap(MakeEngine(std::move(config)));
  const CLoop loop = MakeLoop(engine, 1000);
  const int fd = assay_loop_keys_fd(loop.get());
  ASSERT_GE(fd, 0);
  const auto readable = [&] {
    pollfd watched = {fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
  };
  const auto in_a_child = [](const auto& what) {
    const pid_t child = ::fork();
    if (child == 0) {
      what();
      ::_exit(0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  };
  ASSERT_TRUE(readable());
  in_a_child([&] { assay_loop_poll(loop.get()); });
  EXPECT_TRUE(readable());
  assay_loop_poll(loop.get());
  ASSERT_FALSE(readable());
  in_a_child([&] {
    if (!KeyFeed::Of(engine->engine, kIssuer)->Install(JwkSet({Key()})).ok()) ::_exit(1);
  });
  EXPECT_FALSE(readable());
  ASSERT_TRUE(KeyFeed::Of(engine->engine, kIssuer)->Install(JwkSet({Key()})).ok());
  EXPECT_TRUE(readable());
}

TEST(CLoopTest, InAChildTheParentsTokensGetUnset) {
  const CEngine engine = MakeCEngine(Key());
  const CLoop loop = MakeLoop(engine);
  const std::string good = ValidToken(Key());
  Calls calls;
  ASSERT_EQ(assay_loop_submit(loop.get(), S(good), kNow, Calls::Add, &calls, nullptr), 1);
  const pid_t child = ::fork();
  if (child == 0) {
    Calls none;
    if (assay_loop_submit(loop.get(), S(good), kNow, Calls::Add, &none, nullptr) != 0) ::_exit(1);
    assay_loop_flush(loop.get());
    ::_exit(calls.reasons == std::vector<std::int32_t>{ASSAY_UNSET} ? 0 : 2);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  assay_loop_flush(loop.get());
  EXPECT_EQ(calls.reasons, std::vector<std::int32_t>{ASSAY_ACCEPTED});
}

TEST(CBatcher, JudgesOnManyThreads) {
  const CEngine engine = MakeCEngine(Key());
  assay_batcher* const batcher = assay_batcher_create(engine.get(), nullptr, nullptr);
  ASSERT_NE(batcher, nullptr);
  const std::string good = ValidToken(Key()), forged = ValidToken(SigningKey::Make(Algorithm::kES256, "k1", 2));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        Calls calls;
        const bool bad = (i + t) % 3 == 0;
        if (assay_batcher_validate(batcher, S(bad ? forged : good), kNow, Calls::Add, &calls) != 1) ++wrong;
        const int expected = bad ? static_cast<int>(Reason::kBadSignature) : ASSAY_ACCEPTED;
        if (calls.reasons != std::vector<std::int32_t>{expected}) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  Calls calls;
  ASSERT_EQ(assay_batcher_submit(batcher, S(forged), kNow, Calls::Add, &calls), 1);
  EXPECT_EQ(calls.reasons, std::vector<std::int32_t>{static_cast<int>(Reason::kBadSignature)});
  assay_batcher_free(batcher);
}

TEST(CBatcher, AnOptionOutOfRangeIsRefused) {
  const CEngine engine = MakeCEngine(Key());
  assay_batch_options options = {};
  options.struct_size = sizeof options;
  options.queue_capacity = 65537;
  EXPECT_EQ(assay_batcher_create(engine.get(), &options, nullptr), nullptr);
  options.queue_capacity = 0;
  options.wait_for_keys_ms = 1001;
  EXPECT_EQ(assay_loop_create(engine.get(), &options, nullptr), nullptr);
  options.wait_for_keys_ms = 0;
  options.workers = 1025;
  EXPECT_EQ(assay_batcher_create(engine.get(), &options, nullptr), nullptr);
  options.workers = 3;
  assay_batcher* const batcher = assay_batcher_create(engine.get(), &options, nullptr);
  EXPECT_NE(batcher, nullptr);
  assay_batcher_free(batcher);
}

}  // namespace
}  // namespace assay::testing
