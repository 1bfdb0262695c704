// Requests in a key folder: whoever meets an unknown kid asks, and the holder fetches once for all.
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

}  // namespace
}  // namespace assay::testing
