// Every RSA kernel against BoringSSL's RSA_verify and RSA_verify_pss_mgf1, on right signatures and
// on wrong ones of every kind. ASSAY_DIFF_COUNT sets the number of random ones.
#include "engine/rsa/rsa_verify.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/engine/rsa/kernel_test.h"
#include "tests/testing/host_float_state.h"

namespace assay::rsa {
namespace {

TEST_P(RsaKernelTest, SelfTestPasses) { EXPECT_TRUE(SelfTest(kernel())); }

TEST_P(RsaKernelTest, NamesAndLanesAreWhatTheyClaim) {
  const std::string name = kernel().name;
  EXPECT_EQ(kernel().lanes, name.starts_with("avx512") ? 8u : name.starts_with("avx") ? 4u : 1u);
  const simd::FeatureSet required = name == "avx512ifma" ? simd::FeatureSet{simd::kAvx512Ifma}
                                    : name == "avx512f"  ? simd::kAvx512 | simd::kFma
                                    : name == "avx2"     ? simd::kAvx2 | simd::kFma
                                    : name == "avxifma"  ? simd::kAvx2 | simd::kAvxIfma
                                                         : 0u;
  EXPECT_EQ(kernel().required, required);
  std::printf("RSA kernel under test: %s\n", kernel().name);
}

TEST_P(RsaKernelTest, RightSignaturesOfEveryKeyAndAlgorithm) {
  const std::vector<Example> all = OneOfEach();
  for (const bool valid : Verify(all)) EXPECT_TRUE(valid);
  ExpectLikeReference(all);
}

#if defined(__x86_64__)
// Whatever rounding, flushing, traps and flags the host has set: the verdicts are the same, and so is its state
// afterwards.
TEST_P(RsaKernelTest, TheHostsFloatingPointStateIsAsBefore) {
  const std::vector<Example> all = OneOfEach();
  std::vector<bool> valid;
  testing::ExpectNoTraceIn([&] { valid = Verify(all); },
                           [&] {
                             for (const bool right : valid) ASSERT_TRUE(right);
                           });
}
#endif

// Under an emulator that rounds to nearest whatever it is asked for, the lanes by FMA are not used, and are counted.
TEST_P(RsaKernelTest, LanesThatDoNotRoundAsTheyMustAreNotUsed) {
  if (!testing::IsEmulated(kernel())) return;
  std::vector<Example> all = OneOfEach();
  const std::size_t right = all.size();
  for (std::size_t i = 0; i < right; ++i) {
    all.push_back(all[i]);
    all.back().signature[all.back().signature.size() / 2] ^= 1;
  }
  std::vector<RsaJob> jobs;
  for (const Example& example : all) jobs.push_back(example.Job());
  const auto valid = std::make_unique<bool[]>(jobs.size());
  RsaScratch scratch;
  {
    const testing::RoundingIgnored ignored;
    VerifyBatch(kernel(), jobs, std::span<bool>(valid.get(), jobs.size()), scratch);
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) ASSERT_EQ(valid[i], i < right) << i;
  const bool rounds = std::string_view(kernel().name).find("ifma") == std::string_view::npos;
  EXPECT_EQ(scratch.distrusted_blocks > 0, rounds);
}

// RFC 8017 section 5.2.2: s + n satisfies s^e = EM mod n as well as s does, and fits when it is
// below 2^bits.
TEST_P(RsaKernelTest, SignaturePlusModulusIsRefused) {
  std::size_t found = 0;
  for (const KeyPair& key : Keys()) {
    for (Algorithm algorithm : kAlgorithms) {
      for (int tries = 0; tries < 60; ++tries) {
        Example example = Right(key, algorithm);
        bssl::UniquePtr<BIGNUM> s(BN_bin2bn(example.signature.data(), example.signature.size(), nullptr));
        ASSERT_TRUE(BN_add(s.get(), s.get(), RSA_get0_n(key.rsa.get())));
        if (BN_num_bytes(s.get()) > key.bytes()) continue;
        const Example honest = example;
        example.signature = ToBytes(s.get(), key.bytes());
        const std::vector<bool> valid = Verify({honest, example, honest});
        EXPECT_TRUE(valid[0] && valid[2]);
        EXPECT_FALSE(valid[1]) << AlgorithmName(algorithm);
        EXPECT_FALSE(Admissible(example.Job()));
        ++found;
        break;
      }
      if (key.bytes() > 256) break;  // signing is slow; one algorithm of the larger keys is enough
    }
  }
  EXPECT_GT(found, 5u);
}

TEST_P(RsaKernelTest, WrongLengthsAreRefused) {
  for (const Example& right : OneOfEach()) {
    std::vector<Example> changed(6, right);
    changed[0].signature.push_back(0);
    changed[1].signature.insert(changed[1].signature.begin(), 0);
    changed[2].signature.pop_back();
    changed[3].signature.clear();
    changed[4].digest.pop_back();
    changed[5].digest.clear();
    for (const bool valid : Verify(changed)) EXPECT_FALSE(valid);
  }
}

TEST_P(RsaKernelTest, OtherAlgorithmsAreRefused) {
  Example example = Right(Keys()[0], Algorithm::kRS256);
  for (Algorithm algorithm : {Algorithm::kRS384, Algorithm::kPS256, Algorithm::kES256, Algorithm::kEdDSA,
                              Algorithm::kEd25519, Algorithm::kES384}) {
    example.algorithm = algorithm;
    EXPECT_FALSE(Verify({example})[0]) << AlgorithmName(algorithm);
  }
}

TEST_P(RsaKernelTest, EdgeSignaturesLikeReference) {
  for (const KeyPair& key : Keys()) {
    std::vector<Example> edges;
    for (Algorithm algorithm : kAlgorithms) {
      const Bytes digest = RandomBytes(DigestBytes(algorithm));
      for (int which = 0; which < 6; ++which) {
        bssl::UniquePtr<BIGNUM> s(BN_new());
        if (which < 3) {
          BN_set_word(s.get(), static_cast<BN_ULONG>(which));
        } else {
          BN_copy(s.get(), RSA_get0_n(key.rsa.get()));
          BN_sub_word(s.get(), static_cast<BN_ULONG>(which - 3));
        }
        edges.push_back({&key, algorithm, digest, ToBytes(s.get(), key.bytes())});
      }
    }
    ExpectLikeReference(edges);
  }
  EXPECT_EQ(right_, 0u);
}

// Every byte of the block counts: change each, close it with the private key, and it must be
// refused.
TEST_P(RsaKernelTest, EveryChangedByteOfThePaddingIsRefused) {
  const KeyPair& key = Keys()[0];
  for (Algorithm algorithm : {Algorithm::kRS256, Algorithm::kRS512}) {
    const Bytes digest = RandomBytes(DigestBytes(algorithm));
    Bytes block(key.bytes());
    EncodePkcs1(algorithm, digest, block);
    std::vector<Example> examples = {{&key, algorithm, digest, key.Close(block)}};
    for (std::size_t at = 1; at < block.size(); ++at) {  // byte 0 is zero, or the block is not below n
      Bytes changed = block;
      changed[at] ^= static_cast<std::uint8_t>(1u << (random_() % 8));
      examples.push_back({&key, algorithm, digest, key.Close(changed)});
    }
    const std::vector<bool> valid = Verify(examples);
    EXPECT_TRUE(valid[0]);
    for (std::size_t i = 1; i < valid.size(); ++i) EXPECT_FALSE(valid[i]) << "byte " << i;
    ExpectLikeReference(examples);
  }
}

// Blocks that lax parsers took: digest info without NULL, garbage behind the digest, short padding.
TEST_P(RsaKernelTest, LaxPaddingIsRefused) {
  const KeyPair& key = Keys()[1];
  const Bytes digest = RandomBytes(32);
  Bytes block(key.bytes());
  EncodePkcs1(Algorithm::kRS256, digest, block);
  const std::size_t info = block.size() - 51;
  Bytes short_padding = block;  // 00 01 FF.. 00 DigestInfo digest garbage
  std::copy(block.begin() + static_cast<std::ptrdiff_t>(info) - 1, block.end(), short_padding.begin() + 10);
  std::fill(short_padding.begin() + 10 + 52, short_padding.end(), 0x5a);
  Bytes without_null = block;
  const Bytes shorter = {0x00, 0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
                         0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20};
  std::fill(without_null.begin() + 2, without_null.end() - 32, 0xff);
  std::copy(shorter.begin(), shorter.end(), without_null.end() - 32 - static_cast<std::ptrdiff_t>(shorter.size()));
  Bytes zero_padding = block;
  std::fill(zero_padding.begin() + 2, zero_padding.begin() + static_cast<std::ptrdiff_t>(info) - 1, 0);
  std::vector<Example> examples;
  for (const Bytes& lax : {short_padding, without_null, zero_padding}) {
    examples.push_back({&key, Algorithm::kRS256, digest, key.Close(lax)});
  }
  for (const bool valid : Verify(examples)) EXPECT_FALSE(valid);
  ExpectLikeReference(examples);
}

// PSS blocks of other parameters, and of damaged ones, closed with the private key.
TEST_P(RsaKernelTest, PssOfOtherSaltLengthsIsRefused) {
  const KeyPair& key = Keys()[0];
  for (Algorithm algorithm : {Algorithm::kPS256, Algorithm::kPS384, Algorithm::kPS512}) {
    const Bytes digest = RandomBytes(DigestBytes(algorithm));
    const int size = static_cast<int>(digest.size());
    for (int salt : {0, 20, size - 1, size, size + 1, -2}) {
      Bytes signature(key.bytes());
      std::size_t length = 0;
      ASSERT_TRUE(RSA_sign_pss_mgf1(key.rsa.get(), &length, signature.data(), signature.size(), digest.data(),
                                    digest.size(), Hash(algorithm), Hash(algorithm), salt));
      EXPECT_EQ(Verify({{&key, algorithm, digest, signature}})[0], salt == size) << salt;
    }
    const EVP_MD* other = algorithm == Algorithm::kPS256 ? EVP_sha1() : EVP_sha256();
    Bytes signature(key.bytes());
    std::size_t length = 0;
    ASSERT_TRUE(RSA_sign_pss_mgf1(key.rsa.get(), &length, signature.data(), signature.size(), digest.data(),
                                  digest.size(), Hash(algorithm), other, size));
    EXPECT_FALSE(Verify({{&key, algorithm, digest, signature}})[0]) << "MGF1 of another hash";
  }
}

TEST_P(RsaKernelTest, EveryChangedByteOfPssIsRefused) {
  const KeyPair& key = Keys()[2];
  const Example right = Right(key, Algorithm::kPS256);
  bssl::UniquePtr<BIGNUM> opened(BN_new());
  bssl::UniquePtr<BN_CTX> context(BN_CTX_new());
  bssl::UniquePtr<BIGNUM> s(BN_bin2bn(right.signature.data(), right.signature.size(), nullptr));
  ASSERT_TRUE(BN_mod_exp(opened.get(), s.get(), RSA_get0_e(key.rsa.get()), RSA_get0_n(key.rsa.get()), context.get()));
  const Bytes block = ToBytes(opened.get(), key.bytes());
  std::vector<Example> examples = {right};
  for (std::size_t at = 1; at < block.size(); ++at) {
    Bytes changed = block;
    changed[at] ^= static_cast<std::uint8_t>(1u << (random_() % 8));
    examples.push_back({&key, Algorithm::kPS256, right.digest, key.Close(changed)});
  }
  const std::vector<bool> valid = Verify(examples);
  EXPECT_TRUE(valid[0]);
  for (std::size_t i = 1; i < valid.size(); ++i) EXPECT_FALSE(valid[i]) << "byte " << i;
  ExpectLikeReference(examples);
}

// Blocks that are not full, called as such: no fallback to scalar arithmetic can hide a lane.
TEST_P(RsaKernelTest, EveryLaneOfEveryBlockSize) {
  for (unsigned count = 1; count <= kernel().lanes; ++count) {
    for (unsigned wrong = 0; wrong <= count; ++wrong) {  // == count: none
      std::vector<Example> examples(count, Right(Keys()[wrong % 3], Algorithm::kRS256));
      if (wrong < count) examples[wrong].signature[100] ^= 4;
      std::vector<RsaJob> jobs;
      std::vector<std::uint32_t> order;
      for (const Example& example : examples) {
        order.push_back(static_cast<std::uint32_t>(jobs.size()));
        jobs.push_back(example.Job());
      }
      bool valid[8] = {};
      kernel().verify_block(jobs.data(), order.data(), count, valid, scratch_);
      for (unsigned i = 0; i < count; ++i) EXPECT_EQ(valid[i], i != wrong) << i << " of " << count;
    }
  }
  EXPECT_EQ(scratch_.distrusted_blocks, 0u);
}

TEST_P(RsaKernelTest, BatchIsItsSinglesInAnyOrder) {
  std::vector<Example> pool = OneOfEach();
  for (std::size_t i = 0, size = pool.size(); i < 2 * size; ++i) pool.push_back(Changed(pool[i % size]));
  std::vector<bool> single;
  for (const Example& example : pool) single.push_back(Verify({example})[0]);
  std::vector<std::size_t> order(pool.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (int round = 0; round < 20; ++round) {
    std::shuffle(order.begin(), order.end(), random_);
    const std::size_t count = 1 + random_() % order.size();
    std::vector<Example> batch;
    for (std::size_t i = 0; i < count; ++i) batch.push_back(pool[order[i]]);
    const std::vector<bool> valid = Verify(batch);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(valid[i], single[order[i]]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, RsaKernelTest, ::testing::ValuesIn(assay::testing::TestedRsaKernels()),
                         [](const auto& param) { return std::string(param.param->name); });

TEST(RsaKernels, PortableIsLastAndRunsEverywhere) {
  ASSERT_FALSE(RsaKernels().empty());
  EXPECT_STREQ(RsaKernels().back()->name, "portable64");
  EXPECT_EQ(RsaKernels().back()->required, 0u);
  EXPECT_TRUE(simd::IsSupported(*RsaKernels().back()));
}

TEST(PreparedRsa, KeysForTheGeneralPathAreNotPrepared) {
  const auto n = Keys()[0].prepared->modulus();
  const Bytes modulus(n.begin(), n.end());
  const Bytes f4 = {1, 0, 1};
  EXPECT_NE(PreparedRsa::Create(modulus, f4), nullptr);
  EXPECT_EQ(PreparedRsa::Create(modulus, Bytes{3}), nullptr);
  EXPECT_EQ(PreparedRsa::Create(modulus, Bytes{0, 1, 0, 1}), nullptr);
  EXPECT_EQ(PreparedRsa::Create(modulus, Bytes{}), nullptr);
  EXPECT_EQ(PreparedRsa::Create(Bytes{}, f4), nullptr);
  Bytes longer = modulus;
  longer.push_back(1);
  EXPECT_EQ(PreparedRsa::Create(longer, f4), nullptr);
  Bytes even = modulus;
  even.back() &= 0xfe;
  EXPECT_EQ(PreparedRsa::Create(even, f4), nullptr);
  Bytes shorter = modulus;  // 2,047 bits in 256 bytes
  shorter.front() &= 0x7f;
  EXPECT_EQ(PreparedRsa::Create(shorter, f4), nullptr);
}

TEST(PreparedRsa, ExtremeModuliArePrepared) {
  const Bytes f4 = {1, 0, 1};
  for (std::size_t bytes : {256u, 384u, 512u}) {
    EXPECT_NE(PreparedRsa::Create(Bytes(bytes, 0xff), f4), nullptr);
    Bytes least(bytes, 0);
    least.front() = 0x80;
    least.back() = 0x01;
    EXPECT_NE(PreparedRsa::Create(least, f4), nullptr);
  }
}

}  // namespace
}  // namespace assay::rsa
