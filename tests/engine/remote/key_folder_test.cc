// One fetches for all: roles, what is published and loaded, and what happens when a refresh is late.
#include <thread>

#include "tests/engine/remote/key_folder_fixture.h"

namespace assay::testing {
namespace {

using remote::FetchRequest;
using remote::FetchStatus;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(KeyFolderTest, OneProcessFetchesAndTheOthersLoad) {
  Processes all = StartSeveral(4);
  Pass(seconds(1), all);
  EXPECT_EQ(Fetches(all), 1u);
  EXPECT_EQ(all[0]->fetches(), 1u) << "who came first";
  for (const auto& process : all) EXPECT_EQ(process->Judge(Key(0)), Reason::kAccepted);
  EXPECT_FALSE(all[0]->Status().follows);
  EXPECT_TRUE(all[1]->Status().follows);
  EXPECT_EQ(all[1]->Status().loads, 1u);
  EXPECT_EQ(all[1]->Status().age, seconds(0));

  Serve({Key(1)});
  Pass(minutes(5), all);
  EXPECT_EQ(Fetches(all), 2u);
  for (const auto& process : all) {
    EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
    EXPECT_EQ(process->Judge(Key(0)), Reason::kKeyNotFound) << "what must be refused, with them all";
  }
}

TEST_F(KeyFolderTest, AHolderThatIsGoneIsReplacedAtTheNextLook) {
  Processes all = StartSeveral(3);
  Pass(seconds(1), all);
  all.erase(all.begin());
  Serve({Key(1)});
  Pass(seconds(1), all);
  EXPECT_EQ(Fetches(all), 1u) << "at once, and one alone";
  for (const auto& process : all) EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(all[0]->log.Count("key_folder_taken"), 1);
  Pass(minutes(20), all);
  EXPECT_EQ(all[1]->fetches(), 0u);
}

TEST_F(KeyFolderTest, AStopGivesTheLockBack) {
  Processes all = StartSeveral(2);
  Pass(seconds(1), all);
  all[0]->refresher->Start();
  all[0]->refresher->Stop();
  all[1]->refresher->RunDue();
  EXPECT_EQ(all[1]->fetches(), 1u);
}

TEST_F(KeyFolderTest, TheFoldersKeysServeAtOnceWithinMaxStale) {
  {
    Processes first = StartSeveral(1);
    Pass(seconds(1), first);
  }
  served_.clear();
  clock_.Advance(hours(23));
  Processes later = StartSeveral(2);
  for (const auto& process : later) EXPECT_EQ(process->Judge(Key(0)), Reason::kAccepted) << "before any look";
  clock_.Advance(hours(1));
  const auto too_late = Start();
  EXPECT_EQ(too_late->Judge(Key(0)), Reason::kKeysUnavailable);
}

TEST_F(KeyFolderTest, FirstFetchesAreAwaitedFromAnyProcess) {
  Processes all = StartSeveral(2);
  EXPECT_FALSE(all[1]->refresher->AwaitFirstFetches(seconds(0)));
  Pass(seconds(1), all);
  EXPECT_TRUE(all[0]->refresher->AwaitFirstFetches(seconds(0)));
  EXPECT_TRUE(all[1]->refresher->AwaitFirstFetches(seconds(0)));
}

TEST_F(KeyFolderTest, AConfirmationRenewsEverybodysKeys) {
  Processes all = StartSeveral(2);
  all[0]->fetcher->Set(kKeysUrl, [&](const FetchRequest& request) {
    return request.etag.empty() ? FakeFetcher::Page(served_, "\"1\"") : FakeFetcher::Failed(FetchStatus::kNotModified);
  });
  Pass(hours(25), all);
  EXPECT_EQ(all[1]->fetches(), 0u);
  EXPECT_EQ(all[1]->Judge(Key(0)), Reason::kAccepted);
  EXPECT_LE(all[1]->Status().age, minutes(6));
}

TEST_F(KeyFolderTest, OtherIssuersHaveAHolderOfTheirOwn) {
  Processes all = StartSeveral(1);
  all.push_back(Start(FetchedIssuer("https://other.example")));
  Pass(seconds(1), all);
  EXPECT_EQ(all[0]->fetches(), 1u);
  EXPECT_EQ(all[1]->fetches(), 1u);
}

TEST_F(KeyFolderTest, AReloadIsServedFromTheFolder) {
  Processes all = StartSeveral(2);
  Pass(seconds(1), all);
  EngineConfig config = *all[1]->engine->config();
  const AlgorithmSet before = config.issuers[0].policy.algorithms;
  config.issuers[0].policy.algorithms = AlgorithmSet();
  config.issuers[0].policy.algorithms.Add(Algorithm::kRS256);
  ASSERT_TRUE(all[1]->engine->Reload(config));
  Pass(seconds(1), all);
  EXPECT_FALSE(all[1]->Status().has_keys);
  config.issuers[0].policy.algorithms = before;
  ASSERT_TRUE(all[1]->engine->Reload(config));
  Pass(seconds(1), all);
  EXPECT_EQ(all[1]->Judge(Key(0)), Reason::kAccepted);
  EXPECT_EQ(all[1]->fetches(), 0u);
}

TEST_F(KeyFolderTest, ANewIssuerOfAReloadIsFetchedAtOnce) {
  Processes all = StartSeveral(1);
  Pass(seconds(1), all);
  EngineConfig config = *all[0]->engine->config();
  config.issuers.push_back(FetchedIssuer("https://other.example"));
  ASSERT_TRUE(all[0]->engine->Reload(config));
  Pass(seconds(1), all);
  EXPECT_EQ(all[0]->refresher->Status().at(1).fetches, 1u);
}

// Two files may be published within one tick of the file system's clock. Who is not run for a while after it has seen
// the first looks once more.
TEST_F(KeyFolderTest, AFolderThatChangedIsLookedAtOnceMoreHoweverLate) {
  remote::KeyFolder folder(path_, "");
  ASSERT_TRUE(folder.Open());
  EXPECT_TRUE(folder.Changed());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_TRUE(folder.Changed());
  EXPECT_FALSE(folder.Changed());
}

// The first process has the lock and does nothing.
TEST_F(KeyFolderTest, Hardening22OthersFetchWhenARefreshIs30SecondsOverdue) {
  Processes all = StartSeveral(1);
  Pass(seconds(1), all);
  Processes others = StartSeveral(16);
  Serve({Key(1)});
  // 90 % of 300 s is the latest at which the keys would be refreshed.
  Pass(seconds(299), others);
  EXPECT_EQ(Fetches(others), 0u);
  Pass(seconds(31), others);
  EXPECT_GE(Fetches(others), 1u);
  EXPECT_LE(Fetches(others), 4u) << "jittered: who came first fetched for all";
  for (const auto& process : others) EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
  // The holder takes part again: it has what the others published.
  all[0]->refresher->RunDue();
  EXPECT_EQ(all[0]->Judge(Key(1)), Reason::kAccepted);
}

TEST_F(KeyFolderTest, Hardening22AnUnansweredRequestIsOverdueToo) {
  Processes all = StartSeveral(1);
  Pass(seconds(1), all);
  Processes others = StartSeveral(1);
  Pass(seconds(1), others);
  Serve({Key(0), Key(1)});
  EXPECT_EQ(others[0]->Judge(Key(1)), Reason::kKeyNotFound);
  Pass(seconds(59), others);
  EXPECT_EQ(Fetches(others), 0u);
  Pass(seconds(32), others);
  EXPECT_EQ(Fetches(others), 1u);
  EXPECT_EQ(others[0]->Judge(Key(1)), Reason::kAccepted);
}

TEST_F(KeyFolderTest, AnIssuerThatIsDownIsNotStormed) {
  served_.clear();
  Processes all = StartSeveral(16);
  Pass(minutes(60), all);
  std::size_t others = 0;
  for (const auto& process : all) others = std::max(others, process == all[0] ? 0 : process->fetches());
  EXPECT_GE(all[0]->fetches(), 50u);
  EXPECT_GE(others, 60u) << "they try, too,";
  EXPECT_LE(others, 120u) << "but no more than every 30 s";
  Serve({Key(0)});
  Pass(seconds(61), all);
  for (const auto& process : all) EXPECT_EQ(process->Judge(Key(0)), Reason::kAccepted);
}

}  // namespace
}  // namespace assay::testing
