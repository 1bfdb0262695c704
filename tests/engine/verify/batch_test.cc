// The batch step, over every kernel: each answer is BoringSSL's, whatever stands beside it.
#include "engine/verify/batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/jwks/jwk_set.h"
#include "engine/jwks/prepare.h"
#include "engine/verify/boringssl.h"
#include "tests/testing/emulated/emulated_kernels.h"
#include "tests/testing/signing_key.h"

namespace assay {
namespace {

using testing::SigningKey;

struct Signed {
  std::shared_ptr<const PublicKey> key;
  Algorithm algorithm;
  std::string input;
  std::string signature;
};

constexpr Algorithm kAlgorithms[] = {Algorithm::kES256, Algorithm::kES384, Algorithm::kES512,  Algorithm::kRS256,
                                     Algorithm::kRS384, Algorithm::kRS512, Algorithm::kPS256,  Algorithm::kPS384,
                                     Algorithm::kPS512, Algorithm::kEdDSA, Algorithm::kEd25519};

// Every algorithm, keys of several sizes, with and without tables; good signatures and spoilt ones.
std::vector<Signed> Mixture(std::size_t size) {
  std::mt19937 random(7);
  std::vector<std::pair<SigningKey, std::shared_ptr<const PublicKey>>> keys;
  for (Algorithm algorithm : kAlgorithms) {
    for (unsigned seed = 0; seed < 3; ++seed) {
      SigningKey key = SigningKey::Make(algorithm, "k", seed);
      auto set = jwks::ReadJwkSet(key.PublicJwk(), {algorithm});
      EXPECT_TRUE(set.ok());
      jwks::PrepareTables(*set, nullptr, seed == 0 ? 0 : seed * 100'000);
      keys.emplace_back(std::move(key), (*set)[0].key);
    }
  }
  std::vector<Signed> all;
  for (std::size_t i = 0; i < size; ++i) {
    // Half of them ES256, so that a batch fills blocks.
    const auto& [signer, key] = keys[i % 2 == 0 ? random() % 3 : random() % keys.size()];
    Signed one{key, signer.algorithm(), std::string(random() % 1000, 'm') + std::to_string(i), ""};
    one.signature = signer.Sign(one.input);
    switch (random() % 6) {
      case 0:
        one.signature[random() % one.signature.size()] ^= static_cast<char>(1 << random() % 8);
        break;
      case 1:
        one.input += "!";
        break;
      case 2:
        one.signature = std::string(one.signature.size(), random() % 2 ? '\0' : '\xFF');
        break;
      case 3:
        one.signature.resize(one.signature.size() - 1);
        break;
      default:
        break;
    }
    all.push_back(std::move(one));
  }
  return all;
}

SignatureStatus Reference(const Signed& one) {
  if (one.signature.size() != one.key->signature_bytes()) return SignatureStatus::kBadLength;
  return boringssl::Verify(*one.key, one.algorithm, one.input, one.signature) ? SignatureStatus::kValid
                                                                              : SignatureStatus::kBad;
}

const std::vector<Kernel>& EmulatedKernels() {
  static const std::vector<Kernel> kernels = [] {
    const auto es256 = testing::EmulatedEs256Kernels();
    const auto rsa = testing::EmulatedRsaKernels();
    std::vector<Kernel> all;
    for (std::size_t i = 0; i < rsa.size(); ++i) all.push_back({rsa[i]->name, es256.at(i), rsa[i]});
    return all;
  }();
  return kernels;
}

std::vector<const Kernel*> TestedKernels() {
  std::vector<const Kernel*> tested;
  for (const Kernel* kernel : Kernels()) {
    const simd::FeatureSet required =
        (kernel->es256 != nullptr ? kernel->es256->required : 0) | (kernel->rsa != nullptr ? kernel->rsa->required : 0);
    if (testing::RunsNatively(required)) tested.push_back(kernel);
  }
  for (const Kernel* kernel : tested) std::printf("kernel %s: native\n", std::string(kernel->name).c_str());
  for (const Kernel& kernel : EmulatedKernels()) {
    std::printf("kernel %s: emulated\n", std::string(kernel.name).c_str());
    tested.push_back(&kernel);
  }
  return tested;
}

class BatchVerifierTest : public ::testing::TestWithParam<const Kernel*> {
 protected:
  void SetUp() override {
    if (GetParam()->name.ends_with("_emulated")) {  // in no registry
      verifier_ = std::make_unique<BatchVerifier>(*GetParam());
      return;
    }
    const Result<const Kernel*> chosen = ChooseKernel(GetParam()->name);
    ASSERT_TRUE(chosen.ok());
    ASSERT_EQ((*chosen)->name, GetParam()->name);
    verifier_ = std::make_unique<BatchVerifier>(**chosen);
  }

  static SignatureJob Job(const Signed& one) {
    return {one.key.get(), one.algorithm, one.input, one.signature, SignatureStatus::kUnchecked};
  }

  std::unique_ptr<BatchVerifier> verifier_;
};

TEST_P(BatchVerifierTest, EveryAnswerIsBoringSslsInAnyBatchAndOrder) {
  const std::vector<Signed> all = Mixture(400);
  std::vector<SignatureStatus> expected;
  for (const Signed& one : all) expected.push_back(Reference(one));
  EXPECT_GT(std::count(expected.begin(), expected.end(), SignatureStatus::kValid), 100);
  EXPECT_GT(std::count(expected.begin(), expected.end(), SignatureStatus::kBad), 50);
  EXPECT_GT(std::count(expected.begin(), expected.end(), SignatureStatus::kBadLength), 20);

  std::mt19937 random(1);
  for (std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{64}, all.size()}) {
    std::vector<std::size_t> order(all.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    for (std::size_t first = 0; first < order.size(); first += size) {
      std::vector<SignatureJob> jobs;
      for (std::size_t i = first; i < std::min(first + size, order.size()); ++i) jobs.push_back(Job(all[order[i]]));
      verifier_->Verify(jobs);
      for (std::size_t i = 0; i < jobs.size(); ++i) {
        ASSERT_EQ(jobs[i].status, expected[order[first + i]])
            << "batch of " << size << ", " << AlgorithmName(jobs[i].algorithm);
      }
    }
  }
}

TEST_P(BatchVerifierTest, AnEmptyBatchIsFine) { verifier_->Verify({}); }

TEST_P(BatchVerifierTest, AnOldAnswerIsOverwritten) {
  const std::vector<Signed> all = Mixture(20);
  for (const Signed& one : all) {
    SignatureJob job = Job(one);
    job.status = SignatureStatus::kValid;
    verifier_->Verify({&job, 1});
    EXPECT_EQ(job.status, Reference(one));
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, BatchVerifierTest, ::testing::ValuesIn(TestedKernels()),
                         [](const auto& test) { return std::string(test.param->name); });

}  // namespace
}  // namespace assay
