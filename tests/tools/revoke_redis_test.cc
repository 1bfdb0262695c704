// assay revoke --redis, and assay verify --revocations redis://, against a real server.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "tests/engine/remote/feeds/redis_server.h"
#include "tests/testing/eventually.h"
#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

class RevokeRedisTest : public CommandTest {
 protected:
  void SetUp() override {
    if (!testing::HasRedisServer()) GTEST_SKIP() << "no redis-server on this machine";
    server_.emplace();
    CommandTest::SetUp();
  }
  Outcome Revoke(const Arguments& more) const {
    Arguments arguments = {"revoke", "--redis", server_->url(), "--issuer", kIssuer};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunAssay(arguments);
  }
  Outcome VerifyFromRedis(const std::string& tokens, const Arguments& more = {}) const {
    Arguments arguments = {"--revocations", server_->url()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Verify(tokens, arguments);
  }
  std::string TokenOf(const std::string& more) {
    return MintOne(std::string(kClaims, sizeof(kClaims) - 2) + "," + more + "}") + "\n";
  }

  std::optional<testing::RedisServer> server_;
};

// Writes the token again and again until the command's answer to it ends in `wanted`. False after a minute.
bool AwaitVerdict(Process& process, const std::string& token, const std::string& wanted) {
  const auto end = std::chrono::steady_clock::now() + testing::kGenerousTimeout;
  while (std::chrono::steady_clock::now() < end) {
    process.Write(token);
    const std::optional<std::string> line = process.ReadLine();
    if (!line) return false;
    if (line->find(wanted) != std::string::npos) return true;
  }
  return false;
}

TEST_F(RevokeRedisTest, WhatIsAcceptedBeforeIsRevokedAfter) {
  const std::string tokens = TokenOf(R"("sub":"alice","client_id":"c1","sid":"s1","jti":"j1")") +
                             TokenOf(R"("sub":"bob","client_id":"c2","sid":"s2","jti":"j2")") +
                             TokenOf(R"("sub":"carol","client_id":"c3","sid":"s3","jti":"j3")") +
                             TokenOf(R"("sub":"dave","client_id":"c4","sid":"s4","jti":"j4")") +
                             TokenOf(R"("sub":"erin","client_id":"c5","sid":"s5","jti":"j5")");
  const Outcome before = VerifyFromRedis(tokens);
  EXPECT_EQ(before.status, 0) << before.err;
  EXPECT_EQ(before.out,
            "1 accept accepted\n2 accept accepted\n3 accept accepted\n4 accept accepted\n5 accept accepted\n");
  for (const Arguments& what :
       {Arguments{"--sub", "alice"}, Arguments{"--client-id", "c2"}, Arguments{"--sid", "s3"},
        Arguments{"--jti", "j4", "--exp", "9999999999"}, Arguments{"--sub", "erin", "--issued-before", "1000"}}) {
    const Outcome revoked = Revoke(what);
    EXPECT_EQ(revoked.status, 0) << revoked.err;
    EXPECT_EQ(revoked.out, "");
  }
  const Outcome after = VerifyFromRedis(tokens);
  EXPECT_EQ(after.status, 1) << after.err;
  EXPECT_EQ(after.out,
            "1 reject revoked by its sub\n2 reject revoked by its client_id\n3 reject revoked by its sid\n"
            "4 reject revoked by its jti\n5 accept accepted\n");
  const Outcome json = VerifyFromRedis(tokens, {"--format", "json"});
  EXPECT_NE(json.out.find(R"("line":1,"verdict":"reject","reason":"revoked")"), std::string::npos) << json.out;
}

TEST_F(RevokeRedisTest, ARunningCommandSeesWhatIsRevokedMeanwhile) {
  const std::string token = TokenOf(R"("sub":"alice")");
  Process process([&] {
    Arguments arguments = {ASSAY_COMMAND};
    const Arguments verify = VerifyArguments({"--revocations", server_->url()});
    arguments.insert(arguments.end(), verify.begin(), verify.end());
    return arguments;
  }());
  process.Write(token);
  EXPECT_EQ(process.ReadLine(), "1 accept accepted");
  ASSERT_EQ(Revoke({"--sub", "alice"}).status, 0);
  EXPECT_TRUE(AwaitVerdict(process, token, " reject revoked by its sub"));
  EXPECT_EQ(process.Finish().status, 1);
}

TEST_F(RevokeRedisTest, WhenTheServerIsLostTokensAreRefusedUntilItIsBack) {
  const std::string config = folder_.File("config", R"({"version":1,"issuers":[{"issuer":")" + std::string(kIssuer) +
                                                        R"(","audiences":[")" + kAudience + R"("],"keys":{"file":")" +
                                                        jwks_ + R"("}}],"revocation":{"redis":{"url":")" +
                                                        server_->url() + R"("},"max_stale_seconds":1}})");
  const std::string token = TokenOf(R"("sub":"alice")");
  Process process({ASSAY_COMMAND, "verify", "--config", config});
  EXPECT_TRUE(AwaitVerdict(process, token, " accept accepted"));
  server_->Kill();
  EXPECT_TRUE(AwaitVerdict(process, token, " reject revocation_unavailable"));
  server_->Restart();
  EXPECT_TRUE(AwaitVerdict(process, token, " accept accepted"));
  const Outcome outcome = process.Finish();
  EXPECT_EQ(outcome.status, 1);
}

TEST_F(RevokeRedisTest, WithoutTheServerNothingIsDoneAndTheStatusIsTwo) {
  const std::string token = TokenOf(R"("sub":"alice")");
  server_->Kill();
  ExpectError(VerifyFromRedis(token), "Redis: cannot connect to 127.0.0.1 port ");
  ExpectError(Revoke({"--sub", "alice"}), "Redis: cannot connect to 127.0.0.1 port ");
}

TEST_F(RevokeRedisTest, ManyAtOnceComeFromLines) {
  std::string lines, tokens, verdicts;
  for (int i = 0; i < 3; ++i) {
    const std::string jti = "j" + std::to_string(i);
    lines += R"({"iss":")" + std::string(kIssuer) + R"(","jti":")" + jti + "\"}\n";
    tokens += TokenOf(R"("jti":")" + jti + "\"");
    verdicts += std::to_string(i + 1) + " reject revoked by its jti\n";
  }
  const Outcome bad = RunAssay({"revoke", "--redis", server_->url(), "--from", "-"}, lines + "{}\n");
  ExpectError(bad, "line 4 has none of jti, sub, sid, client_id");
  EXPECT_EQ(VerifyFromRedis(tokens).status, 0) << "nothing is half done";
  ASSERT_EQ(RunAssay({"revoke", "--redis", server_->url(), "--from", "-"}, lines).status, 0);
  EXPECT_EQ(VerifyFromRedis(tokens).out, verdicts);
}

TEST_F(RevokeRedisTest, APasswordIsUsedAndAWrongOneToldWithoutShowingIt) {
  server_->Do({"ACL", "SETUSER", "gateway", "on", ">s@cret", "~*", "+@all"});
  const std::string address = server_->url().substr(sizeof("redis://") - 1);
  const std::string token = TokenOf(R"("sub":"alice")");
  const std::string good = "redis://gateway:s%40cret@" + address + "/3";
  EXPECT_EQ(RunAssay({"revoke", "--redis", good, "--issuer", kIssuer, "--sub", "alice"}).status, 0);
  EXPECT_EQ(Verify(token, {"--revocations", good}).out, "1 reject revoked by its sub\n");
  EXPECT_EQ(VerifyFromRedis(token).out, "1 accept accepted\n") << "another database";
  const Outcome wrong = Verify(token, {"--revocations", "redis://gateway:other@" + address});
  ExpectError(wrong, "WRONGPASS");
  EXPECT_EQ(wrong.err.find("other"), std::string::npos) << wrong.err;
}

}  // namespace
}  // namespace assay::test
