// Keys kept on disk, for a start while the issuer is down.
#include <filesystem>
#include <fstream>

#include "engine/remote/key_store.h"
#include "tests/engine/remote/refresher_fixture.h"
#include "tests/testing/temporary_folder.h"

namespace assay::testing {
namespace {

using remote::FetchStatus;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class StoreTest : public RefresherTest {
 protected:
  StoreTest() { std::filesystem::create_directory(path_); }

  // A process that starts now and has fetched nothing yet.
  void Restart() {
    remote::RefresherOptions options;
    options.key_folder = path_;
    Make({FetchedIssuer()}, options);
  }
  // A first process fetched `keys` and ended; the issuer goes down.
  void RunOnce(const std::vector<SigningKey>& keys) {
    Serve(keys);
    Restart();
    refresher_->RunDue();
    Fail();
  }

  std::optional<remote::StoredKeys> Stored() { return store_.Load(kIssuer, kKeysUrl, clock_).value(); }
  // In the place of what is stored, however old.
  void Store(const remote::StoredKeys& keys) {
    std::filesystem::remove(file_);
    ASSERT_EQ(store_.Save(keys, clock_).value(), remote::Age::kNewer);
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.Path("keys");
  const std::string file_ = path_ + '/' + remote::KeyStore::FileName(kIssuer, kKeysUrl);
  const remote::KeyStore store_{path_};
};

TEST_F(StoreTest, AColdStartWithoutTheIssuerHasTheLastGoodKeys) {
  RunOnce({Key(0)});
  clock_.Advance(hours(3));
  Restart();
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
  EXPECT_EQ(Status().age, hours(3));
  refresher_->RunDue();
  EXPECT_EQ(Status().failures, 1u);
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
  Serve({Key(1)});
  Pass(seconds(60));
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Stored()->jwk_set, JwkSet(std::vector<SigningKey>{Key(1)}));
}

TEST_F(StoreTest, MaxStaleCountsFromTheFetchNotFromTheStart) {
  RunOnce({Key(0)});
  clock_.Advance(hours(23));
  Restart();
  Pass(hours(1) - seconds(1));
  EXPECT_EQ(Judge(Key(0)), Reason::kAccepted);
  Pass(seconds(2));
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
  Restart();
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
}

TEST_F(StoreTest, AConfirmationRenewsTheCopy) {
  RunOnce({Key(0)});
  const std::string body = JwkSet(std::vector<SigningKey>{Key(0)});
  fetcher_->Set(kKeysUrl, [&](const remote::FetchRequest& request) {
    return request.etag.empty() ? FakeFetcher::Page(body, "\"1\"") : FakeFetcher::Failed(FetchStatus::kNotModified);
  });
  Pass(hours(20));
  EXPECT_GE(Stored()->time.begun.unix_seconds, clock_.UnixSeconds() - 300);
  EXPECT_EQ(Stored()->jwk_set, body);
}

TEST_F(StoreTest, NotModifiedForWithdrawnKeysLeavesTheCopyAsItIs) {
  const std::string body = JwkSet(std::vector<SigningKey>{Key(0)});
  fetcher_->Set(kKeysUrl, [&](const remote::FetchRequest& request) {
    if (request.etag.empty()) return FakeFetcher::Page(body, "\"1\"");
    clock_.Advance(hours(25));
    refresher_->RunDue();  // withdraws
    return FakeFetcher::Failed(FetchStatus::kNotModified);
  });
  Restart();
  refresher_->RunDue();
  while (fetcher_->count() == 1) Pass(seconds(1));
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
  EXPECT_EQ(Stored()->jwk_set, body);
  EXPECT_EQ(Stored()->time.begun.unix_seconds, FakeClock::kUnixStart);
}

TEST_F(StoreTest, ACopyFromTheFutureIsRefused) {
  RunOnce({Key(0)});
  remote::StoredKeys keys = *Stored();
  keys.time.begun.monotonic = keys.time.ended = clock_.Now() + minutes(1);
  Store(keys);
  Restart();
  EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable);
  EXPECT_EQ(Events("stored_keys_refused"), 1);
}

TEST_F(StoreTest, WhatIsOnDiskIsJudgedLikeAReply) {
  RunOnce({Key(0)});
  remote::StoredKeys keys = *Stored();
  for (const char* bad : {"", "{\"keys\":[]}", "<html>", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"}) {
    keys.jwk_set = bad;
    Store(keys);
    Restart();
    EXPECT_EQ(Judge(Key(0)), Reason::kKeysUnavailable) << bad;
    EXPECT_FALSE(Status().has_keys);
  }
}

TEST_F(StoreTest, ADamagedCopyIsReportedAndReplaced) {
  RunOnce({Key(0)});
  std::ofstream(file_) << "{";
  Serve({Key(1)});
  Restart();
  EXPECT_EQ(Events("stored_keys_refused"), 1);
  refresher_->RunDue();
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_EQ(Stored()->jwk_set, JwkSet(std::vector<SigningKey>{Key(1)}));
}

TEST_F(StoreTest, AFolderThatIsGoneCostsTheCopyOnly) {
  RunOnce({Key(0)});
  std::filesystem::remove_all(path_);
  Serve({Key(0), Key(1)});
  Pass(minutes(5));
  EXPECT_EQ(Judge(Key(1)), Reason::kAccepted);
  EXPECT_GE(Events("keys_not_stored"), 1);
}

}  // namespace
}  // namespace assay::testing
