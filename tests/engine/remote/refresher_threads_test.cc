// The refresher's threads: isolation, stopping, and keys that change under workers' hands.
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <random>
#include <system_error>
#include <thread>

#include "engine/remote/fetch_http.h"
#include "tests/engine/remote/key_folder_fixture.h"
#include "tests/engine/remote/loopback_server.h"
#include "tests/engine/remote/refresher_fixture.h"
#include "tests/testing/eventually.h"
#include "tests/testing/sanitizers.h"

namespace assay::testing {
namespace {

using remote::FetchRequest;
using remote::FetchStatus;
using remote::Refresher;
using remote::RefresherOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(RefresherTest, AnIssuerThatHangsDelaysNoOther) {
  std::vector<IssuerConfig> issuers = {FetchedIssuer()};
  for (int i = 0; i < 8; ++i) {
    const std::string name = "https://" + std::to_string(i) + ".example";
    issuers.push_back(FetchedIssuer(name, name + "/keys"));
    fetcher_->SetBody(name + "/keys", JwkSet(std::vector<SigningKey>{Key(0)}));
  }
  // The first issuer hangs until it is stopped.
  fetcher_->Set(kKeysUrl, [](const FetchRequest& request) {
    while (!request.stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
    return FakeFetcher::Failed(FetchStatus::kStopped);
  });
  Make(issuers);
  refresher_->Start();
  const auto fetched = [this] {
    const auto statuses = refresher_->Status();
    return std::count_if(statuses.begin(), statuses.end(), [](const auto& status) { return status.fetches > 0; });
  };
  EXPECT_TRUE(Eventually([&] { return fetched() == 8; }));
  // Again, with the hanging fetch still under way.
  clock_.Advance(std::chrono::minutes(10));
  EXPECT_TRUE(Eventually([&] { return fetcher_->count() >= 17; }));
  refresher_->Stop();
  EXPECT_EQ(Status().fetches, 0u);
  EXPECT_EQ(Status().failures, 0u);
}

TEST_F(RefresherTest, MoreIssuersThanThreadsAreAllFetched) {
  std::vector<IssuerConfig> issuers;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "https://" + std::to_string(i) + ".example";
    issuers.push_back(FetchedIssuer(name, name + "/keys"));
    fetcher_->SetBody(name + "/keys", JwkSet(std::vector<SigningKey>{Key(0)}));
  }
  RefresherOptions options;
  options.max_parallel_fetches = 2;
  Make(issuers, options);
  refresher_->Start();
  EXPECT_TRUE(refresher_->AwaitFirstFetches(kGenerousTimeout));
  EXPECT_TRUE(engine_->Ready());
}

TEST_F(RefresherTest, StoppingAndStartingAgainGoesOn) {
  Serve({Key(0)});
  Make();
  refresher_->Start();
  refresher_->Start();
  EXPECT_TRUE(refresher_->AwaitFirstFetches(kGenerousTimeout));
  refresher_->Stop();
  refresher_->Stop();
  const std::size_t before = fetcher_->count();
  clock_.Advance(std::chrono::hours(1));
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(fetcher_->count(), before);
  refresher_->Start();
  EXPECT_TRUE(Eventually([&] { return fetcher_->count() > before; }));
}

TEST_F(RefresherTest, WhereNoThreadIsLeftStartingFailsAndNothingHasStarted) {
  Serve({Key(0)});
  Make();
  pthread_attr_t usual, huge;
  ASSERT_EQ(::pthread_getattr_default_np(&usual), 0);
  ASSERT_EQ(::pthread_attr_init(&huge), 0);
  ASSERT_EQ(::pthread_attr_setstacksize(&huge, std::size_t{1} << 50), 0);  // more than there are addresses
  ASSERT_EQ(::pthread_setattr_default_np(&huge), 0);
  EXPECT_THROW(refresher_->Start(), std::system_error);
  ASSERT_EQ(::pthread_setattr_default_np(&usual), 0);
  refresher_->Stop();
  refresher_->Start();
  EXPECT_TRUE(refresher_->AwaitFirstFetches(kGenerousTimeout));
}

TEST_F(RefresherTest, AwaitingGivesUpInTime) {
  fetcher_->Set(kKeysUrl, [](const FetchRequest& request) {
    while (!request.stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
    return FakeFetcher::Failed(FetchStatus::kStopped);
  });
  Make();
  refresher_->Start();
  EXPECT_FALSE(refresher_->AwaitFirstFetches(milliseconds(20)));
}

// A host may ask for the status from within its log callback.
TEST(RefresherThreads, TheLogCallbackMayAsk) {
  auto fetcher = std::make_shared<FakeFetcher>();
  std::atomic<Refresher*> refresher{nullptr};
  std::atomic<int> asked{0};
  EngineConfig config;
  config.issuers = {FetchedIssuer()};
  config.log = [&](const LogEvent&) {
    if (Refresher* const known = refresher) asked += static_cast<int>(known->Status().size());
  };
  FakeClock clock;
  RefresherOptions options;
  options.fetcher = fetcher;
  options.clock = &clock;
  options.poll_interval = milliseconds(1);
  Refresher under_test(MakeEngine(std::move(config)), options);
  refresher = &under_test;
  under_test.RunDue();  // fails, and says so
  fetcher->SetBody(kKeysUrl, JwkSet(std::vector<SigningKey>{Key(0)}));
  clock.Advance(seconds(60));
  under_test.RunDue();  // goes well
  fetcher->Set(kKeysUrl, nullptr);
  clock.Advance(std::chrono::hours(25));
  under_test.RunDue();  // too old
  EXPECT_GE(asked, 4);
}

TEST(RefresherThreads, AStopEndsFetchesOverTheNetwork) {
  LoopbackServer silent([](Peer& peer) { peer.AwaitClose(); });
  EngineConfig config;
  config.issuers = {FetchedIssuer(kIssuer, silent.Url())};
  RefresherOptions options;
  options.fetch_timeout = std::chrono::minutes(10);
  Refresher refresher(MakeEngine(std::move(config)), options);
  refresher.Start();
  EXPECT_TRUE(Eventually([&] { return silent.connections() == 1; }));
  refresher.Stop();  // or this test takes ten minutes
}

// Two workers judge without pause while keys rotate every few milliseconds, the old key staying for one
// rotation more, as issuers do: no token of a key in the overlap is ever refused, no other accepted.
TEST(RefresherThreads, NoTokenIsLostWhileKeysRotateUnderTwoWorkers) {
  auto fetcher = std::make_shared<FakeFetcher>();
  FakeClock clock;
  std::vector<std::string> tokens;
  for (unsigned i = 0; i < 4; ++i) tokens.push_back(ValidToken(Key(i)));
  const auto serve = [&](unsigned first) {
    fetcher->SetBody(kKeysUrl, JwkSet(std::vector<SigningKey>{Key(first % 4), Key((first + 1) % 4)}));
  };
  serve(0);
  EngineConfig config;
  config.issuers = {FetchedIssuer()};
  const auto engine = MakeEngine(std::move(config));
  RefresherOptions options;
  options.fetcher = fetcher;
  options.clock = &clock;
  options.poll_interval = milliseconds(1);
  Refresher refresher(engine, options);
  refresher.Start();
  ASSERT_TRUE(refresher.AwaitFirstFetches(kGenerousTimeout));

  // Key `stable` is in the set before and after every rotation while workers hold it.
  std::atomic<unsigned> stable{1};
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> judged{0};
  std::atomic<std::uint64_t> wrong{0};
  const auto work = [&] {
    Worker worker(engine);
    while (!done) {
      const unsigned before = stable;
      const Reason reason = worker.Validate(tokens[before % 4], kNow).reason();
      // Only where the key stayed for the whole call is the verdict certain.
      if (stable == before) wrong += reason == Reason::kAccepted ? 0u : 1u;
      const Reason forged =
          worker.Validate(tokens[before % 4].substr(0, tokens[before % 4].size() - 4) + "AAAA", kNow).reason();
      wrong += forged == Reason::kAccepted ? 1u : 0u;
      ++judged;
    }
  };
  std::thread one(work);
  std::thread two(work);
  const int rotations = 200;
  for (int i = 1; i <= rotations; ++i) {
    serve(static_cast<unsigned>(i));
    const std::size_t count = fetcher->count();
    clock.Advance(std::chrono::minutes(10));
    EXPECT_TRUE(Eventually([&] { return fetcher->count() > count && refresher.Status()[0].next_fetch > seconds(0); }));
    stable = static_cast<unsigned>(i) + 1;
  }
  done = true;
  one.join();
  two.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(judged, static_cast<std::uint64_t>(rotations));
}

// A token may be waiting, and not for as long as the next look is away.
TEST_F(KeyFolderTest, WhoHasAskedLooksForTheAnswerOften) {
  Processes all = StartSeveral(1);
  RefresherOptions options;
  options.poll_interval = std::chrono::minutes(10);
  all.push_back(Start(FetchedIssuer(), options));
  Pass(seconds(1), all);
  Serve({Key(0), Key(1)});
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
  all[1]->refresher->Start();
  ASSERT_TRUE(Eventually([&] { return CountIn(Requests()) == 1; }));
  clock_.Advance(milliseconds(50));
  all[0]->refresher->RunDue();
  EXPECT_EQ(all[0]->fetches(), 2u);
  EXPECT_TRUE(Eventually([&] { return all[1]->Judge(Key(1)) == Reason::kAccepted; }));
  all[1]->refresher->Stop();
}

long ResidentPages() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  long size = 0;
  long resident = 0;
  if (file == nullptr || std::fscanf(file, "%ld %ld", &size, &resident) != 2) resident = -1;
  if (file != nullptr) std::fclose(file);
  return resident;
}

// A million tokens, each with a kid of its own that no issuer has.
TEST_F(RefresherTest, AFloodOfUnknownKidsCostsOneFetchPerCooldownAndNoMemory) {
  Serve({Key(0)});
  Make();
  refresher_->Start();
  ASSERT_TRUE(refresher_->AwaitFirstFetches(kGenerousTimeout));
  Worker worker(engine_);
  const std::string claims = ValidClaims();
  std::mt19937_64 random(1);
  std::uint64_t refused = 0;
  long pages = 0;
  constexpr int kTokens = kSanitized ? 100'000 : 1'000'000;
  constexpr int kSeconds = 100;  // of the pinned clock, meanwhile
  for (int i = 0; i < kTokens; ++i) {
    const std::string header = R"({"alg":"ES256","typ":"at+jwt","kid":")" + std::to_string(random()) + "\"}";
    const std::string token = Compact(header, claims, std::string(64, 'x'));
    refused += worker.Validate(token, kNow).reason() == Reason::kKeyNotFound ? 1u : 0u;
    if (i % (kTokens / kSeconds) == 0) clock_.Advance(seconds(1));
    if (i == kTokens / 10) pages = ResidentPages();
  }
  EXPECT_EQ(refused, static_cast<std::uint64_t>(kTokens));
  EXPECT_LE(fetcher_->count(), 1u + 1u + kSeconds / 30) << "the first one, and one for each cooldown that begins";
  EXPECT_TRUE(Eventually([&] { return fetcher_->count() >= 2; }));
  if (!kSanitized) {
    EXPECT_LE(ResidentPages() - pages, 256) << "pages grown";
  }
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
