// By which way an issuer's keys are fetched: what a configuration may say, from a file and in C++ alike.
#include "engine/config/key_transport.h"

#include <gtest/gtest.h>

#include "engine/config/validate.h"
#include "tests/testing/engines.h"

namespace assay {
namespace {

Result<EngineConfig> Read(const std::string& keys) {
  return EngineConfig::FromJson(
      "{\"version\":1,\"issuers\":[{\"issuer\":\"https://a.example\",\"audiences\":[\"x\"],\n\"keys\":{" + keys +
          "}}]}",
      "f");
}

TEST(KeyTransport, EveryMemberIsRead) {
  const Result<EngineConfig> config =
      Read(R"("url":"https://a.example/k","ca_file":"ca.pem","system_ca":true,"bearer_token_file":"t","proxy":)"
           R"("http://u:p@proxy:3128","no_proxy":"corp.example","private_addresses":true)");
  ASSERT_TRUE(config.ok()) << config.error();
  const KeyTransport& transport = config->issuers[0].keys.transport;
  EXPECT_EQ(transport.ca_file, "ca.pem");
  EXPECT_TRUE(transport.system_ca);
  EXPECT_EQ(transport.bearer_token_file, "t");
  EXPECT_EQ(transport.proxy, "http://u:p@proxy:3128");
  EXPECT_EQ(transport.no_proxy, "corp.example");
  EXPECT_TRUE(transport.private_addresses);
  EXPECT_FALSE(transport.plain_http_is_dangerous);
  EXPECT_TRUE(ValidateKeySource(config->issuers[0]).ok());
  EXPECT_EQ(Read(R"("discover":true,"proxy":"","no_proxy":"")")->issuers[0].keys.transport.proxy, "");
  EXPECT_EQ(Read(R"("discover":true)")->issuers[0].keys.transport, KeyTransport());
  EXPECT_EQ(Read(R"("discover":true,"system_ca":false,"plain_http_is_dangerous":false)")->issuers[0].keys,
            Read(R"("discover":true)")->issuers[0].keys);
}

TEST(KeyTransport, PlainHttpLeadsElsewhereOnlyWhereItIsSaid) {
  EXPECT_TRUE(Read(R"("url":"http://keycloak:8080/k","plain_http_is_dangerous":true)").ok());
  for (const char* address : {"127.0.0.1", "10.0.0.1", "[::1]", "[fd00::1]"}) {
    const std::string url = R"("url":"http://)" + std::string(address) + R"(/k","plain_http_is_dangerous":true)";
    EXPECT_TRUE(Read(url).ok()) << Read(url).error();
  }
  for (const char* keys :
       {R"("url":"http://keycloak:8080/k")", R"("url":"http://keycloak:8080/k","private_addresses":true)",
        R"("url":"http://keycloak:8080/k","plain_http_is_dangerous":false)"}) {
    const std::string error = Read(keys).error();
    EXPECT_EQ(error.find("f:2: /issuers/0/keys/url: must be an https: URL"), 0u) << error;
    EXPECT_NE(error.find("say plain_http_is_dangerous"), std::string::npos) << error;
  }
  const std::string other = Read(R"("url":"ftp://keycloak/k")").error();
  EXPECT_EQ(other.find("plain_http_is_dangerous"), std::string::npos) << other;
}

// A hint that is followed leads to a file that is taken.
TEST(KeyTransport, PlainHttpOfWhatIsNoUrlHasAnotherWayOut) {
  const std::string way = "give the keys' url, for which plain_http_is_dangerous can be said";
  for (const char* keys : {R"("x509_url":"http://fb.internal/x")", R"("x509_url":"http://10.0.0.1/x")"}) {
    const std::string error = Read(keys).error();
    EXPECT_NE(error.find(way), std::string::npos) << error;
    EXPECT_EQ(error.find("in, say plain_http_is_dangerous"), std::string::npos) << error;
  }
  EXPECT_EQ(Read(R"("x509_url":"http://fb.internal/x","plain_http_is_dangerous":true)").error(),
            "f:2: /issuers/0/keys/plain_http_is_dangerous: is for a url only: give the keys' url, that of a JWK Set");
  EXPECT_EQ(Read(R"("x509_url":"https://fb.internal/x","plain_http_is_dangerous":true)").error(),
            "f:2: /issuers/0/keys/plain_http_is_dangerous: is for a url only");
  for (const bool flag : {false, true}) {
    const auto config = EngineConfig::FromJson(
        R"({"version":1,"issuers":[{"issuer":"http://keycloak:8080/realms/r","audiences":["x"],"keys":{"discover":true)" +
            std::string(flag ? R"(,"plain_http_is_dangerous":true)" : "") + "}}]}",
        "f");
    EXPECT_EQ(config.error().find("f:1: /issuers/0/keys/discover: cannot work: the issuer must be an https: URL"), 0u)
        << config.error();
    EXPECT_NE(config.error().find(way), std::string::npos) << config.error();
    IssuerConfig issuer = testing::IssuerWith("");
    issuer.policy.issuer = "http://keycloak:8080/realms/r";
    issuer.keys = {KeySource::Kind::kDiscover, "", {.plain_http_is_dangerous = flag}};
    EXPECT_NE(ValidateKeySource(issuer).error().find(way), std::string::npos) << ValidateKeySource(issuer).error();
  }
  const std::string other = Read(R"("x509_url":"ftp://h/x")").error();
  EXPECT_EQ(other.find("plain_http_is_dangerous"), std::string::npos) << other;
  EXPECT_TRUE(Read(R"("url":"http://keycloak:8080/certs","plain_http_is_dangerous":true)").ok());
}

TEST(KeySourceFile, PemIsAPathOrPathsByKid) {
  EXPECT_EQ(Read(R"("pem_file":"k.pem")")->issuers[0].keys, (KeySource{KeySource::Kind::kPemFile, "k.pem"}));
  const Result<EngineConfig> by_kid = Read(R"("pem_file":{"a":"a.pem","":"b.pem"})");
  ASSERT_TRUE(by_kid.ok()) << by_kid.error();
  EXPECT_EQ(by_kid->issuers[0].keys.pem_files, (std::map<std::string, std::string>{{"", "b.pem"}, {"a", "a.pem"}}));
  EXPECT_EQ(Read(R"("x509_url":"https://a.example/c","ca_file":"c")")->issuers[0].keys.kind, KeySource::Kind::kX509Url);
  for (const auto& [keys, pointer] :
       {std::pair{R"("pem_file":{})", "pem_file: "}, std::pair{R"("pem_file":{"a":1})", "pem_file/a: "},
        std::pair{R"("pem_file":[])", "pem_file: "}, std::pair{R"("pem_file":"k","ca_file":"c")", "ca_file: "},
        std::pair{R"("x509_url":"http://a.example/c")", "x509_url: "},
        std::pair{R"("x509_url":"http://a.example/c","plain_http_is_dangerous":true)", "plain_http_is_dangerous: "}}) {
    EXPECT_EQ(Read(keys).error().find("f:2: /issuers/0/keys/" + std::string(pointer)), 0u)
        << keys << Read(keys).error();
  }
}

struct Contradiction {
  const char* keys;
  const char* member;
};

class ContradictionTest : public ::testing::TestWithParam<Contradiction> {};

// From a file with its line and pointer; from C++, where the file would have said the same, by Create and by Reload.
TEST_P(ContradictionTest, IsRefused) {
  const std::string error = Read(GetParam().keys).error();
  const std::string pointer = "f:2: /issuers/0/keys/" + std::string(GetParam().member) + ": ";
  EXPECT_EQ(error.find(pointer), 0u) << error;
}

INSTANTIATE_TEST_SUITE_P(
    All, ContradictionTest,
    ::testing::Values(
        Contradiction{R"("url":"http://8.8.8.8/k","plain_http_is_dangerous":true)", "plain_http_is_dangerous"},
        Contradiction{R"("url":"http://[2606:4700::1]/k","plain_http_is_dangerous":true)", "plain_http_is_dangerous"},
        Contradiction{R"("file":"k.json","ca_file":"c")", "ca_file"},
        Contradiction{R"("file":"k.json","system_ca":true)", "system_ca"},
        Contradiction{R"("file":"k.json","bearer_token_file":"t")", "bearer_token_file"},
        Contradiction{R"("proxy":"","inline":{"keys":[]})", "proxy"},
        Contradiction{R"("no_proxy":"","inline":{"keys":[]})", "no_proxy"},
        Contradiction{R"("file":"k.json","plain_http_is_dangerous":true)", "plain_http_is_dangerous"},
        Contradiction{R"("file":"k.json","private_addresses":true)", "private_addresses"},
        Contradiction{R"("url":"https://a.example/k","system_ca":true)", "system_ca"},
        Contradiction{R"("url":"http://127.0.0.1/k","ca_file":"c")", "ca_file"},
        Contradiction{R"("url":"http://127.0.0.1/k","bearer_token_file":"t")", "bearer_token_file"},
        Contradiction{R"("url":"http://a.example/k","plain_http_is_dangerous":true,"bearer_token_file":"t")",
                      "bearer_token_file"},
        Contradiction{R"("url":"http://a.example/k","plain_http_is_dangerous":true,"proxy":"http://p:1")",
                      "plain_http_is_dangerous"},
        Contradiction{R"("discover":true,"plain_http_is_dangerous":true)", "plain_http_is_dangerous"},
        Contradiction{R"("url":"https://a.example/k","plain_http_is_dangerous":true)", "plain_http_is_dangerous"},
        Contradiction{R"("url":"http://127.0.0.1/k","proxy":"http://p:1")", "proxy"},
        Contradiction{R"("url":"https://a.example/k","proxy":"socks5://p:1")", "proxy"},
        Contradiction{R"("url":"https://a.example/k","proxy":"http://p")", "proxy"},
        Contradiction{R"("url":"https://a.example/k","proxy":"","no_proxy":"x")", "no_proxy"},
        Contradiction{R"("url":"https://a.example/k","proxy":null)", "proxy"},
        Contradiction{R"("url":"https://a.example/k","ca_file":"")", "ca_file"},
        Contradiction{R"("url":"https://a.example/k","private_addresses":1)", "private_addresses"},
        Contradiction{R"("url":"https://a.example/k","system_ca":null)", "system_ca"}));

TEST(KeyTransport, CreateAndReloadRefuseAContradiction) {
  const auto configured = [](KeyTransport transport) {
    EngineConfig config;
    config.issuers = {testing::IssuerWith("")};
    config.issuers[0].keys = {KeySource::Kind::kUrl, "https://a.example/k", std::move(transport)};
    return config;
  };
  const std::shared_ptr<Engine> engine = testing::MakeEngine(configured({}));
  for (const KeyTransport& transport : {KeyTransport{.system_ca = true}, KeyTransport{.proxy = "https://p:1"},
                                        KeyTransport{.plain_http_is_dangerous = true}}) {
    const auto created = Engine::Create(configured(transport));
    EXPECT_NE(created.error().find(": keys."), std::string::npos) << created.error();
    EXPECT_EQ(engine->Reload(configured(transport)).error(), created.error());
  }
  EngineConfig plain = configured({});
  plain.issuers[0].keys.value = "http://a.example/k";
  EXPECT_NE(Engine::Create(plain).error().find("--plain-http-is-dangerous"), std::string::npos);
  plain.issuers[0].keys.transport.plain_http_is_dangerous = true;
  EXPECT_TRUE(Engine::Create(plain).ok());
}

}  // namespace
}  // namespace assay
