// Which of the rules for Ed25519's edge points the engine follows, pinned by C2SP's CCTV vectors.
#include <algorithm>
#include <cstdio>

#include "tests/conformance/wycheproof.h"
#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

// RFC 8032 section 5.1.7 without the cofactor, and with R compared as bytes: a residue of low order
// is refused, and so is an R that is not the canonical encoding. Keys of low order or unusual
// encoding are refused when they are installed, so no signature under them is ever valid.
TEST(CctvEd25519, CofactorlessWithCanonicalRAndSoundKeys) {
  ASSAY_VECTORS_OR_SKIP(vectors);
  const nlohmann::json document = ReadJson(vectors / "ed25519/cctv_ed25519vectors.json");
  std::vector<WycheproofCase> cases;
  std::vector<bool> expected;
  for (const nlohmann::json& item : document) {
    WycheproofCase test;
    test.name = "cctv " + item.at("number").dump();
    test.flags =
        item.at("flags").is_null() ? std::vector<std::string>() : item.at("flags").get<std::vector<std::string>>();
    test.message = item.at("msg");
    test.signature = FromHex(item.at("sig"));
    test.key = KeyFromJwk(
        Concat({"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"", Base64url(FromHex(item.at("key"))), "\"}"}));
    expected.push_back(std::none_of(test.flags.begin(), test.flags.end(), [](const std::string& flag) {
      return flag == "low_order_residue" || flag == "non_canonical_R" || flag == "low_order_A" ||
             flag == "non_canonical_A";
    }));
    cases.push_back(std::move(test));
  }
  const std::vector<SignatureStatus> answers = VerifyAll(cases, Algorithm::kEdDSA);
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(answers[i] == SignatureStatus::kValid, expected[i])
        << cases[i].name << ' ' << nlohmann::json(cases[i].flags).dump();
    accepted += answers[i] == SignatureStatus::kValid;
  }
  std::printf("CCTV Ed25519: %zu cases, %zu accepted\n", cases.size(), accepted);
  EXPECT_EQ(cases.size(), 914u);
  EXPECT_GT(accepted, 0u);
  EXPECT_LT(accepted, cases.size());
}

}  // namespace
}  // namespace assay::testing
