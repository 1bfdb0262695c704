// One fetches for all: roles, what is published and loaded, requests, and what happens when a refresh is late.
#include <unistd.h>

#include <functional>
#include <thread>
#include <utility>

#include "tests/engine/remote/key_folder_fixture.h"

namespace assay::testing {
namespace {

using remote::FetchRequest;
using remote::FetchStatus;
using remote::RefresherOptions;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// InterruptedClock: another clock, by which what reads it is interrupted once.
class InterruptedClock : public Clock {
 public:
  explicit InterruptedClock(const Clock& clock) : clock_(clock) {}
  void AtNextLook(std::function<void()> meanwhile) const { meanwhile_ = std::move(meanwhile); }
  std::chrono::milliseconds Now() const override {
    if (const auto meanwhile = std::exchange(meanwhile_, nullptr)) meanwhile();
    return clock_.Now();
  }
  std::int64_t UnixSeconds() const override { return clock_.UnixSeconds(); }

 private:
  const Clock& clock_;
  mutable std::function<void()> meanwhile_;
};

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

// Requests -------------------------------------------------------------------------------------------

TEST_F(KeyFolderTest, Hardening20ARequestIsOneEmptyFileAnIssuerNamedByDigest) {
  Processes all = StartSeveral(3);
  Pass(seconds(1), all);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
    EXPECT_EQ(all[2]->Judge(Key(1)), Reason::kKeyNotFound);
    all[1]->refresher->RunDue();
    all[2]->refresher->RunDue();
  }
  EXPECT_EQ(CountIn(Requests()), 1u);
  EXPECT_EQ(std::filesystem::file_size(Requests() + '/' + Name()), 0u);
  EXPECT_EQ(ModeOf(Requests()), 0700u);
  EXPECT_EQ(ModeOf(Requests() + '/' + Name()), 0600u);
}

TEST_F(KeyFolderTest, ARequestMakesTheHolderFetchForAll) {
  Processes all = StartSeveral(3);
  Pass(seconds(1), all);
  Serve({Key(0), Key(1)});
  EXPECT_EQ(all[2]->Judge(Key(1)), Reason::kKeyNotFound);
  Pass(seconds(2), all);
  EXPECT_EQ(all[0]->fetches(), 2u);
  for (const auto& process : all) EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(CountIn(Requests()), 0u);
}

// However a rotation and the tokens of its key meet, it is one fetch.
TEST_F(KeyFolderTest, ARequestThatComesWhileItsAnswerIsFetchedCostsNoOtherFetch) {
  for (const bool is_due : {false, true}) {
    Serve({Key(0)});
    Processes all = StartSeveral(3);
    Pass(seconds(1), all);
    ASSERT_EQ(all[0]->fetches(), 1u);
    Serve({Key(0), Key(1)});
    all[0]->fetcher->Set(kKeysUrl, [&](const FetchRequest&) {
      for (const std::size_t other : {1u, 2u}) {
        EXPECT_EQ(all[other]->Judge(Key(1)), Reason::kKeyNotFound);
        all[other]->refresher->RunDue();
      }
      EXPECT_EQ(all[0]->Judge(Key(1)), Reason::kKeyNotFound);
      all[0]->refresher->RunDue();  // looks for requests while it fetches
      return FakeFetcher::Page(served_);
    });
    if (!is_due) {
      EXPECT_EQ(all[0]->Judge(Key(1)), Reason::kKeyNotFound);
    }
    clock_.Advance(is_due ? seconds(280) : seconds(1));
    all[0]->refresher->RunDue();
    Pass(seconds(60), all);
    for (const auto& process : all) EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
    EXPECT_EQ(Fetches(all), 2u) << is_due;
    EXPECT_EQ(CountIn(Requests()), 0u);
    clock_.Advance(hours(1));
  }
}

TEST_F(KeyFolderTest, WhoAsksJustAfterTheAnswerWasPublishedCostsNoOtherFetch) {
  const InterruptedClock interrupted(clock_);
  Processes all = StartSeveral(1);
  RefresherOptions options;
  options.clock = &interrupted;
  all.push_back(Start(FetchedIssuer(), std::move(options)));
  Pass(seconds(1), all);
  Serve({Key(0), Key(1)});
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
  clock_.Advance(seconds(280));  // the first process is to refresh
  // The second has looked into the folder, and is about to ask.
  interrupted.AtNextLook([&] { all[0]->refresher->RunDue(); });
  all[1]->refresher->RunDue();
  ASSERT_EQ(all[0]->fetches(), 2u);
  Pass(seconds(60), all);
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Fetches(all), 2u);
}

// "Not modified" was said before anybody could know of the new key.
TEST_F(KeyFolderTest, AConfirmationAnswersNoRequestHoweverLongItTook) {
  Processes all = StartSeveral(2);
  all[0]->fetcher->Set(kKeysUrl, [&](const FetchRequest& request) {
    if (request.etag.empty()) return FakeFetcher::Page(served_, "\"1\"");
    Serve({Key(0), Key(1)});
    EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
    all[1]->refresher->RunDue();
    all[0]->refresher->RunDue();
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // by now the folder has not changed for a while
    for (int i = 0; i < 3; ++i) all[0]->refresher->RunDue();
    EXPECT_EQ(CountIn(Requests()), 1u);
    return FakeFetcher::Failed(FetchStatus::kNotModified);
  });
  Pass(seconds(1), all);
  clock_.Advance(seconds(280));
  all[0]->refresher->RunDue();
  ASSERT_EQ(all[0]->fetches(), 2u);
  Pass(seconds(2), all);
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Fetches(all), 3u);
}

TEST_F(KeyFolderTest, ARequestAndAPublishedSetTakeTurns) {
  remote::KeyFolder folder(path_, "");
  ASSERT_TRUE(folder.Open());
  const auto publish = [&](bool answers) {
    clock_.Advance(seconds(1));
    const remote::FetchTime time{clock_.Both(), clock_.Now()};
    const remote::StoredKeys keys{std::string(kIssuer), kKeysUrl, time, std::nullopt, served_};
    return folder.Publish(keys, clock_, answers).value();
  };
  EXPECT_TRUE(folder.Ask(Name(), std::nullopt).value());
  ASSERT_EQ(publish(false), remote::Age::kNewer);
  EXPECT_EQ(CountIn(Requests()), 1u);
  ASSERT_EQ(publish(true), remote::Age::kNewer);
  EXPECT_EQ(CountIn(Requests()), 0u);
  EXPECT_FALSE(folder.Ask(Name(), std::nullopt).value()) << "it has not seen what is there";
  const auto seen = folder.StateOf(Name());
  {
    const Descriptor opened = remote::KeyStore(path_).Open().value();
    const auto publishing = remote::FolderLock::Take(opened.get(), ::geteuid(), remote::KeyStore::LockOf(Name()));
    ASSERT_TRUE(publishing->held());
    EXPECT_FALSE(folder.Ask(Name(), seen).value()) << "another is just coming";
  }
  EXPECT_EQ(CountIn(Requests()), 0u);
  EXPECT_TRUE(folder.Ask(Name(), seen).value());
  EXPECT_EQ(CountIn(Requests()), 1u);
}

// Of a change of its mode or times alone, a folder says nothing.
TEST_F(KeyFolderTest, AFileThatChangedInItsPlaceDoesNotKeepRequestsAway) {
  Processes all = StartSeveral(2);
  Pass(seconds(3), all);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // by now the folder has not changed for a while
  Pass(seconds(3), all);
  ASSERT_EQ(::chmod((path_ + '/' + Name()).c_str(), 0640), 0);
  Serve({Key(0), Key(1)});
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
  Pass(seconds(3), all);
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Fetches(all), 2u);
}

TEST_F(KeyFolderTest, WhatTheAnswerDoesNotHoldIsAskedForAgain) {
  Processes all = StartSeveral(2);
  Pass(seconds(1), all);
  // The issuer answers, and rotates; then comes a token of the new key, and then the answer.
  all[0]->fetcher->Set(kKeysUrl, [&, first = true](const FetchRequest&) mutable {
    const std::string answer = served_;
    if (!std::exchange(first, false)) return FakeFetcher::Page(answer);
    Serve({Key(0), Key(1)});
    EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
    all[1]->refresher->RunDue();
    all[0]->refresher->RunDue();
    return FakeFetcher::Page(answer);
  });
  clock_.Advance(seconds(280));
  all[0]->refresher->RunDue();
  all[1]->refresher->RunDue();
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
  Pass(seconds(2), all);
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Fetches(all), 3u);
}

TEST_F(KeyFolderTest, AFloodOfUnknownKidsInEveryProcessCostsOneFetchPerCooldown) {
  Processes all = StartSeveral(8);
  Pass(seconds(1), all);
  for (int second = 0; second < 120; ++second) {
    for (const auto& process : all) EXPECT_EQ(process->Judge(Key(3)), Reason::kKeyNotFound);
    Pass(seconds(1), all);
  }
  EXPECT_GE(Fetches(all), 4u);
  EXPECT_LE(Fetches(all), 1u + 1u + 120 / 30);
  EXPECT_EQ(Fetches(all), all[0]->fetches());
}

TEST_F(KeyFolderTest, WhatElseLiesInRequestsIsNeverOpened) {
  Processes all = StartSeveral(2);
  std::filesystem::create_directory(Requests());
  ::chmod(Requests().c_str(), 0700);
  ASSERT_EQ(::mkfifo((Requests() + "/fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((Requests() + '/' + Name()).c_str(), 0600), 0);  // by itself a request, like any name
  std::filesystem::create_symlink("/dev/zero", Requests() + '/' + Name("other"));
  std::filesystem::create_directory(Requests() + "/folder");
  Pass(seconds(2), all);
  EXPECT_LE(Fetches(all), 2u);
  EXPECT_EQ(CountIn(Requests()), 3u);
  std::filesystem::create_directory(Requests() + '/' + Name());
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
  Pass(minutes(10), all);
  EXPECT_EQ(all[1]->Judge(Key(0)), Reason::kAccepted);
}

TEST_F(KeyFolderTest, Hardening20RequestsThatOthersCouldHaveMadeAreRefused) {
  Processes all = StartSeveral(2);
  std::filesystem::create_directory(Requests());
  ASSERT_EQ(::chmod(Requests().c_str(), 0777), 0);
  Pass(seconds(1), all);
  std::ofstream(Requests() + '/' + Name()) << "";
  Pass(seconds(40), all);
  EXPECT_EQ(Fetches(all), 1u);
  EXPECT_EQ(all[0]->log.Count("key_folder_refused"), 1);
  EXPECT_NE(all[0]->log.Values().find("requests: its mode lets other users in"), std::string::npos);
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kKeyNotFound);
  Pass(seconds(1), all);
  EXPECT_EQ(all[1]->log.Count("key_request_refused"), 1);
}

// Overdue --------------------------------------------------------------------------------------------

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

// Order ----------------------------------------------------------------------------------------------

TEST_F(KeyFolderTest, Hardening22AFetchThatEndsAfterALaterOneWasLoadedChangesNothing) {
  Processes all = StartSeveral(2);
  Pass(seconds(1), all);
  const std::string old = served_;
  // While the holder's fetch is under way, another process begins and ends one of its own.
  all[0]->fetcher->Set(kKeysUrl, [&, first = true](const FetchRequest&) mutable {
    if (!std::exchange(first, false)) return FakeFetcher::Page(served_);
    clock_.Advance(minutes(10));
    Serve({Key(1)});
    all[1]->refresher->RunDue();
    all[0]->refresher->RunDue();  // loads
    return FakeFetcher::Page(old);
  });
  while (all[0]->fetches() == 1) {
    clock_.Advance(seconds(1));
    all[0]->refresher->RunDue();
  }
  EXPECT_EQ(all[1]->fetches(), 1u);
  Pass(seconds(1), all);
  for (const auto& process : all) {
    EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
    EXPECT_EQ(process->Judge(Key(0)), Reason::kKeyNotFound);
  }
  const auto stored = remote::KeyStore(path_).Load(kIssuer, kKeysUrl, clock_);
  EXPECT_EQ(stored->value().jwk_set, served_);
}

// A process that is late to fetch asks first and is answered last; meanwhile the holder asks and is answered. Nobody
// can tell whose answer is the newer: here it is the former's.
TEST_F(KeyFolderTest, Hardening22OfTwoFetchesThatOverlapNeitherReplacesTheOther) {
  for (const bool loads_meanwhile : {false, true}) {
    Serve({Key(0)});
    Processes all = StartSeveral(3);
    Pass(seconds(1), all);
    const std::string old = JwkSet(std::vector<SigningKey>{Key(0), Key(2)}),
                      fresh = JwkSet(std::vector<SigningKey>{Key(0), Key(1)});
    all[1]->fetcher->Set(kKeysUrl, [&](const FetchRequest&) {
      clock_.Advance(seconds(1));
      served_ = old;
      all[0]->refresher->RunDue();
      if (loads_meanwhile) all[1]->refresher->RunDue();
      clock_.Advance(seconds(1));
      served_ = fresh;
      return FakeFetcher::Page(fresh);
    });
    while (all[1]->fetches() == 0) {
      clock_.Advance(seconds(1));
      all[1]->refresher->RunDue();
    }
    ASSERT_EQ(all[0]->fetches(), 2u);
    const Reason had = all[1]->Judge(Key(1));
    EXPECT_EQ(had, loads_meanwhile ? Reason::kKeyNotFound : Reason::kAccepted);
    // What it has is not given up for what may be older,
    all[1]->refresher->RunDue();
    EXPECT_EQ(all[1]->Judge(Key(1)), had);
    // and a fetch that is after both, by who fetches for all, decides.
    Pass(seconds(2), all);
    for (const auto& process : all) EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
    Pass(seconds(60), all);
    EXPECT_EQ(all[0]->fetches(), 3u) << "once";
    EXPECT_EQ(all[1]->fetches(), 1u);
    EXPECT_EQ(all[2]->fetches(), 0u);
    for (const auto& process : all) EXPECT_EQ(process->Judge(Key(2)), Reason::kKeyNotFound);
    clock_.Advance(hours(1));
  }
}

// Where the answers never agree, they are not asked for without end.
TEST_F(KeyFolderTest, OverlapsWithoutEndCostOneFetchPerCooldown) {
  Processes all = StartSeveral(2);
  Pass(seconds(1), all);
  unsigned answers = 0;
  const auto other_each_time = [&] { return JwkSet(std::vector<SigningKey>{Key(answers++ % 2 == 0 ? 1 : 2)}); };
  all[0]->fetcher->Set(kKeysUrl, [&](const FetchRequest&) {
    // While it asks, somebody who sees another set has begun, and publishes.
    const remote::FetchTime time{clock_.Both(), clock_.Now()};
    const remote::StoredKeys other{std::string(kIssuer), kKeysUrl, time, std::nullopt, other_each_time()};
    (void)remote::KeyStore(path_).Save(other, clock_);
    return FakeFetcher::Page(other_each_time());
  });
  const std::size_t before = all[0]->fetches();
  Pass(minutes(10), all);
  EXPECT_GE(all[0]->fetches() - before, 5u);
  EXPECT_LE(all[0]->fetches() - before, 600u / 30 + 3);
}

TEST_F(KeyFolderTest, Hardening22AnOlderFileNeverTakesTheNewerOnesPlace) {
  Processes all = StartSeveral(2);
  Pass(seconds(1), all);
  std::filesystem::copy_file(File(), folder_.Path("old"));
  Serve({Key(1)});
  Pass(minutes(5), all);
  ASSERT_EQ(all[1]->Judge(Key(1)), Reason::kAccepted);
  std::filesystem::rename(folder_.Path("old"), File());
  Pass(seconds(2), all);
  EXPECT_EQ(all[1]->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(all[1]->Judge(Key(0)), Reason::kKeyNotFound);
}

}  // namespace
}  // namespace assay::testing
