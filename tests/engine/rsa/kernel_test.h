// What every test of an RSA kernel shares: examples of signatures, right and changed, and their verdicts.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "engine/rsa/rsa_verify.h"
#include "tests/engine/rsa/key_pair.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::rsa {

class RsaKernelTest : public ::testing::TestWithParam<const RsaKernel*> {
 protected:
  static const RsaKernel& kernel() { return *GetParam(); }

  std::vector<bool> Verify(const std::vector<Example>& examples) {
    std::vector<RsaJob> jobs;
    for (const Example& example : examples) jobs.push_back(example.Job());
    const auto valid = std::make_unique<bool[]>(jobs.size());
    std::fill_n(valid.get(), jobs.size(), true);
    VerifyBatch(kernel(), jobs, std::span<bool>(valid.get(), jobs.size()), scratch_);
    EXPECT_EQ(scratch_.distrusted_blocks, 0u);
    return std::vector<bool>(valid.get(), valid.get() + jobs.size());
  }

  void ExpectLikeReference(const std::vector<Example>& examples) {
    const std::vector<bool> valid = Verify(examples);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const Example& example = examples[i];
      const bool reference = example.Reference();
      ASSERT_EQ(valid[i], reference) << kernel().name << " " << AlgorithmName(example.algorithm) << " "
                                     << example.key->prepared->bits() << " bits, " << i << " of " << examples.size();
      right_ += reference;
    }
  }

  Bytes RandomBytes(std::size_t size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    return bytes;
  }

  Example Right(const KeyPair& key, Algorithm algorithm) {
    Bytes digest = RandomBytes(DigestBytes(algorithm));
    Bytes signature = key.Sign(algorithm, digest);
    return {&key, algorithm, std::move(digest), std::move(signature)};
  }

  // One right example for each key and algorithm.
  std::vector<Example> OneOfEach() {
    std::vector<Example> all;
    for (const KeyPair& key : Keys()) {
      for (Algorithm algorithm : kAlgorithms) all.push_back(Right(key, algorithm));
    }
    return all;
  }

  // Damages one right example in one of many ways, or leaves it.
  Example Changed(Example example) {
    Bytes& signature = example.signature;
    const auto random = [this](std::size_t below) { return static_cast<std::size_t>(random_() % below); };
    switch (random(12)) {
      case 0:
        signature[random(signature.size())] ^= static_cast<std::uint8_t>(1u << random(8));
        break;
      case 1:
        example.digest[random(example.digest.size())] ^= static_cast<std::uint8_t>(1u << random(8));
        break;
      case 2:
        signature = RandomBytes(signature.size());
        break;
      case 3:
        signature.assign(signature.size(), 0);
        signature.back() = static_cast<std::uint8_t>(random(3));
        break;
      case 4: {  // n - 1, n, n + 1
        const auto n = example.key->prepared->modulus();
        signature.assign(n.begin(), n.end());
        signature.back() = static_cast<std::uint8_t>(signature.back() - 1 + random(3));
        break;
      }
      case 5:
        random(2) == 0 ? signature.pop_back() : signature.push_back(0);
        break;
      case 6:
        signature.insert(signature.begin(), 0);
        break;
      case 7: {
        const KeyPair& other = Keys()[random(Keys().size())];
        if (other.bytes() == example.key->bytes()) example.key = &other;
        break;
      }
      case 8:
        signature.assign(signature.size(), 0xff);
        break;
      default:
        break;
    }
    return example;
  }

  RsaScratch scratch_;
  std::mt19937_64 random_{65537};
  std::size_t right_ = 0;
};

}  // namespace assay::rsa
