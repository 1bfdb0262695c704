// Every Wycheproof case that concerns JWS signatures, judged as a strict verifier judges it.
#include "tests/conformance/wycheproof.h"

#include <algorithm>
#include <cstdio>

#include "engine/jwks/jwk_set.h"
#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

using Status = SignatureStatus;

constexpr Algorithm kES256 = Algorithm::kES256, kES384 = Algorithm::kES384, kES512 = Algorithm::kES512;
constexpr Algorithm kRS256 = Algorithm::kRS256, kRS384 = Algorithm::kRS384, kRS512 = Algorithm::kRS512;
constexpr Algorithm kPS256 = Algorithm::kPS256, kPS384 = Algorithm::kPS384, kPS512 = Algorithm::kPS512;

struct Tally {
  std::size_t run = 0, accepted = 0, by_length = 0, unjudged = 0;
  std::map<std::string, std::size_t> by_flag;

  void Count(const WycheproofCase& item, Status status) {
    ++run;
    accepted += status == Status::kValid;
    by_length += status == Status::kBadLength;
    for (const std::string& flag : item.flags) ++by_flag[flag];
  }
  void Print(const std::string& file, const std::string& as) const {
    std::printf("%-44s as %-7s %4zu cases: %3zu accepted, %3zu rejected (%zu by length), %zu flag groups\n",
                file.c_str(), as.c_str(), run, accepted, run - accepted, by_length, by_flag.size());
  }
};

enum class Rule {
  kJudge,      // valid is accepted, invalid rejected
  kRejectAll,  // the primitive is none that the algorithm's name stands for
};

struct Row {
  std::string file;
  Algorithm algorithm;
  Rule rule;
  std::size_t cases;     // of the shared file
  std::size_t accepted;  // of them
  std::string old_name = {};
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.file; }

class Wycheproof : public ::testing::TestWithParam<Row> {};

TEST_P(Wycheproof, EveryCaseIsJudgedStrictly) {
  const Row& row = GetParam();
  const std::optional<WycheproofFile> file = ReadWycheproof(row.file, row.old_name);
  if (!file) GTEST_SKIP() << "no " << row.file << ": set ASSAY_VECTORS";
  const std::vector<Status> answers = VerifyAll(file->cases, row.algorithm);
  Tally tally;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const WycheproofCase& item = file->cases[i];
    tally.Count(item, answers[i]);
    EXPECT_NE(answers[i], Status::kUnchecked) << item.name << ": its key is refused";
    const bool missing_null = std::find(item.flags.begin(), item.flags.end(), "MissingNull") != item.flags.end();
    if (item.result == "acceptable" && !missing_null) {
      ++tally.unjudged;  // only in old files: weak but well-formed parameters, which either may have
      continue;
    }
    // The file's own salt is foreign to PS256, but this defect gives the one that PS256 has.
    const bool salt_of_ps256 = row.rule == Rule::kRejectAll && row.algorithm == kPS256 &&
                               item.group.at("mgfSha") == "SHA-256" && item.comment == "s_len changed to 32";
    const bool accept = (row.rule == Rule::kJudge && item.result == "valid") || salt_of_ps256;
    EXPECT_EQ(answers[i] == Status::kValid, accept) << item.name << ": " << item.result;
  }
  tally.Print(row.file, std::string(AlgorithmName(row.algorithm)));
  EXPECT_GT(tally.run, 0u);
  EXPECT_EQ(tally.run, file->announced);
  if (!HaveSharedWycheproof()) return;
  EXPECT_EQ(tally.unjudged, 0u);
  EXPECT_EQ(tally.run, row.cases);
  EXPECT_EQ(tally.accepted, row.accepted);
  const nlohmann::json document = ReadJson(*VectorsFolder() / "wycheproof" / row.file);
  for (const auto& [flag, note] : document.at("notes").items()) {
    EXPECT_GT(tally.by_flag[flag], 0u) << "no case of the group " << flag << " ran";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ecdsa, Wycheproof,
    ::testing::Values(Row{"ecdsa_secp256r1_sha256_p1363_test.json", kES256, Rule::kJudge, 262, 173},
                      Row{"ecdsa_secp384r1_sha384_p1363_test.json", kES384, Rule::kJudge, 280, 193},
                      Row{"ecdsa_secp521r1_sha512_p1363_test.json", kES512, Rule::kJudge, 318, 231},
                      // DER has no place in a JWS (RFC 7518 section 3.4), and SHA-512 none on P-256.
                      Row{"ecdsa_secp256r1_sha256_test.json", kES256, Rule::kRejectAll, 484, 0},
                      Row{"ecdsa_secp256r1_sha512_p1363_test.json", kES256, Rule::kRejectAll, 332, 0}));

INSTANTIATE_TEST_SUITE_P(Pkcs1, Wycheproof,
                         ::testing::Values(Row{"rsa_signature_2048_sha256_test.json", kRS256, Rule::kJudge, 259, 9},
                                           Row{"rsa_signature_2048_sha384_test.json", kRS384, Rule::kJudge, 258, 7},
                                           Row{"rsa_signature_2048_sha512_test.json", kRS512, Rule::kJudge, 259, 8},
                                           Row{"rsa_signature_3072_sha256_test.json", kRS256, Rule::kJudge, 259, 8},
                                           Row{"rsa_signature_3072_sha384_test.json", kRS384, Rule::kJudge, 259, 7},
                                           Row{"rsa_signature_3072_sha512_test.json", kRS512, Rule::kJudge, 260, 8},
                                           Row{"rsa_signature_4096_sha256_test.json", kRS256, Rule::kJudge, 258, 7},
                                           Row{"rsa_signature_4096_sha384_test.json", kRS384, Rule::kJudge, 259, 7},
                                           Row{"rsa_signature_4096_sha512_test.json", kRS512, Rule::kJudge, 259, 7},
                                           Row{"rsa_signature_8192_sha256_test.json", kRS256, Rule::kJudge, 258, 7}));

INSTANTIATE_TEST_SUITE_P(
    Pss, Wycheproof,
    ::testing::Values(Row{"rsa_pss_2048_sha256_mgf1_32_test.json", kPS256, Rule::kJudge, 108, 63},
                      Row{"rsa_pss_3072_sha256_mgf1_32_test.json", kPS256, Rule::kJudge, 108, 63},
                      Row{"rsa_pss_4096_sha256_mgf1_32_test.json", kPS256, Rule::kJudge, 108, 63},
                      Row{"rsa_pss_2048_sha384_mgf1_48_test.json", kPS384, Rule::kJudge, 141, 95},
                      Row{"rsa_pss_4096_sha384_mgf1_48_test.json", kPS384, Rule::kJudge, 141, 95},
                      Row{"rsa_pss_4096_sha512_mgf1_64_test.json", kPS512, Rule::kJudge, 179, 132},
                      // Salt or MGF hash other than RFC 7518 section 3.5 has them.
                      Row{"rsa_pss_2048_sha256_mgf1_0_test.json", kPS256, Rule::kRejectAll, 103, 1},
                      Row{"rsa_pss_2048_sha256_mgf1sha1_20_test.json", kPS256, Rule::kRejectAll, 108, 0},
                      Row{"rsa_pss_4096_sha512_mgf1_32_test.json", kPS512, Rule::kRejectAll, 177, 0}));

INSTANTIATE_TEST_SUITE_P(
    Edwards, Wycheproof,
    ::testing::Values(Row{"ed25519_test.json", Algorithm::kEdDSA, Rule::kJudge, 151, 88, "eddsa_test.json"},
                      Row{"ed25519_test.json", Algorithm::kEd25519, Rule::kJudge, 151, 88, "eddsa_test.json"}));

// Each group has parameters of its own: those of a JWA algorithm are accepted under its name alone.
TEST(WycheproofPssMisc, OnlyJwaParametersAreAccepted) {
  const auto file = ReadWycheproof("rsa_pss_misc_test.json");
  if (!file) GTEST_SKIP() << "no rsa_pss_misc_test.json: set ASSAY_VECTORS";
  struct Jwa {
    Algorithm algorithm;
    const char* hash;
    int salt;
  };
  std::size_t accepted = 0;
  for (const Jwa& jwa : {Jwa{kPS256, "SHA-256", 32}, Jwa{kPS384, "SHA-384", 48}, Jwa{kPS512, "SHA-512", 64}}) {
    const std::vector<Status> answers = VerifyAll(file->cases, jwa.algorithm);
    Tally tally;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const WycheproofCase& item = file->cases[i];
      tally.Count(item, answers[i]);
      const bool fits = item.group.at("sha") == jwa.hash && item.group.at("mgfSha") == jwa.hash &&
                        item.group.at("sLen") == jwa.salt && item.result == "valid";
      EXPECT_EQ(answers[i] == Status::kValid, fits) << item.name << ' ' << item.group.at("sha");
      EXPECT_NE(answers[i], Status::kUnchecked) << item.name << ": its key is refused";
    }
    tally.Print("rsa_pss_misc_test.json", jwa.hash);
    EXPECT_EQ(tally.run, file->announced);
    accepted += tally.accepted;
  }
  EXPECT_GT(accepted, 0u);
  EXPECT_LT(accepted, file->announced);
}

// The keys of algorithms that are not offered never become candidates.
TEST(WycheproofForeignKeys, AreSkippedAtInstall) {
  if (!HaveSharedWycheproof()) GTEST_SKIP() << "no conformance vectors: set ASSAY_VECTORS";
  for (const char* name : {"ecdsa_secp256k1_sha256_p1363_test.json", "ed448_test.json", "hmac_sha256_test.json",
                           "hmac_sha384_test.json", "hmac_sha512_test.json"}) {
    std::size_t keys = 0;
    std::string previous;
    const auto file = ReadWycheproof(name);
    for (const WycheproofCase& item : file->cases) {
      std::string jwk;
      if (item.group.contains("publicKeyJwk")) jwk = item.group.at("publicKeyJwk").dump();
      if (item.group.contains("tagSize")) {
        jwk = Concat({"{\"kty\":\"oct\",\"k\":\"", Base64url(item.message), "\"}"});
      }
      if (jwk.empty() || jwk == previous) continue;
      previous = jwk;
      ++keys;
      EXPECT_EQ(KeyFromJwk(jwk), nullptr) << item.name;
      EXPECT_FALSE(Engine::Create({.issuers = {IssuerWith(jwk)}}).ok()) << item.name;
    }
    std::printf("%-44s %zu keys skipped\n", name, keys);
    EXPECT_GT(keys, 0u) << name;
  }
}

// The JWK that a group prints is the same key as its SubjectPublicKeyInfo.
TEST(WycheproofJwks, AreReadLikeTheirDer) {
  if (!HaveSharedWycheproof()) GTEST_SKIP() << "no conformance vectors: set ASSAY_VECTORS";
  std::size_t keys = 0;
  for (const char* name : {"ecdsa_secp256r1_sha256_p1363_test.json", "ecdsa_secp384r1_sha384_p1363_test.json",
                           "ecdsa_secp521r1_sha512_p1363_test.json", "ed25519_test.json",
                           "rsa_signature_8192_sha256_test.json", "rsa_pss_2048_sha256_mgf1_32_test.json"}) {
    const auto file = ReadWycheproof(name);
    for (const WycheproofCase& item : file->cases) {
      const char* const member = item.group.contains("publicKeyJwk") ? "publicKeyJwk" : "keyJwk";
      if (!item.group.contains(member)) continue;
      const auto key = KeyFromJwk(item.group.at(member).dump());
      ASSERT_NE(key, nullptr) << item.name;
      EXPECT_EQ(key->thumbprint(), item.key->thumbprint()) << item.name;
      ++keys;
    }
  }
  EXPECT_GT(keys, 500u);
}

}  // namespace
}  // namespace assay::testing
