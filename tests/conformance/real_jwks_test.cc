// JWK Sets and metadata documents as issuers really publish them.
#include <gtest/gtest.h>
#include <algorithm>

#include <cstdio>
#include <map>

#include "engine/json/strict.h"
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/key_set.h"
#include "tests/testing/engines.h"
#include "tests/vectors.h"

namespace assay::testing {
namespace {

struct Expected {
  std::size_t with_all;       // usable when the issuer allows every algorithm
  std::size_t with_defaults;  // usable with ES256 and RS256
};

// By hand from the documents: keys whose use is sig, absent, or SPIFFE's jwt-svid. With the default
// algorithms a key for another one is read, but an engine refuses a set of only such keys.
const std::map<std::string, Expected> kExpected = {
    {"agentgateway_two_issuer_keys.json", {2, 2}},
    {"auth0_2keys_x5c.json", {2, 2}},
    {"empty_x5c.json", {1, 1}},
    {"entra_common_7keys_x5c_noalg.json", {7, 7}},
    {"google_2keys.json", {0, 0}},  // 1024 bits, in base64 that is not base64url: refused as a set
    {"hello_mock_3keys.json", {3, 3}},
    {"istio_sample.json", {1, 1}},
    {"k3s.json", {1, 1}},
    {"keycloak_sig_and_rsaoaep_enc.json", {1, 1}},  // the other key is for encryption
    {"keyfunc_example_mixed_kty.json", {5, 5}},
    {"kubernetes_azure_wi.json", {1, 1}},
    {"rs384_fhir.json", {1, 1}},
    {"rsa_no_kid_no_alg.json", {1, 1}},
    {"smart_health_card_es256.json", {1, 1}},
    {"spiffe_bundle_small.json", {1, 1}},  // the other key is for x509-svid
    {"spiffe_jwks_ec_noalg_nouse.json", {2, 2}},
    {"venafi_es256.json", {1, 1}},
};

TEST(RealJwks, EverySetLoadsWithItsUsableKeys) {
  ASSAY_VECTORS_OR_SKIP(vectors);
  const nlohmann::json index = ReadJson(vectors / "real_jwks/_index.json");
  EXPECT_EQ(index.size(), kExpected.size());
  std::size_t keys = 0, usable_keys = 0;
  for (const nlohmann::json& entry : index) {
    const std::filesystem::path path = vectors / entry.at("file").get<std::string>();
    SCOPED_TRACE(path.filename());
    ASSERT_TRUE(kExpected.contains(path.filename()));
    const Expected expected = kExpected.at(path.filename());
    const std::string text = ReadFile(path);
    auto set = jwks::ReadJwkSet(text, AllAlgorithms());
    ASSERT_TRUE(set.ok()) << set.error();
    ASSERT_EQ(set->size(), entry.at("keys").size());
    for (std::size_t i = 0; i < set->size(); ++i) {
      const jwks::Jwk& jwk = (*set)[i];
      const nlohmann::json& key = entry.at("keys").at(i);
      ASSERT_TRUE(key.at("loads")) << "the index knows a key that must not load: judge it here";
      EXPECT_EQ(jwk.has_kid, !key.at("kid").is_null());
      if (jwk.has_kid) {
        EXPECT_EQ(jwk.kid, key.at("kid").get<std::string>());
      }
      const nlohmann::json& use = key.at("use");
      const bool may_verify = expected.with_all > 0 && (use.is_null() || use == "sig" || use == "jwt-svid");
      EXPECT_EQ(jwk.key != nullptr, may_verify) << i << ": " << jwk.unusable_because;
      EXPECT_EQ(jwk.key != nullptr, jwk.unusable_because.empty());
      keys += 1;
      usable_keys += jwk.key != nullptr;
      if (jwk.key != nullptr && key.at("alg").is_string()) {
        EXPECT_TRUE(jwk.algorithms.Contains(*ParseAlgorithm(key.at("alg").get<std::string>())));
      }
    }
    EXPECT_EQ(jwks::KeySet(std::move(*set)).usable_count(), expected.with_all);
    IssuerConfig issuer = IssuerWith(text);
    issuer.policy.algorithms = PolicyConfig().algorithms;
    const auto with_defaults = jwks::ReadJwkSet(text, issuer.policy.algorithms);
    ASSERT_TRUE(with_defaults.ok());
    EXPECT_EQ(jwks::KeySet(*with_defaults).usable_count(), expected.with_defaults);
    const bool serves = std::any_of(with_defaults->begin(), with_defaults->end(), [](const jwks::Jwk& jwk) {
      return jwk.key != nullptr && !(jwk.algorithms & PolicyConfig().algorithms).empty();
    });
    EXPECT_EQ(serves, expected.with_defaults > 0 && path.filename() != "rs384_fhir.json");
    const auto engine = Engine::Create({.issuers = {std::move(issuer)}});
    ASSERT_EQ(engine.ok(), serves);
    if (engine.ok()) {
      EXPECT_TRUE((*engine)->Ready());
    }
  }
  std::printf("real JWK Sets: %zu documents, %zu keys, %zu usable\n", index.size(), keys, usable_keys);
}

// Deeper or larger than the limits would be a surprise in a document that the remote part will
// read.
TEST(RealMetadata, EveryDocumentParsesStrictly) {
  ASSAY_VECTORS_OR_SKIP(vectors);
  json::StrictParser parser;
  std::size_t documents = 0;
  for (const nlohmann::json& entry : ReadJson(vectors / "as_metadata.json")) {
    const std::string text = entry.at("document").dump(2);
    Arena arena;
    json::Document document;
    EXPECT_EQ(parser.ParseCopy(text, arena, &document), json::Status::kOk) << entry.at("source");
    EXPECT_EQ(document.members.size(), entry.at("document").size());
    const json::Value* const issuer = json::Find(document.members, "issuer");
    if (entry.at("document").contains("issuer") && entry.at("document").at("issuer").is_string()) {
      ASSERT_NE(issuer, nullptr);
      EXPECT_EQ(issuer->text, entry.at("document").at("issuer").get<std::string>());
    }
    ++documents;
  }
  std::printf("authorization server metadata: %zu documents\n", documents);
  EXPECT_EQ(documents, 32u);
}

}  // namespace
}  // namespace assay::testing
