// The tools of the tests are themselves held against the engine: each key's tokens are accepted.
#include "tests/testing/signing_key.h"

#include <gtest/gtest.h>

#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

TEST(SigningKey, EveryAlgorithmMakesTokensThatAreAccepted) {
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const SigningKey key = SigningKey::Make(static_cast<Algorithm>(i), "key-1");
    EXPECT_EQ(Judge(EngineFor(key), ValidToken(key)), Reason::kAccepted) << AlgorithmName(key.algorithm());
  }
}

TEST(SigningKey, AKeyIsTheSameInEveryRunAndDiffersBySeed) {
  for (Algorithm algorithm : {Algorithm::kES256, Algorithm::kES512, Algorithm::kRS256, Algorithm::kEdDSA}) {
    const SigningKey first = SigningKey::Make(algorithm, "a", 0);
    EXPECT_EQ(JwkMembers(first.evp()), JwkMembers(SigningKey::Make(algorithm, "b", 0).evp()));
    EXPECT_NE(JwkMembers(first.evp()), JwkMembers(SigningKey::Make(algorithm, "a", 1).evp()));
  }
}

TEST(SigningKey, AnotherKeysSignatureIsRefused) {
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const SigningKey key = SigningKey::Make(static_cast<Algorithm>(i), "k", 0);
    const SigningKey other = SigningKey::Make(static_cast<Algorithm>(i), "k", 1);
    EXPECT_EQ(Judge(EngineFor(key), ValidToken(other)), Reason::kBadSignature);
  }
}

TEST(Base64url, PrintedExamples) {
  EXPECT_EQ(Base64url(""), "");
  EXPECT_EQ(Base64url("f"), "Zg");
  EXPECT_EQ(Base64url("\xFF\xEF\xFB\xFF"), "_-_7_w");
}

}  // namespace
}  // namespace assay::testing
