// Fetches of one issuer that overlap: a later answer never gives way to an earlier one.
#include <utility>

#include "tests/engine/remote/key_folder_fixture.h"

namespace assay::testing {
namespace {

using remote::FetchRequest;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

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

// "Not modified" is said of the keys whose ETag was sent: another set that was loaded meanwhile is not confirmed by it.
TEST_F(KeyFolderTest, Hardening22NotModifiedConfirmsNoSetThatWasLoadedMeanwhile) {
  const auto process = Start();
  process->fetcher->Set(kKeysUrl, [&](const FetchRequest&) { return FakeFetcher::Page(served_, "\"1\""); });
  process->refresher->RunDue();
  clock_.Advance(minutes(10));
  process->fetcher->Set(kKeysUrl, [&](const FetchRequest& request) {
    EXPECT_EQ(request.etag, "\"1\"");
    // Of a fetch that had ended when this one began, and is published only now.
    const Moment before{clock_.Now() - seconds(2), clock_.UnixSeconds() - 2};
    const remote::StoredKeys other{std::string(kIssuer),
                                   kKeysUrl,
                                   {before, before.monotonic},
                                   std::nullopt,
                                   JwkSet(std::vector<SigningKey>{Key(1)})};
    EXPECT_EQ(*remote::KeyStore(path_).Save(other, clock_), remote::Age::kNewer);
    process->refresher->RunDue();  // loads
    return FakeFetcher::Failed(remote::FetchStatus::kNotModified);
  });
  process->refresher->RunDue();
  EXPECT_EQ(process->Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(process->Status().failures, 1u);
  EXPECT_EQ(process->Status().age, seconds(2));
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
