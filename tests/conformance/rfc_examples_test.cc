// The printed examples of the JOSE RFCs.
#include "tests/conformance/rfc_examples.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "engine/jwks/jwk_set.h"
#include "engine/jwks/key_set.h"
#include "tests/testing/engines.h"
#include "tests/vectors.h"

namespace assay::testing {
namespace {

IssuerConfig AnyIssuerAndAudience(std::string jwk_set) {
  IssuerConfig issuer = IssuerWith(std::move(jwk_set), "");
  issuer.policy.issuer_mode = IssuerMode::kUnchecked;
  issuer.policy.audiences.clear();
  issuer.policy.any_audience_is_dangerous = true;
  return issuer;
}

// What the engine says of HS256, which it never verifies, and of unsecured tokens: whatever key is
// there.
Reason JudgeWithSomeKey(std::string_view token) { return Judge(EngineFor(SigningKey::Make(Algorithm::kES256)), token); }

void CheckExample(const std::string& id, const std::string& jwk_set, const std::string& token,
                  const std::string& algorithm, bool payload_is_claims, bool valid_signature) {
  SCOPED_TRACE(id);
  const std::int64_t last_second = kRfc7515Expiry - 1;
  if (algorithm == "none") {
    EXPECT_EQ(JudgeWithSomeKey(token), Reason::kAlgorithmNone);
    return;
  }
  if (algorithm == "HS256") {
    EXPECT_EQ(JudgeWithSomeKey(token), Reason::kAlgorithmUnknown);
    EXPECT_FALSE(Engine::Create({.issuers = {AnyIssuerAndAudience(jwk_set)}}).ok());
    return;
  }
  ASSERT_TRUE(valid_signature);
  EXPECT_EQ(Judge(MakeEngine(SignatureOnlyIssuer(jwk_set)), token, last_second), Reason::kAccepted);
  const auto whole = MakeEngine(AnyIssuerAndAudience(jwk_set));
  EXPECT_EQ(Judge(whole, token, last_second), payload_is_claims ? Reason::kAccepted : Reason::kBadPayloadJson);
  if (payload_is_claims) {
    // RFC 7519 section 4.1.4: "on or after".
    EXPECT_EQ(Judge(whole, token, kRfc7515Expiry), Reason::kExpired);
  }
  const std::size_t payload = token.find('.') + 1;
  std::string changed = token;
  changed[payload] = changed[payload] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Judge(MakeEngine(SignatureOnlyIssuer(jwk_set)), changed, last_second), Reason::kBadSignature);
}

// A.2, A.4 and RFC 7520 sign with RS256, ES512, PS384: keys that print no alg are pinned to RS256
// when the issuer allows several, so each example is judged with its own algorithm in the key.
std::string PinnedTo(const std::string& jwk_set, const std::string& algorithm) {
  nlohmann::json set = nlohmann::json::parse(jwk_set);
  for (nlohmann::json& key : set.at("keys")) {
    if (!key.contains("alg") && key.at("kty") == "RSA") key["alg"] = algorithm;
  }
  return set.dump();
}

TEST(RfcExamples, PrintedTokensAreJudgedAsTheirRfcSays) {
  std::size_t run = 0;
  for (const RfcExample& example : kRfcExamples) {
    CheckExample(example.id, PinnedTo(example.jwk_set, example.algorithm), example.token, example.algorithm,
                 example.payload_is_claims, example.valid_signature);
    ++run;
  }
  std::printf("RFC 7515, 7520, 8037: %zu printed tokens\n", run);
  EXPECT_EQ(run, 10u);
}

TEST(RfcExamples, TheSharedRowsAreTheOnesKeptHere) {
  ASSAY_VECTORS_OR_SKIP(vectors);
  std::set<std::string> kept;
  for (const RfcExample& example : kRfcExamples) kept.insert(example.token);
  std::size_t rows = 0;
  for (const nlohmann::json& row : ReadJson(vectors / "rfc/jws_examples.json")) {
    EXPECT_TRUE(kept.contains(row.at("token").get<std::string>())) << row.at("id");
    const std::string algorithm = row.contains("flags") ? "none" : row.at("allowed_algs").at(0).get<std::string>();
    CheckExample(row.at("id"), PinnedTo(row.at("jwks").dump(), algorithm), row.at("token"), algorithm,
                 row.at("layer") == "jwt", row.at("signature_valid"));
    ++rows;
  }
  EXPECT_EQ(rows, 13u);
}

TEST(RfcExamples, AnRsaKeyWithoutAlgServesTheOnlyRsaAlgorithmAllowed) {
  for (const RfcExample& example : kRfcExamples) {
    if (std::string_view(example.id) != "rfc7520_4.2") continue;  // PS384, and the key names no alg
    IssuerConfig only = SignatureOnlyIssuer(example.jwk_set);
    only.policy.algorithms = {Algorithm::kES256, Algorithm::kPS384};
    EXPECT_EQ(Judge(MakeEngine(only), example.token), Reason::kAccepted);
    EXPECT_EQ(Judge(MakeEngine(SignatureOnlyIssuer(example.jwk_set)), example.token), Reason::kKeyUnusable);
    return;
  }
  FAIL() << "the example is gone";
}

TEST(RfcThumbprints, AreReproduced) {
  for (const RfcThumbprint& example : kRfcThumbprints) {
    const auto set = jwks::ReadJwkSet(example.jwk, AllAlgorithms());
    ASSERT_TRUE(set.ok() && set->size() == 1 && set->front().key) << example.id;
    EXPECT_EQ(set->front().key->thumbprint(), example.thumbprint) << example.id;
  }
}

// Detached content, JSON serializations, unencoded payloads: none of them is a compact JWT.
TEST(RfcOtherForms, AreRejected) {
  ASSAY_VECTORS_OR_SKIP(vectors);
  const auto engine = EngineFor(SigningKey::Make(Algorithm::kES256));
  const auto signature_only =
      MakeEngine(SignatureOnlyIssuer(JwkSet(std::vector<SigningKey>{SigningKey::Make(Algorithm::kES256)})));
  std::size_t documents = 0, forms = 0;
  for (const auto& entry : std::filesystem::directory_iterator(vectors / "rfc")) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("rfc7520_4_") && !name.starts_with("rfc7797")) continue;
    ++documents;
    const nlohmann::json document = ReadJson(entry.path());
    for (const auto& [form, value] : document.at("output").items()) {
      const std::string token = value.is_string() ? value.get<std::string>() : value.dump();
      EXPECT_FALSE(IsAccepted(Judge(engine, token))) << name << ' ' << form;
      EXPECT_FALSE(IsAccepted(Judge(signature_only, token))) << name << ' ' << form;
      if (!value.is_string()) {
        EXPECT_LE(Judge(engine, token), Reason::kBadBase64url) << name << ' ' << form;
      }
      ++forms;
    }
  }
  std::printf("RFC 7520 4.5-4.8, RFC 7797: %zu documents, %zu forms rejected\n", documents, forms);
  EXPECT_EQ(documents, 6u);
  EXPECT_GE(forms, 12u);
}

struct PrintedSet {
  const char* file;
  std::size_t usable;  // 0: the set is refused
};

TEST(RfcKeys, PrintedSetsLoadTheirPublicSignatureKeys) {
  ASSAY_VECTORS_OR_SKIP(vectors);
  constexpr PrintedSet kSets[] = {
      {"rfc7517_A.1.jwkset.json", 1},  // the other one is for encryption
      {"rfc7517_A.2.jwkset.json", 0},  // private keys
      {"rfc7517_A.3.jwkset.json", 0},  // symmetric keys
      {"rfc7517_B.jwk.json", 1},      {"rfc7520_3_1.ec_public_key.json", 1}, {"rfc7520_3_3.rsa_public_key.json", 1},
  };
  for (const PrintedSet& printed : kSets) {
    const std::string text = ReadFile(vectors / "rfc/jwk" / printed.file);
    const auto set = jwks::ReadJwkSet(text, AllAlgorithms());
    ASSERT_TRUE(set.ok()) << printed.file;
    EXPECT_EQ(jwks::KeySet(*set).usable_count(), printed.usable) << printed.file;
    EXPECT_EQ(Engine::Create({.issuers = {IssuerWith(text)}}).ok(), printed.usable > 0) << printed.file;
  }
}

}  // namespace
}  // namespace assay::testing
