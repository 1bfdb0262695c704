// A keeper that fetches, through the C face, from a server on this machine.
#include <sys/stat.h>

#include <ctime>
#include <filesystem>

#include "tests/engine/c/c_engine.h"
#include "tests/engine/remote/loopback_server.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_folder.h"

namespace assay::testing {
namespace {

using CKeeper = std::unique_ptr<assay_keeper, decltype(&assay_keeper_free)>;

const SigningKey& Key(unsigned number) {
  static const SigningKey keys[] = {SigningKey::Make(Algorithm::kES256, "k0", 0),
                                    SigningKey::Make(Algorithm::kES256, "k1", 1)};
  return keys[number];
}

std::string TokenOf(const SigningKey& key) {
  return Sign(key, HeaderOf(key), ClaimsWith("exp", "\"exp\":" + std::to_string(std::time(nullptr) + 600)));
}

// Gateway: an engine whose keys are fetched from `url`, and the words that it logs.
struct Gateway {
  explicit Gateway(const std::string& url) {
    const CConfig config =
        MakeConfig(R"({"version":1,"issuers":[{"issuer":")" + std::string(kIssuer) + R"(","audiences":[")" +
                   std::string(kAudience) + R"("],"keys":{"url":")" + url + R"("}}]})");
    const assay_engine_options logged = {sizeof logged, log.Call(), &log, 0, 0};
    engine.reset(assay_engine_create(config.get(), &logged, nullptr));
  }

  // Keep: starts a keeper, and waits until its fetches have ended; an error's message where that fails.
  std::string Keep(std::string_view folder = "", std::string_view owner = "") {
    assay_keeper_options options = {};
    options.struct_size = sizeof options;
    options.key_folder = S(folder);
    options.key_folder_owner = S(owner);
    assay_error* error = nullptr;
    keeper.reset(assay_keeper_start(engine.get(), &options, &error));
    const std::string message = assay_error_message(error);
    assay_error_free(error);
    if (keeper != nullptr) {
      EXPECT_EQ(assay_keeper_wait(keeper.get(), 60'000), 1);
    }
    return message;
  }

  std::int32_t Judge(const std::string& token) const {
    const CWorker worker = MakeCWorker(engine);
    return assay_validate(worker.get(), S(token), std::time(nullptr));
  }

  CEventLog log;
  CEngine engine{nullptr, assay_engine_release};
  CKeeper keeper{nullptr, assay_keeper_free};
};

class CKeeperTest : public ::testing::Test {
 protected:
  CKeeperTest() {
    std::filesystem::create_directory(keys_);
    ::chmod(keys_.c_str(), 0700);
  }

  const TemporaryFolder folder_;
  const std::string keys_ = folder_.Path("keys");
  LoopbackServer server_{Serve(JwkSet(std::vector<SigningKey>{Key(0)}))};
};

TEST_F(CKeeperTest, WaitsForNoAnswerForLongerThanMinutes) {
  const Gateway gateway(server_.Url());
  assay_keeper_options options = {};
  options.struct_size = sizeof options;
  for (const std::uint32_t timeout : {300'001u, UINT32_MAX}) {
    options.fetch_timeout_ms = timeout;
    assay_error* error = nullptr;
    EXPECT_EQ(assay_keeper_start(gateway.engine.get(), &options, &error), nullptr) << timeout;
    EXPECT_EQ(assay_error_code(error), ASSAY_ERROR_ARGUMENT);
    assay_error_free(error);
  }
  options.fetch_timeout_ms = 300'000;
  const CKeeper keeper(assay_keeper_start(gateway.engine.get(), &options, nullptr), assay_keeper_free);
  EXPECT_NE(keeper, nullptr);
}

TEST_F(CKeeperTest, FetchesTheKeysByWhichTokensAreJudged) {
  Gateway gateway(server_.Url());
  EXPECT_EQ(gateway.Judge(TokenOf(Key(0))), ASSAY_KEYS_UNAVAILABLE);
  EXPECT_EQ(assay_engine_ready(gateway.engine.get()), 0);
  ASSERT_EQ(gateway.Keep(), "");
  EXPECT_EQ(assay_engine_ready(gateway.engine.get()), 1);
  EXPECT_EQ(gateway.Judge(TokenOf(Key(0))), ASSAY_ACCEPTED);
  EXPECT_EQ(gateway.Judge(TokenOf(SigningKey::Make(Algorithm::kES256, "k0", 9))),
            static_cast<int>(Reason::kBadSignature));
  EXPECT_EQ(gateway.Judge(TokenOf(Key(1))), static_cast<int>(Reason::kKeyNotFound));
  EXPECT_EQ(gateway.log.Count("key_set_loaded"), 1);
}

TEST_F(CKeeperTest, OfAnIssuerThatIsDownSaysSo) {
  server_.Refuse();
  Gateway gateway(server_.Url());
  ASSERT_EQ(gateway.Keep(), "");
  EXPECT_EQ(gateway.Judge(TokenOf(Key(0))), ASSAY_KEYS_UNAVAILABLE);
  EXPECT_GE(gateway.log.Count("refresh_failed"), 1);
}

TEST_F(CKeeperTest, SharesAKeyFolderAndTakesOverWhenTheOtherEnds) {
  Gateway first(server_.Url()), second(server_.Url());
  ASSERT_EQ(first.Keep(keys_), "");
  ASSERT_EQ(second.Keep(keys_), "");
  EXPECT_EQ(second.Judge(TokenOf(Key(0))), ASSAY_ACCEPTED);
  EXPECT_EQ(server_.connections(), 1) << "one fetches for both";
  server_.SetHandler(Serve(JwkSet(std::vector<SigningKey>{Key(0), Key(1)})));
  first.keeper.reset();
  EXPECT_TRUE(Eventually([&] { return second.Judge(TokenOf(Key(1))) == ASSAY_ACCEPTED; }));
  EXPECT_EQ(server_.connections(), 2);
  // For a start while the issuer is down.
  second.keeper.reset();
  server_.Refuse();
  Gateway third(server_.Url());
  ASSERT_EQ(third.Keep(keys_), "");
  EXPECT_EQ(third.Judge(TokenOf(Key(1))), ASSAY_ACCEPTED);
}

TEST_F(CKeeperTest, Hardening20AFolderThatIsNotItsOwnersIsRefusedAndItFetchesForItself) {
  Gateway of_nobody(server_.Url()), open(server_.Url());
  ASSERT_EQ(of_nobody.Keep(keys_, "no-such-user-here"), "");
  EXPECT_EQ(of_nobody.Judge(TokenOf(Key(0))), ASSAY_ACCEPTED);
  EXPECT_EQ(of_nobody.log.Count("key_folder_refused"), 1);
  ::chmod(keys_.c_str(), 0777);
  ASSERT_EQ(open.Keep(keys_), "");
  EXPECT_EQ(open.Judge(TokenOf(Key(0))), ASSAY_ACCEPTED);
  EXPECT_EQ(open.log.Count("key_folder_refused"), 1);
  EXPECT_EQ(server_.connections(), 2);
  EXPECT_TRUE(std::filesystem::is_empty(keys_));
}

TEST_F(CKeeperTest, AnOptionThatIsNoneIsRefused) {
  Gateway gateway(server_.Url());
  EXPECT_NE(gateway.Keep("", "root"), "") << "an owner of no folder";
  EXPECT_NE(gateway.Keep(std::string_view("a\0b", 3)), "");
  EXPECT_NE(gateway.Keep(keys_, std::string_view("\0", 1)), "");
  EXPECT_EQ(server_.connections(), 0);
}

}  // namespace
}  // namespace assay::testing
