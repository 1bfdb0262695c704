#include "engine/remote/feeds/file_feed.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tests/testing/engines.h"

namespace assay {
namespace {

using testing::Judge;
using testing::kIssuer;
using testing::kNow;
using testing::SigningKey;

class FileFeedTest : public ::testing::Test {
 protected:
  FileFeedTest() {
    folder_ = ::testing::TempDir() + "assay_feed_XXXXXX";
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    Write("");
  }
  ~FileFeedTest() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return folder_ + "/revoked.jsonl"; }

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
    config.log = [this](const LogEvent& event) { events_ += std::string(event.event) + " "; };
    return testing::MakeEngine(std::move(config));
  }
  std::string Token(const std::string& jti) const {
    return testing::Sign(key_, testing::HeaderOf(key_), testing::ClaimsWith("jti", "\"jti\":\"" + jti + "\""));
  }

  const SigningKey key_ = SigningKey::Make(Algorithm::kES256);
  std::string folder_;
  std::string events_;
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
  const std::string good = testing::Sign(
      key_, testing::HeaderOf(key_), testing::ClaimsWith("exp", "\"exp\":" + std::to_string(time_ + 1000)));
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
  EXPECT_TRUE(file.ReadIfChanged(time_ + 5)->has_value());
  EXPECT_FALSE(file.ReadIfChanged(time_ + 5)->has_value());
  file.Forget();
  EXPECT_TRUE(file.ReadIfChanged(time_ + 5)->has_value());
  Write("");
  EXPECT_TRUE(file.ReadIfChanged(time_ + 5)->has_value());
}

TEST_F(FileFeedTest, TheThreadSeesAReplacement) {
  const auto engine = Make();
  FileFeed feed(engine);
  feed.Start();
  Write(Line("one"));
  const std::string token = Token("one");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (Judge(engine, token) != Reason::kRevoked && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(Judge(engine, token), Reason::kRevoked);
  Write("no");
  const auto failed = [&] { return events_.find("revocation_feed_failed") != std::string::npos; };
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  feed.Stop();
  EXPECT_TRUE(failed());
}

}  // namespace
}  // namespace assay
