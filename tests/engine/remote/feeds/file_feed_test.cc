#include "engine/remote/feeds/file_feed.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include "engine/remote/feeds/feed_thread.h"
#include "engine/remote/feeds/revocation_file.h"
#include "tests/testing/engines.h"
#include "tests/testing/event_log.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_folder.h"

namespace assay {
namespace {

using testing::Judge;
using testing::kIssuer;
using testing::kNow;
using testing::SigningKey;

class FileFeedTest : public ::testing::Test {
 protected:
  FileFeedTest() { Write(""); }

  std::string Path() const { return folder_.Path("revoked.jsonl"); }

  void Write(std::string_view text) {
    std::ofstream(Path() + ".new", std::ios::binary) << text;
    ASSERT_EQ(std::rename((Path() + ".new").c_str(), Path().c_str()), 0);
  }
  static std::string Line(const std::string& jti) {
    return FormatRevocation({RevokedBy::kJwtId, std::string(kIssuer), jti, {}, {}}) + "\n";
  }

  std::shared_ptr<Engine> Make(std::optional<std::int64_t> max_stale = std::nullopt) {
    EngineConfig config;
    config.issuers = {testing::IssuerWith({key_})};
    config.revocation.file = Path();
    config.revocation.max_stale_seconds = max_stale;
    config.log = log_.Callback();
    return testing::MakeEngine(std::move(config));
  }
  std::string Token(const std::string& jti) const {
    return testing::Sign(key_, testing::HeaderOf(key_), testing::ClaimsWith("jti", "\"jti\":\"" + jti + "\""));
  }

  const SigningKey key_ = SigningKey::Make(Algorithm::kES256);
  const testing::TemporaryFolder folder_;
  const testing::EventLog log_;
  std::int64_t time_ = feeds::SystemClock();
};

TEST_F(FileFeedTest, AReplacedFileCountsAsAWhole) {
  const auto engine = Make();
  FileFeed feed(engine, [this] { return time_; });
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted);
  Write(Line("one"));
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
  Write(Line("two"));
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted);
  EXPECT_EQ(Judge(engine, Token("two")), Reason::kRevoked);
}

TEST_F(FileFeedTest, ABadOrMissingFileChangesNothingUntilItIsStale) {
  const auto engine = Make(30);
  FileFeed feed(engine, [this] { return time_; });
  Write(Line("one"));
  ASSERT_TRUE(feed.Poll().ok());
  time_ += 20;
  Write(Line("one") + "{\"iss\":");
  EXPECT_FALSE(feed.Poll().ok());
  EXPECT_FALSE(feed.Poll().ok()) << "a refused file is not one that is known";
  EXPECT_EQ(Judge(engine, Token("one"), kNow), Reason::kRevoked);
  std::filesystem::remove(Path());
  EXPECT_FALSE(feed.Poll().ok());
  Worker worker(engine);
  const std::string good = testing::Sign(key_, testing::HeaderOf(key_),
                                         testing::ClaimsWith("exp", "\"exp\":" + std::to_string(time_ + 1000)));
  EXPECT_EQ(worker.Validate(good, time_ + 10).reason(), Reason::kAccepted);
  EXPECT_EQ(worker.Validate(good, time_ + 11).reason(), Reason::kRevocationUnavailable);
  time_ += 20;
  Write(Line("two"));
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(worker.Validate(good, time_).reason(), Reason::kAccepted);
}

TEST_F(FileFeedTest, AnUnchangedFileIsReadAgainOnlyUntilItHasSettled) {
  feeds::RevocationFile file(Path());
  ASSERT_TRUE(file.ReadIfChanged(time_)->has_value());
  EXPECT_TRUE(file.ReadIfChanged(time_)->has_value()) << "it changed just now, and may again within the tick";
  file.Installed();
  EXPECT_TRUE(file.ReadIfChanged(time_ + 5)->has_value());
  EXPECT_TRUE(file.ReadIfChanged(time_ + 5)->has_value()) << "what was read is not yet installed";
  file.Installed();
  EXPECT_FALSE(file.ReadIfChanged(time_ + 5)->has_value());
  Write("");
  EXPECT_TRUE(file.ReadIfChanged(time_ + 5)->has_value());
}

TEST_F(FileFeedTest, AFileThatChangesWhileItIsReadChangesNothing) {
  const auto engine = Make(30);
  FileFeed feed(engine, [this] { return time_; });
  Write(Line("one") + std::string(4 << 20, '\n'));
  ASSERT_TRUE(feed.Poll().ok());
  auto restless = std::make_unique<testing::RestlessFile>(Path());
  Result<void> polled;
  ASSERT_TRUE(testing::Eventually([&] {
    time_ += 31;
    polled = feed.Poll();
    return !polled.ok();
  }));
  restless.reset();
  EXPECT_NE(polled.error().find("changed while it was read"), std::string::npos) << polled.error();
  EXPECT_EQ(Judge(engine, Token("one"), kNow), Reason::kRevoked);
  Worker worker(engine);
  const std::string good = testing::Sign(key_, testing::HeaderOf(key_),
                                         testing::ClaimsWith("exp", "\"exp\":" + std::to_string(time_ + 1000)));
  EXPECT_EQ(worker.Validate(good, time_).reason(), Reason::kRevocationUnavailable);
}

// Nothing but a rename says that a shorter file is meant.
TEST_F(FileFeedTest, AFileThatBecomesShorterInPlaceSetsNothingFree) {
  const auto engine = Make(30);
  FileFeed feed(engine, [this] { return time_; });
  Write(Line("one") + Line("two"));
  ASSERT_TRUE(feed.Poll().ok());
  time_ += 31;
  const std::string good = testing::Sign(key_, testing::HeaderOf(key_),
                                         testing::ClaimsWith("exp", "\"exp\":" + std::to_string(time_ + 1000)));
  Worker worker(engine);
  for (const std::string& shorter : {std::string(), Line("two")}) {
    std::ofstream(Path(), std::ios::binary) << shorter;
    const Result<void> polled = feed.Poll();
    ASSERT_FALSE(polled.ok());
    EXPECT_EQ(polled.error(), Path() + ": became shorter in place; replace it by rename");
    EXPECT_EQ(Judge(engine, Token("one"), kNow), Reason::kRevoked);
    EXPECT_EQ(worker.Validate(good, time_).reason(), Reason::kRevocationUnavailable);
  }
  Write(Line("two"));
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one"), kNow), Reason::kAccepted);
  EXPECT_EQ(worker.Validate(good, time_).reason(), Reason::kAccepted);
}

TEST_F(FileFeedTest, AFileThatGrowsInPlaceCounts) {
  const auto engine = Make();
  FileFeed feed(engine, [this] { return time_; });
  Write(Line("one"));
  ASSERT_TRUE(feed.Poll().ok());
  std::ofstream(Path(), std::ios::binary | std::ios::app) << Line("two");
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, Token("two")), Reason::kRevoked);
}

// File systems give a number that has become free to the next file.
TEST_F(FileFeedTest, TheInodeOfTheFileInUseIsNotGivenToItsSuccessors) {
  feeds::RevocationFile file(Path());
  Write(std::string(100, '\n'));
  ASSERT_TRUE(file.ReadIfChanged(time_)->has_value());
  file.Installed();
  for (int i = 0; i < 8; ++i) Write(std::string(static_cast<std::size_t>(8 - i), '\n'));
  EXPECT_TRUE(file.ReadIfChanged(time_).ok());
}

// What the engine has read itself may be of another process, long ago.
TEST_F(FileFeedTest, UntilItsFirstLookIsGoodNobodyKnowsHowOldTheListIs) {
  const auto engine = Make();
  FileFeed feed(engine, [this] { return time_; });
  EXPECT_EQ(Judge(engine, Token("two")), Reason::kAccepted) << "nobody keeps the list yet";
  Write(Line("one") + "oops");
  EXPECT_FALSE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevocationUnavailable);
  Write(Line("one"));
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
  EXPECT_EQ(Judge(engine, Token("two")), Reason::kAccepted);
  Write("oops");
  EXPECT_FALSE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked) << "what was read stays";
  EXPECT_EQ(Judge(engine, Token("two")), Reason::kAccepted);
}

TEST_F(FileFeedTest, NoTokenIsJudgedByAnOlderListOnceItHasStarted) {
  const auto engine = Make();
  Write(Line("one"));
  FileFeed feed(engine);
  feed.Start();
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
}

TEST_F(FileFeedTest, WhatWasDroppedByAClockThatWasAheadComesBack) {
  const auto engine = Make();
  const std::int64_t now = time_;
  Write(FormatRevocation({RevokedBy::kJwtId, std::string(kIssuer), "one", now + 600, {}}) + "\n");
  std::filesystem::last_write_time(Path(), std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  FileFeed feed(engine, [this] { return time_; });
  time_ = now + 7200;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted) << "by that clock the token is long over";
  time_ = now;
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
}

TEST_F(FileFeedTest, AFileThatIsWrittenAnewInPlaceSetsNothingFree) {
  const auto engine = Make();
  FileFeed feed(engine, [this] { return time_; });
  Write(Line("one"));
  ASSERT_TRUE(feed.Poll().ok());
  std::ofstream(Path(), std::ios::binary) << Line("two") << Line("three");
  const Result<void> polled = feed.Poll();
  ASSERT_FALSE(polled.ok()) << "the writer is under way";
  EXPECT_EQ(polled.error(), Path() + ": was written anew in place; replace it by rename");
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kRevoked);
  Write(Line("two"));
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one")), Reason::kAccepted);
}

// A pipe's end would be an empty list.
TEST_F(FileFeedTest, APipeIsNoFileAndIsNotWaitedFor) {
  const std::string pipe = folder_.Path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  feeds::RevocationFile file(pipe);
  const auto read = file.ReadIfChanged(time_);
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().find("is a pipe"), std::string::npos) << read.error();
  EngineConfig config;
  config.issuers = {testing::IssuerWith({key_})};
  config.revocation.file = pipe;
  const auto engine = Engine::Create(std::move(config));
  ASSERT_FALSE(engine.ok());
  EXPECT_NE(engine.error().find("is a pipe"), std::string::npos) << engine.error();
}

// Whoever sets the clock back does not make an old list younger.
TEST_F(FileFeedTest, AListIsStaleByTheMonotonicClockToo) {
  const auto engine = Make(1);
  FileFeed feed(engine, [this] { return time_; });
  ASSERT_TRUE(feed.Poll().ok());
  std::filesystem::remove(Path());
  time_ -= 3600;
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_FALSE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one"), kNow), Reason::kRevocationUnavailable);
  Write("");
  ASSERT_TRUE(feed.Poll().ok());
  EXPECT_EQ(Judge(engine, Token("one"), kNow), Reason::kAccepted);
}

TEST_F(FileFeedTest, TheThreadSeesAReplacement) {
  const auto engine = Make();
  FileFeed feed(engine);
  feed.Start();
  Write(Line("one"));
  const std::string token = Token("one");
  EXPECT_TRUE(testing::Eventually([&] { return Judge(engine, token) == Reason::kRevoked; }));
  Write("no");
  EXPECT_TRUE(testing::Eventually([&] { return log_.Count("revocation_feed_failed") > 0; }));
}

TEST_F(FileFeedTest, AStepThatThrowsIsLoggedAndTriedAgain) {
  const auto engine = Make(30);
  std::atomic<int> looks{0};
  const std::int64_t now = time_;
  {
    FileFeed feed(engine, [&] {
      if (++looks <= 2) throw std::bad_alloc();
      return now;
    });
    feed.Start();
    ASSERT_TRUE(testing::Eventually([&] { return looks >= 4; }));
  }
  const std::vector<std::string> words = log_.Words();
  const auto failed = std::find(words.begin(), words.end(), "revocation_feed_failed");
  ASSERT_NE(failed, words.end());
  EXPECT_EQ(log_.Count("revocation_feed_failed"), 1) << "said once";
  EXPECT_NE(std::find(failed, words.end(), "revocation_feed_restored"), words.end());
}

// A server that fails and works in turn, with texts that a terminal would obey.
TEST(FeedLog, GoesByTheEnginesOneLoggerAtItsRateAndEscaped) {
  std::map<std::string, int> counts;
  std::string bytes;
  EngineConfig config;
  config.issuers = {testing::IssuerWith({SigningKey::Make(Algorithm::kES256)})};
  config.log = [&](const LogEvent& event) {
    ++counts[std::string(event.event)];
    for (const auto& [name, value] : event.fields) bytes += value;
  };
  const auto engine = testing::MakeEngine(std::move(config));
  feeds::FeedLog log(RevocationFeed(engine, RevocationSource::kFile), "redis \xC2\x9B");
  bytes.clear();
  for (int i = 0; i < 500; ++i) {
    log.Note(
        Error{"ERR \xC2\x9B"
              "31m \xE2\x80\xAE \xFF\xFE \" " +
              std::to_string(i)});
    log.Warn("revocation_feed_empty", std::to_string(i));
    log.Note({});
  }
  // Two windows of a second at most, unless the machine stood still.
  for (const char* word : {"revocation_feed_failed", "revocation_feed_restored", "revocation_feed_empty"}) {
    EXPECT_GE(counts[word], 10) << word;
    EXPECT_LE(counts[word], 50) << word;
  }
  for (const char* raw : {"\xC2\x9B", "\xE2\x80\xAE", "\xFF", "\xFE"}) EXPECT_EQ(bytes.find(raw), bytes.npos);
  EXPECT_NE(bytes.find("\\u009b31m \\u202e \xEF\xBF\xBD\xEF\xBF\xBD \\\""), bytes.npos) << bytes;
}

}  // namespace
}  // namespace assay
