// Every kernel against BoringSSL on random signatures, right and wrong, in batches of all shapes.
// Every case is a signature of its own over a digest of its own, judged once by BoringSSL and by
// each kernel. ASSAY_DIFF_COUNT in the environment sets their number; the long run is
//
//   ASSAY_DIFF_COUNT=10000000 build/bin/rsa_random_test
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/nid.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <random>
#include <vector>

#include "engine/rsa/encoding.h"
#include "engine/rsa/rsa_verify.h"
#include "tests/diff_count.h"
#include "tests/engine/rsa/many_prime_key.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::rsa {
namespace {

using Bytes = std::vector<std::uint8_t>;

const EVP_MD* Hash(Algorithm algorithm) {
  const std::size_t bytes = DigestBytes(algorithm);
  return bytes == 32 ? EVP_sha256() : bytes == 48 ? EVP_sha384() : EVP_sha512();
}

// A key as its signer, BoringSSL and our kernels hold it.
struct Key {
  ManyPrimeKey signer;
  bssl::UniquePtr<RSA> reference;
  std::unique_ptr<const PreparedRsa> prepared;

  Key(unsigned bits, std::mt19937_64& random) : signer(bits, random), reference(RSA_new()) {
    const auto n = signer.modulus();
    const Bytes e = {1, 0, 1};
    EXPECT_TRUE(RSA_set0_key(reference.get(), BN_bin2bn(n.data(), n.size(), nullptr),
                             BN_bin2bn(e.data(), e.size(), nullptr), nullptr));
    prepared = PreparedRsa::Create(n, e);
    EXPECT_NE(nullptr, prepared);
  }

  Bytes Sign(Algorithm algorithm, const Bytes& digest) const {
    Bytes block(prepared->bytes());
    if (IsPkcs1(algorithm)) {
      EncodePkcs1(algorithm, digest, block);
    } else {
      EXPECT_TRUE(RSA_padding_add_PKCS1_PSS_mgf1(reference.get(), block.data(), digest.data(), Hash(algorithm),
                                                 Hash(algorithm), static_cast<int>(digest.size())));
    }
    return signer.Close(block);
  }

  bool Reference(Algorithm algorithm, const Bytes& digest, const Bytes& signature) const {
    if (IsPkcs1(algorithm)) {
      return RSA_verify(EVP_MD_type(Hash(algorithm)), digest.data(), static_cast<unsigned>(digest.size()),
                        signature.data(), signature.size(), reference.get()) == 1;
    }
    return RSA_verify_pss_mgf1(reference.get(), digest.data(), digest.size(), Hash(algorithm), Hash(algorithm),
                               static_cast<int>(digest.size()), signature.data(), signature.size()) == 1;
  }
};

struct Case {
  const Key* key;
  Algorithm algorithm;
  Bytes digest;
  Bytes signature;
};

class Cases {
 public:
  explicit Cases(std::uint64_t seed) : random_(seed) {
    for (const unsigned bits : {2048u, 2048u, 2048u, 2048u, 3072u, 3072u, 4096u, 4096u}) {
      keys_.push_back(std::make_unique<Key>(bits, random_));
    }
  }

  // Three of four are of 2048 bits, one of 16 of 4096; half are RS256.
  Case Draw() {
    constexpr Algorithm kOthers[] = {Algorithm::kRS384, Algorithm::kRS512, Algorithm::kPS256,
                                     Algorithm::kPS256, Algorithm::kPS384, Algorithm::kPS512};
    const std::size_t size = random_() % 16;
    const std::size_t key = size == 0 ? Below(6, 8) : size < 4 ? Below(4, 6) : Below(0, 4);
    Case drawn{keys_[key].get(), Algorithm::kRS256, {}, {}};
    if (random_() % 2 == 0) drawn.algorithm = kOthers[random_() % std::size(kOthers)];
    drawn.digest = RandomBytes(DigestBytes(drawn.algorithm));
    drawn.signature = drawn.key->Sign(drawn.algorithm, drawn.digest);
    Change(drawn, key);
    return drawn;
  }

 private:
  std::size_t Below(std::size_t begin, std::size_t end) { return begin + random_() % (end - begin); }

  Bytes RandomBytes(std::size_t size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    return bytes;
  }

  void Flip(Bytes& bytes) { bytes[random_() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random_() % 8); }

  // Leaves about half of the signatures right.
  void Change(Case& drawn, std::size_t key) {
    Bytes& signature = drawn.signature;
    switch (random_() % 16) {
      case 0:
      case 1:
        Flip(signature);
        break;
      case 2:
        Flip(drawn.digest);
        break;
      case 3:  // below n, mostly
        signature = RandomBytes(signature.size());
        break;
      case 4:
        drawn.key = keys_[key ^ 1].get();
        break;
      case 5:  // of the same length of digest, but with the other padding
        if (drawn.algorithm == Algorithm::kRS256) drawn.algorithm = Algorithm::kPS256;
        break;
      case 6: {  // opens to a block with one bit changed
        Bytes block(drawn.key->prepared->bytes());
        if (!IsPkcs1(drawn.algorithm)) break;
        EncodePkcs1(drawn.algorithm, drawn.digest, block);
        block[1 + random_() % (block.size() - 1)] ^= static_cast<std::uint8_t>(1u << random_() % 8);
        signature = drawn.key->signer.Close(block);
        break;
      }
      case 7:  // the other root's sign: n - s opens to n - EM
        Negate(signature, drawn.key->signer.modulus());
        break;
      default:
        break;
    }
  }

  static void Negate(Bytes& number, std::span<const std::uint8_t> n) {
    int borrow = 0;
    for (std::size_t i = number.size(); i-- > 0;) {
      const int difference = n[i] - number[i] - borrow;
      borrow = difference < 0;
      number[i] = static_cast<std::uint8_t>(difference);
    }
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Key>> keys_;
};

TEST(ManyPrimeKey, SignsWhatBoringSslAccepts) {
  std::mt19937_64 random(1);
  for (const unsigned bits : {2048u, 3072u, 4096u}) {
    const Key key(bits, random);
    EXPECT_EQ(bits, key.prepared->bits());
    for (const Algorithm algorithm : {Algorithm::kRS256, Algorithm::kPS384}) {
      const Bytes digest(DigestBytes(algorithm), 0x5a);
      Bytes signature = key.Sign(algorithm, digest);
      EXPECT_TRUE(key.Reference(algorithm, digest, signature));
      signature[7] ^= 1;
      EXPECT_FALSE(key.Reference(algorithm, digest, signature));
    }
  }
}

TEST(RsaRandom, EveryKernelAgreesWithBoringSsl) {
  std::uint64_t seed = 0;
  ASSERT_EQ(1, RAND_bytes(reinterpret_cast<std::uint8_t*>(&seed), sizeof(seed)));
  const std::vector<const RsaKernel*> kernels = testing::TestedRsaKernels();
  std::vector<std::size_t> checked(kernels.size());
  RsaScratch scratch;
  Cases cases(seed);
  const std::size_t total = DiffCount();
  std::size_t right = 0;
  std::size_t done = 0;
  for (std::size_t round = 0; done < total; ++round) {
    constexpr std::size_t kSizes[] = {256, 64, 1, 200, 7, 33, 8, 2, 128, 3, 20};
    const std::size_t size = std::min(total - done, kSizes[round % std::size(kSizes)]);
    std::vector<Case> batch;
    std::vector<RsaJob> jobs;
    std::vector<std::uint8_t> expected;
    for (std::size_t i = 0; i < size; ++i) batch.push_back(cases.Draw());
    for (const Case& drawn : batch) {
      jobs.push_back({drawn.key->prepared.get(), drawn.algorithm, drawn.digest, drawn.signature});
      expected.push_back(drawn.key->Reference(drawn.algorithm, drawn.digest, drawn.signature));
    }
    const auto valid = std::make_unique<bool[]>(size);
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      const RsaKernel* const kernel = kernels[k];
      // An emulated kernel is slow: after a batch of every size, it takes one of 50.
      if (testing::IsEmulated(*kernel) && round >= std::size(kSizes) && round % 50 != 0) continue;
      checked[k] += size;
      VerifyBatch(*kernel, jobs, std::span<bool>(valid.get(), size), scratch);
      for (std::size_t i = 0; i < size; ++i) {
        ASSERT_EQ(expected[i] != 0, valid[i]) << kernel->name << " " << AlgorithmName(batch[i].algorithm) << " "
                                              << jobs[i].key->bits() << " bits, seed " << seed << " round " << round;
      }
    }
    right += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), 1));
    if ((done + size) / 1'000'000 != done / 1'000'000) {
      std::cout << (done + size) / 1'000'000 << " million agree" << std::endl;
    }
    done += size;
  }
  EXPECT_GT(right, total * 3 / 8);
  EXPECT_LT(right, total * 3 / 4);
  EXPECT_EQ(0u, scratch.distrusted_blocks);
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    std::cout << kernels[k]->name << ": " << checked[k] << " signatures agree with BoringSSL\n";
  }
}

}  // namespace
}  // namespace assay::rsa
