// Wycheproof's RSA signatures through every kernel. Strict: `acceptable` (a DigestInfo without
// NULL) is refused, and files of PSS parameters that JWA does not use are refused whole.
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <map>

#include "engine/rsa/encoding.h"
#include "engine/rsa/rsa_verify.h"
#include "tests/vectors.h"

#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::rsa {
namespace {

struct File {
  const char* name;
  Algorithm algorithm;
  bool other_parameters = false;  // salt or MGF hash is not JWA's: nothing may pass
};

constexpr File kFiles[] = {
    {"rsa_signature_2048_sha256", Algorithm::kRS256},
    {"rsa_signature_2048_sha384", Algorithm::kRS384},
    {"rsa_signature_2048_sha512", Algorithm::kRS512},
    {"rsa_signature_3072_sha256", Algorithm::kRS256},
    {"rsa_signature_3072_sha384", Algorithm::kRS384},
    {"rsa_signature_3072_sha512", Algorithm::kRS512},
    {"rsa_signature_4096_sha256", Algorithm::kRS256},
    {"rsa_signature_4096_sha384", Algorithm::kRS384},
    {"rsa_signature_4096_sha512", Algorithm::kRS512},
    {"rsa_pss_2048_sha256_mgf1_32", Algorithm::kPS256},
    {"rsa_pss_3072_sha256_mgf1_32", Algorithm::kPS256},
    {"rsa_pss_4096_sha256_mgf1_32", Algorithm::kPS256},
    {"rsa_pss_2048_sha384_mgf1_48", Algorithm::kPS384},
    {"rsa_pss_4096_sha384_mgf1_48", Algorithm::kPS384},
    {"rsa_pss_4096_sha512_mgf1_64", Algorithm::kPS512},
    {"rsa_pss_2048_sha256_mgf1_0", Algorithm::kPS256, true},
    {"rsa_pss_2048_sha256_mgf1sha1_20", Algorithm::kPS256, true},
    {"rsa_pss_4096_sha512_mgf1_32", Algorithm::kPS512, true},
};

std::vector<std::uint8_t> FromHex(std::string_view hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::vector<std::uint8_t> WithoutZeros(std::vector<std::uint8_t> bytes) {
  while (!bytes.empty() && bytes.front() == 0) bytes.erase(bytes.begin());
  return bytes;
}

std::vector<std::uint8_t> Digest(Algorithm algorithm, const std::vector<std::uint8_t>& message) {
  std::vector<std::uint8_t> digest(DigestBytes(algorithm));
  if (digest.size() == 32) SHA256(message.data(), message.size(), digest.data());
  if (digest.size() == 48) SHA384(message.data(), message.size(), digest.data());
  if (digest.size() == 64) SHA512(message.data(), message.size(), digest.data());
  return digest;
}

// A file of another salt length has one case, invalid there, whose salt was made as long as the
// hash: that is what JWA wants.
bool IsJwaAfterAll(Algorithm algorithm, const nlohmann::json& group, const nlohmann::json& test) {
  return group["mgfSha"] == group["sha"] &&
         test["comment"] == "s_len changed to " + std::to_string(DigestBytes(algorithm));
}

class RsaVectors : public ::testing::TestWithParam<std::tuple<const RsaKernel*, File>> {};

TEST_P(RsaVectors, EveryCase) {
  const auto& [kernel, file] = GetParam();
  ASSAY_VECTORS_OR_SKIP(folder);
  const nlohmann::json document =
      assay::testing::ReadJson(folder / "wycheproof" / (std::string(file.name) + "_test.json"));
  std::vector<std::unique_ptr<const PreparedRsa>> keys;
  std::vector<std::vector<std::uint8_t>> digests, signatures;
  std::vector<RsaJob> jobs;
  std::vector<bool> expected;
  std::vector<int> ids;
  std::size_t cases = 0;
  for (const auto& group : document["testGroups"]) {
    const auto n = WithoutZeros(FromHex(group["publicKey"]["modulus"].get<std::string>()));
    const auto e = WithoutZeros(FromHex(group["publicKey"]["publicExponent"].get<std::string>()));
    cases += group["tests"].size();
    keys.push_back(PreparedRsa::Create(n, e));
    if (keys.back() == nullptr) {
      // Only other exponents may be left to BoringSSL's path here.
      EXPECT_NE(e, (std::vector<std::uint8_t>{1, 0, 1})) << file.name;
      continue;
    }
    for (const auto& test : group["tests"]) {
      digests.push_back(Digest(file.algorithm, FromHex(test["msg"].get<std::string>())));
      signatures.push_back(FromHex(test["sig"].get<std::string>()));
      jobs.push_back({keys.back().get(), file.algorithm, {}, {}});
      expected.push_back(file.other_parameters ? IsJwaAfterAll(file.algorithm, group, test)
                                               : test["result"] == "valid");
      ids.push_back(test["tcId"].get<int>());
    }
  }
  EXPECT_EQ(cases, document["numberOfTests"].get<std::size_t>());
  ASSERT_GT(jobs.size(), 0u);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].digest = digests[i];
    jobs[i].signature = signatures[i];
  }
  RsaScratch scratch;
  const auto valid = std::make_unique<bool[]>(jobs.size());
  VerifyBatch(*kernel, jobs, std::span<bool>(valid.get(), jobs.size()), scratch);
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(valid[i], expected[i]) << kernel->name << " " << file.name << " tcId " << ids[i];
    bool single = false;
    VerifyBatch(*kernel, std::span<const RsaJob>(&jobs[i], 1), std::span<bool>(&single, 1), scratch);
    EXPECT_EQ(single, expected[i]) << "alone: " << file.name << " tcId " << ids[i];
    if (valid[i]) ++accepted;
  }
  if (!file.other_parameters) {
    EXPECT_GT(accepted, 0u);
  }
  EXPECT_EQ(scratch.distrusted_blocks, 0u);
  std::printf("%s: %s, %zu cases run, %zu with other exponents\n", kernel->name, file.name, jobs.size(),
              cases - jobs.size());
}

class RsaPssMisc : public ::testing::TestWithParam<const RsaKernel*> {};

// Every pair of hashes and salt length, each case valid in itself: only JWA's three triples may
// pass.
TEST_P(RsaPssMisc, OnlyJwaParametersPass) {
  const RsaKernel& kernel = *GetParam();
  ASSAY_VECTORS_OR_SKIP(folder);
  const nlohmann::json document = assay::testing::ReadJson(folder / "wycheproof" / "rsa_pss_misc_test.json");
  const std::map<std::string, Algorithm> algorithms = {
      {"SHA-256", Algorithm::kPS256}, {"SHA-384", Algorithm::kPS384}, {"SHA-512", Algorithm::kPS512}};
  RsaScratch scratch;
  std::size_t accepted = 0, run = 0;
  for (const auto& group : document["testGroups"]) {
    const auto n = WithoutZeros(FromHex(group["publicKey"]["modulus"].get<std::string>()));
    const auto e = WithoutZeros(FromHex(group["publicKey"]["publicExponent"].get<std::string>()));
    const auto key = PreparedRsa::Create(n, e);
    ASSERT_NE(key, nullptr);
    for (const auto& [hash, algorithm] : algorithms) {
      for (const auto& test : group["tests"]) {
        ASSERT_EQ(test["result"], "valid");
        const auto digest = Digest(algorithm, FromHex(test["msg"].get<std::string>()));
        const auto signature = FromHex(test["sig"].get<std::string>());
        const RsaJob job = {key.get(), algorithm, digest, signature};
        bool valid = false;
        VerifyBatch(kernel, std::span<const RsaJob>(&job, 1), std::span<bool>(&valid, 1), scratch);
        EXPECT_EQ(valid, group["sha"] == hash && group["mgfSha"] == hash && group["sLen"] == DigestBytes(algorithm))
            << test["tcId"] << " as " << AlgorithmName(algorithm);
        if (valid) ++accepted;
        ++run;
      }
    }
  }
  EXPECT_EQ(accepted, 3u);
  EXPECT_GT(run, 300u);
}

INSTANTIATE_TEST_SUITE_P(Kernels, RsaPssMisc, ::testing::ValuesIn(assay::testing::TestedRsaKernels()),
                         [](const auto& param) { return std::string(param.param->name); });

INSTANTIATE_TEST_SUITE_P(Kernels, RsaVectors,
                         ::testing::Combine(::testing::ValuesIn(assay::testing::TestedRsaKernels()),
                                            ::testing::ValuesIn(kFiles)),
                         [](const auto& param) {
                           return std::string(std::get<0>(param.param)->name) + "_" + std::get<1>(param.param).name;
                         });

}  // namespace
}  // namespace assay::rsa
