#include "engine/jwks/pem_keys.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/json/text.h"
#include "engine/jwks/certificate.h"
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/pem.h"
#include "tests/engine/jwks/example_keys.h"
#include "tests/engine/jwks/example_pem.h"

namespace assay::jwks {
namespace {

using testing::CertificateOf;
using testing::Der;
using testing::kEcPem;
using testing::PemOf;

constexpr AlgorithmSet kAllowed = {Algorithm::kES256, Algorithm::kES512, Algorithm::kRS256, Algorithm::kEdDSA};

// The key of a JWK with these members.
std::shared_ptr<const PublicKey> KeyOf(const std::string& members) {
  return (*ReadJwkSet("{" + members + "}", kAllowed))[0].key;
}

std::string EcSpki() { return testing::SpkiOf(*KeyOf(testing::kEcMembers)); }

// MapOf: {kid: text} as JSON.
std::string MapOf(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string map;
  for (const auto& [kid, text] : entries) {
    map += map.empty() ? "{" : ",";
    json::AppendQuoted(kid, &map);
    map += ":";
    json::AppendQuoted(text, &map);
  }
  return map + "}";
}

std::string Refusal(const std::string& text) {
  const Result<std::vector<Jwk>> keys = ReadPemKeys(text, kAllowed);
  EXPECT_FALSE(keys.ok()) << text;
  return keys.error();
}

TEST(PemKeys, APublicKeyIsWhatItsJwkIs) {
  for (const auto& [pem, members] :
       {std::pair{kEcPem, testing::kEcMembers}, std::pair{testing::kRsaPem, testing::kRsaMembers},
        std::pair{testing::kP521Pem, testing::kP521Members},
        std::pair{testing::kEd25519Pem, testing::kEd25519Members}}) {
    const Result<std::vector<Jwk>> keys = ReadPemKeys(pem, kAllowed);
    ASSERT_TRUE(keys.ok()) << keys.error();
    ASSERT_EQ(keys->size(), 1u);
    EXPECT_FALSE((*keys)[0].has_kid);
    EXPECT_EQ((*keys)[0].key->thumbprint(), KeyOf(members)->thumbprint());
    EXPECT_TRUE((*keys)[0].IsAlwaysValid());
    EXPECT_EQ(KeyOf(JwkOfPem(pem)->substr(1, JwkOfPem(pem)->size() - 2))->thumbprint(), KeyOf(members)->thumbprint());
  }
  EXPECT_EQ((*ReadPemKeys(testing::kRsaPem, {Algorithm::kPS384}))[0].algorithms, AlgorithmSet{Algorithm::kPS384});
}

TEST(PemKeys, WhatStandsAroundTheBlockIsForPeople) {
  EXPECT_TRUE(ReadPemKeys("Subject: x\n" + kEcPem + "\nend", kAllowed).ok());
  std::string crlf;
  for (const char c : kEcPem) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_TRUE(ReadPemKeys(crlf, kAllowed).ok());
}

TEST(PemKeys, APrivateKeyOrASecondOneIsRefusedAndSaysSo) {
  const std::string der = EcSpki();
  for (const char* const label : {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"}) {
    EXPECT_EQ(Refusal(PemOf(label, der)), kPrivateKeyText) << label;
    EXPECT_EQ(Refusal(kEcPem + PemOf(label, der)), kPrivateKeyText) << label;
    EXPECT_EQ(Refusal(PemOf(label, der) + kEcPem), kPrivateKeyText) << label;
  }
  EXPECT_EQ(Refusal(kEcPem + kEcPem), "it holds more than one key or certificate");
  EXPECT_EQ(Refusal(kEcPem + PemOf("CERTIFICATE", der)), "it holds more than one key or certificate");
}

TEST(PemKeys, WhatIsNoKeyIsRefused) {
  const std::string der = EcSpki();
  const auto flipped = [&](std::size_t at) {
    std::string other = der;
    other[at] = static_cast<char>(other[at] ^ 1);
    return PemOf("PUBLIC KEY", other);
  };
  EXPECT_TRUE(ReadPemKeys(PemOf("PUBLIC KEY", der), kAllowed).ok()) << "as the others begin";
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("hello"), PemOf("PUBLIC KEY", ""),
        PemOf("PUBLIC KEY", der + "x"), PemOf("PUBLIC KEY", der.substr(0, der.size() - 1)),
        PemOf("RSA PUBLIC KEY", der), PemOf("CERTIFICATE", der), PemOf("", der), flipped(der.size() - 1), flipped(10),
        testing::kOtherCurvePem, std::string("-----BEGIN PUBLIC KEY"), std::string("-----BEGIN PUBLIC KEY-----\nAAAA"),
        std::string("-----BEGIN PUBLIC KEY-----\nA*==\n-----END PUBLIC KEY-----"),
        "-----BEGIN PUBLIC KEY-----\nX: y\n\n" + kEcPem.substr(27), std::string(kMaxJwkSetBytes + 1, ' ')}) {
    EXPECT_NE(Refusal(text), "") << text.substr(0, 200);
  }
}

TEST(PemKeys, ACertificatesKeyIsValidAsLongAsItIs) {
  const std::string der = CertificateOf(EcSpki(), "20200229000000Z", "20231114221320Z");
  const Result<std::vector<Jwk>> keys = ReadPemKeys(PemOf("CERTIFICATE", der), kAllowed);
  ASSERT_TRUE(keys.ok()) << keys.error();
  const Jwk& jwk = (*keys)[0];
  EXPECT_EQ(jwk.key->thumbprint(), KeyOf(testing::kEcMembers)->thumbprint());
  EXPECT_EQ(jwk.valid_from, 1582934400);
  EXPECT_EQ(jwk.valid_through, 1700000000);
  EXPECT_TRUE(jwk.IsValidAt(1700000000));
  EXPECT_FALSE(jwk.IsValidAt(1700000001));
  EXPECT_FALSE(jwk.IsValidAt(1582934399));
  EXPECT_FALSE(jwk.IsAlwaysValid());
}

TEST(Certificate, TimesAreThoseOfRfc5280) {
  for (const char* const time :
       {"20230229000000Z", "20231301000000Z", "20230101240000Z", "20230101000060Z", "20230101000000",
        "20230101000000+0000", "2023010100000Z", "20230101000000.5Z", "2O230101000000Z"}) {
    EXPECT_FALSE(ReadCertificate(CertificateOf(EcSpki(), time, "20990101000000Z"))) << time;
    EXPECT_FALSE(ReadCertificate(CertificateOf(EcSpki(), "20200101000000Z", time))) << time;
  }
  EXPECT_EQ(ReadCertificate(CertificateOf(EcSpki(), "19690101000000Z", "99991231235959Z"))->valid_through,
            253402300799);
}

TEST(Certificate, CutAnywhereOrWithMoreBehindItIsNone) {
  const std::string der = CertificateOf(EcSpki(), "20200101000000Z", "20300101000000Z");
  ASSERT_TRUE(ReadCertificate(der).ok());
  for (std::size_t size = 0; size < der.size(); ++size) EXPECT_FALSE(ReadCertificate(der.substr(0, size))) << size;
  EXPECT_FALSE(ReadCertificate(der + "x"));
  EXPECT_FALSE(ReadCertificate(Der(0x30, der)));
}

TEST(PemKeys, AMapGivesEachKeyItsKid) {
  const std::string certificate = PemOf("CERTIFICATE", CertificateOf(EcSpki(), "20200101000000Z", "20300101000000Z"));
  const Result<std::vector<Jwk>> keys = ReadPemKeys(MapOf({{"a", certificate},
                                                           {"b", PemOf("PRIVATE KEY", EcSpki())},
                                                           {"c", kEcPem + kEcPem},
                                                           {"d", "x"},
                                                           {"e", kEcPem}}),
                                                    kAllowed);
  ASSERT_TRUE(keys.ok()) << keys.error();
  ASSERT_EQ(keys->size(), 5u);
  for (const Jwk& jwk : *keys) EXPECT_TRUE(jwk.has_kid);
  EXPECT_EQ((*keys)[0].kid, "a");
  EXPECT_NE((*keys)[0].key, nullptr);
  EXPECT_EQ((*keys)[1].unusable_because, kPrivateKeyText);
  EXPECT_EQ((*keys)[2].unusable_because, "it holds more than one key or certificate");
  EXPECT_EQ((*keys)[3].key, nullptr);
  EXPECT_NE((*keys)[4].key, nullptr);
}

TEST(PemKeys, AMapThatIsNoneIsRefused) {
  EXPECT_NE(Refusal("{\"keys\":[]}").find("this is a JWK Set"), std::string::npos);
  EXPECT_NE(Refusal("{\"a\":"), "");
  EXPECT_NE(Refusal("{\"a\":\"\",\"a\":\"\"}"), "") << "which of the two?";
  std::vector<std::pair<std::string, std::string>> many;
  for (std::size_t i = 0; i <= kMaxKeysPerIssuer; ++i) many.emplace_back(std::to_string(i), "x");
  EXPECT_NE(Refusal(MapOf(many)), "");
  EXPECT_EQ((*ReadPemKeys("{\"a\":1}", kAllowed))[0].key, nullptr);
  EXPECT_EQ((*ReadPemKeys(MapOf({{std::string(kMaxKidBytes + 1, 'k'), kEcPem}}), kAllowed))[0].key, nullptr);
}

TEST(PemKeys, AMapOfTooManyOrRepeatedKidsIsToldSo) {
  std::string many = R"({"k":"")";
  for (int i = 0; i < 300; ++i) many += ",\"k" + std::to_string(i) + "\":\"\"";
  EXPECT_EQ(ReadPemKeys(many + "}", {Algorithm::kES256}).error(),
            "the map of kids has an object of more than 256 members");
  EXPECT_EQ(ReadPemKeys(R"({"k":"","k":""})", {Algorithm::kES256}).error(),
            "the map of kids has a name twice in an object");
}

TEST(PemKeys, WhereAJwkSetIsExpectedTheMessageSaysWhatItIs) {
  EXPECT_NE(ReadJwkSet(kEcPem, kAllowed).error().find("this is a PEM file"), std::string::npos);
  EXPECT_NE(ReadJwkSet("\n" + PemOf("RSA PUBLIC KEY", "x"), kAllowed).error().find("this is a PEM file"),
            std::string::npos);
  EXPECT_EQ(ReadJwkSet("\n" + PemOf("RSA PRIVATE KEY", "x"), kAllowed).error(), kPrivateKeyText);
  EXPECT_NE(ReadJwkSet(MapOf({{"a", kEcPem}}), kAllowed).error().find("keys.x509_url"), std::string::npos);
}

}  // namespace
}  // namespace assay::jwks
