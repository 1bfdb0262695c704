// Redis by TLS: whom the connection believes, and what it sends before.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "engine/remote/feeds/redis_connection.h"
#include "engine/remote/feeds/redis_feed.h"
#include "engine/remote/feeds/redis_follower.h"
#include "tests/engine/remote/feeds/redis_server.h"
#include "tests/engine/remote/loopback_server.h"
#include "tests/engine/remote/test_ca.h"
#include "tests/testing/engines.h"
#include "tests/testing/eventually.h"

namespace assay {
namespace {

using feeds::RedisConnection;
using testing::Certificate;
using testing::kIssuer;
using testing::kNow;
using testing::LoopbackServer;
using testing::Peer;
using testing::RedisServer;
using testing::TestCa;

class RedisTlsTest : public ::testing::Test {
 protected:
  RedisTlsTest() : ca_file_(folder_.File("ca.pem", ca_.Pem())) {}

  // A Redis server that shows this certificate.
  std::unique_ptr<RedisServer> Serve(const Certificate& certificate) const {
    const std::vector<std::string> options = {
        "--tls-cert-file",    folder_.File("cert.pem", certificate.CertificatePem()),
        "--tls-key-file",     folder_.File("key.pem", certificate.KeyPem()),
        "--tls-ca-cert-file", ca_file_,
        "--tls-auth-clients", "no"};
    return std::make_unique<RedisServer>(options, ca_file_);
  }
  std::string ErrorOf(const RedisConfig& config) const {
    const auto opened = RedisConnection::Open(config);
    return opened ? "" : opened.error();
  }
  RedisConfig ConfigOf(const LoopbackServer& server, const std::string& host = "127.0.0.1") const {
    return {.url = "rediss://user:secret@" + host + ":" + std::to_string(server.port()), .ca_file = ca_file_};
  }

  const TestCa ca_;
  const testing::TemporaryFolder folder_;
  const std::string ca_file_;
};

TEST_F(RedisTlsTest, WhatIsPublishedIsFollowed) {
  if (!testing::HasRedisServer()) GTEST_SKIP() << "no redis-server on this machine";
  const auto server = Serve(ca_.Issue());
  std::vector<Revocation> revocations;  // more than one page, and than one record of TLS
  for (int i = 0; i < 3000; ++i) {
    revocations.push_back({RevokedBy::kJwtId, std::string(kIssuer), "token " + std::to_string(i), {}, {}});
  }
  const Result<void> published = PublishToRedis(server->config(), revocations);
  ASSERT_TRUE(published.ok()) << published.error();

  const auto key = testing::SigningKey::Make(Algorithm::kES256);
  EngineConfig config;
  config.issuers = {testing::IssuerWith({key})};
  config.revocation.redis = server->config();
  const auto engine = testing::MakeEngine(std::move(config));
  feeds::RedisFollower follower(engine, [] { return kNow; });
  const Result<void> step = follower.Step(std::chrono::milliseconds(0));
  ASSERT_TRUE(step.ok()) << step.error();
  EXPECT_NE(engine->MetricsText().find("\nassay_revocations 3000\n"), std::string::npos);
}

TEST_F(RedisTlsTest, OnlyACertificateOfTheCaForTheHostIsBelieved) {
  std::atomic<int> words{0};
  const auto error = [&](const Certificate& certificate, const std::string& host = "127.0.0.1") {
    LoopbackServer server(
        [&](Peer& peer) {
          if (!peer.ReadRequest().empty()) ++words;
        },
        &certificate);
    return ErrorOf(ConfigOf(server, host));
  };
  const std::string wrong_name = error(ca_.Issue({.dns_names = {"other.example"}, .ip_addresses = {"127.0.0.2"}}));
  EXPECT_NE(wrong_name.find("no alternative certificate subject name matches"), std::string::npos) << wrong_name;
  EXPECT_NE(error(TestCa().Issue()), "");
  EXPECT_NE(error(ca_.Issue({.self_signed = true})), "");
  EXPECT_NE(error(ca_.Issue({.valid_from = -7200, .valid_to = -3600})).find("expired"), std::string::npos);
  // libcurl would take the subject for the host's name.
  const std::string no_name =
      error(ca_.Issue({.dns_names = {}, .ip_addresses = {}, .emails = {"a@b.example"}, .common_name = "localhost"}),
            "localhost");
  EXPECT_NE(no_name.find("names no host"), std::string::npos) << no_name;
  EXPECT_EQ(words, 0) << "no password goes to whom it is not for";
}

TEST_F(RedisTlsTest, TheSystemsCertificatesDoNotVouchBesideACaFile) {
  const Certificate certificate = ca_.Issue();
  LoopbackServer server([](Peer& peer) { peer.ReadRequest(); }, &certificate);
  RedisConfig config = ConfigOf(server);
  config.ca_file = folder_.File("other.pem", TestCa().Pem());
  EXPECT_NE(ErrorOf(config), "");
  config.ca_file.clear();  // the system's, which do not know the test's
  EXPECT_NE(ErrorOf(config), "");
}

TEST_F(RedisTlsTest, AServerWithoutTlsGetsNothing) {
  std::string got;
  LoopbackServer server([&](Peer& peer) { got = peer.ReadRequest(); });
  EXPECT_NE(ErrorOf(ConfigOf(server)), "");
  EXPECT_EQ(got.find("secret"), std::string::npos);
}

TEST_F(RedisTlsTest, AServerThatSaysNothingIsGivenUp) {
  const Certificate certificate = ca_.Issue();
  LoopbackServer server([](Peer& peer) { peer.AwaitClose(); }, &certificate);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(ErrorOf(ConfigOf(server)), "Redis: timed out");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, testing::kGenerousTimeout);
}

TEST_F(RedisTlsTest, AnswersThatAreNoneEndTheConnection) {
  const Certificate certificate = ca_.Issue();
  for (const auto& [answer, wanted] :
       {std::pair{"HTTP/1.1 400 Bad Request\r\n\r\n", "Redis: Protocol error"}, std::pair{"", "Redis: "},
        std::pair{"+O", "Redis: "},  // closed, or reset
        std::pair{"-WRONGPASS no\r\n", "Redis: AUTH was refused (WRONGPASS)"},
        std::pair{"-ERR unknown command `AUTH`, with args `secret`\r\n", "Redis: AUTH was refused (ERR)"}}) {
    LoopbackServer server([text = std::string(answer)](Peer& peer) { peer.Send(text); }, &certificate);
    EXPECT_EQ(ErrorOf(ConfigOf(server)).substr(0, std::string_view(wanted).size()), wanted);
  }
}

TEST_F(RedisTlsTest, APasswordComesFromItsFileAtEachConnection) {
  if (!testing::HasRedisServer()) GTEST_SKIP() << "no redis-server on this machine";
  const std::string path = folder_.File("password", "s3cret\n");
  RedisServer server;
  RedisConfig config{.url = server.url(), .password_file = path};
  server.Do({"ACL", "SETUSER", "gateway", "on", ">s3cret", "+@all", "~*"});
  config.user = "gateway";
  EXPECT_EQ(ErrorOf(config), "");
  folder_.File("password", "other\r\n");
  EXPECT_NE(ErrorOf(config).find("WRONGPASS"), std::string::npos) << ErrorOf(config);
  folder_.File("password", "s3cret");
  EXPECT_EQ(ErrorOf(config), "");
  for (const char* const empty : {"", "\n"}) {
    folder_.File("password", empty);
    EXPECT_NE(ErrorOf(config).find("is empty"), std::string::npos) << ErrorOf(config);
  }
}

}  // namespace
}  // namespace assay
