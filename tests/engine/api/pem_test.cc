// Keys from PEM files and from certificates, through the whole engine.
#include <gtest/gtest.h>

#include "engine/json/text.h"
#include "engine/jwks/jwk_set.h"
#include "tests/engine/jwks/example_pem.h"
#include "tests/testing/engines.h"
#include "tests/testing/temporary_folder.h"

namespace assay::testing {
namespace {

class PemTest : public ::testing::Test {
 protected:
  static std::string SpkiOf(const SigningKey& key) {
    return testing::SpkiOf(*(*jwks::ReadJwkSet(key.PublicJwk(), AllAlgorithms()))[0].key);
  }
  static std::string PemOfKey(const SigningKey& key) { return PemOf("PUBLIC KEY", SpkiOf(key)); }
  // A certificate of the key until kNow + 100.
  static std::string Certificate(const SigningKey& key) {
    static_assert(kNow == 1700000000);
    return PemOf("CERTIFICATE", CertificateOf(SpkiOf(key), "20200101000000Z", "20231114221500Z"));
  }
  static EngineConfig From(KeySource source) {
    EngineConfig config;
    config.issuers = {IssuerWith("")};
    config.issuers[0].keys = std::move(source);
    config.limits.verdict_cache_kib = 1024;
    return config;
  }
  static std::string WithoutKid(const SigningKey& key) { return Sign(key, R"({"alg":"ES256"})", ValidClaims()); }

  const TemporaryFolder folder_;
  const SigningKey key_ = SigningKey::Make(Algorithm::kES256, "k", 1);
  const SigningKey other_ = SigningKey::Make(Algorithm::kES256, "o", 2);
};

TEST_F(PemTest, AFileAloneIsForTokensWithoutAKid) {
  const auto engine = MakeEngine(From({KeySource::Kind::kPemFile, folder_.File("k.pem", PemOfKey(key_))}));
  EXPECT_EQ(Judge(engine, WithoutKid(key_)), Reason::kAccepted);
  EXPECT_EQ(Judge(engine, WithoutKid(other_)), Reason::kBadSignature);
  EXPECT_EQ(Judge(engine, ValidToken(key_)), Reason::kKeyNotFound) << "it names a key";
  // Read again, as other files are.
  folder_.File("k.pem", PemOfKey(other_));
  ASSERT_TRUE(engine->Reload(*engine->config()).ok());
  EXPECT_EQ(Judge(engine, WithoutKid(other_)), Reason::kAccepted);
  EXPECT_EQ(Judge(engine, WithoutKid(key_)), Reason::kBadSignature);
}

TEST_F(PemTest, FilesByKid) {
  KeySource source{KeySource::Kind::kPemFile, ""};
  source.pem_files = {{"k", folder_.File("k.pem", PemOfKey(key_))}, {"o", folder_.File("o.pem", Certificate(other_))}};
  const auto engine = MakeEngine(From(source));
  EXPECT_EQ(Judge(engine, ValidToken(key_)), Reason::kAccepted);
  EXPECT_EQ(Judge(engine, ValidToken(other_)), Reason::kAccepted);
  EXPECT_EQ(Judge(engine, Sign(key_, R"({"alg":"ES256","kid":"o"})", ValidClaims())), Reason::kBadSignature);
  EXPECT_EQ(Judge(engine, Sign(key_, R"({"alg":"ES256","kid":"x"})", ValidClaims())), Reason::kKeyNotFound);
}

TEST_F(PemTest, WhatNoKeyCanBeTakenFromIsAConfigurationError) {
  const auto refusal = [&](const std::string& text) {
    return Engine::Create(From({KeySource::Kind::kPemFile, folder_.File("bad.pem", text)})).error();
  };
  EXPECT_NE(refusal(PemOf("PRIVATE KEY", "x")).find("bad.pem: it holds a private key"), std::string::npos);
  EXPECT_NE(refusal(PemOfKey(key_) + PemOfKey(other_)).find("more than one key"), std::string::npos);
  EXPECT_NE(refusal(""), "");
  EXPECT_FALSE(Engine::Create(From({KeySource::Kind::kPemFile, folder_.Path("absent")})).ok());
  KeySource both{KeySource::Kind::kPemFile, folder_.File("k.pem", PemOfKey(key_))};
  both.pem_files = {{"k", both.value}};
  EXPECT_FALSE(Engine::Create(From(both)).ok());
}

TEST_F(PemTest, ACertificateEndsForRememberedTokensToo) {
  const auto engine = MakeEngine(From({KeySource::Kind::kX509Url, "https://issuer.example/certificates"}));
  std::string map = "{\"k\":";
  json::AppendQuoted(Certificate(key_), &map);
  ASSERT_TRUE(InstallKeys(engine, kIssuer, map + "}").ok());
  Worker worker(engine);
  const std::string token = Sign(key_, HeaderOf(key_), ClaimsWith("exp", "\"exp\":99999999999"));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(worker.Validate(token, kNow + 100).accepted());
  EXPECT_EQ(worker.Validate(token, kNow + 101).reason(), Reason::kKeyUnusable);
  EXPECT_TRUE(worker.Validate(token, kNow + 100).accepted());
  EXPECT_EQ(worker.Validate(token, 1577836799).reason(), Reason::kKeyUnusable) << "not yet valid";
  // What the server may answer with instead; the keys that are there stay.
  for (const std::string& answer : {std::string("{}"), std::string("{\"keys\":[") + other_.PublicJwk() + "]}",
                                    PemOf("PRIVATE KEY", "x"), std::string("{\"k\":\"x\"}")}) {
    EXPECT_FALSE(InstallKeys(engine, kIssuer, answer).ok()) << answer;
  }
  EXPECT_TRUE(worker.Validate(token, kNow).accepted());
}

}  // namespace
}  // namespace assay::testing
