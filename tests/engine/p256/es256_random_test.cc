// Every kernel against BoringSSL on random signatures, valid and corrupted, in batches of all
// shapes. Every case is a signature of its own over a digest of its own, judged once by BoringSSL
// and by each kernel. ASSAY_DIFF_COUNT in the environment sets their number; the long run is
//
//   ASSAY_DIFF_COUNT=10000000 build/bin/es256_random_test
#include <gtest/gtest.h>
#include <openssl/rand.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <random>
#include <vector>

#include "tests/diff_count.h"
#include "tests/engine/p256/kernels.h"

namespace assay::p256 {
namespace {

struct Case {
  TestSignature signature;
  const TestKey* key;
};

class Cases {
 public:
  explicit Cases(std::uint64_t seed) : draw_(seed) {
    for (const int window : {10, 10, 10, 10, 8, 8, 9, 5}) {
      keys_.push_back(std::make_unique<TestKey>(window));
    }
  }

  Case Draw() {
    std::array<std::uint8_t, 32> digest;
    for (std::uint8_t& byte : digest) byte = static_cast<std::uint8_t>(draw_());
    const TestKey& key = RandomKey();
    Case drawn{key.Sign(digest), &key};
    Change(drawn);
    return drawn;
  }

 private:
  const TestKey& RandomKey() { return *keys_[draw_() % keys_.size()]; }

  // Leaves about half of the signatures valid.
  void Change(Case& drawn) {
    std::uint8_t* const r = drawn.signature.bytes.data();
    std::uint8_t* const s = r + 32;
    switch (draw_() % 16) {
      case 0:
        Flip(drawn.signature.digest.data(), 32);
        break;
      case 1:
      case 2:
        Flip(r, 32);
        break;
      case 3:
      case 4:
        Flip(s, 32);
        break;
      case 5:
        drawn.key = &RandomKey();
        break;
      case 6:
        std::swap_ranges(r, s, s);
        break;
      case 7:  // r + n, where it fits, else n - r
        StoreBigEndian(r, SumOrDifference(LoadBigEndian(r)));
        break;
      case 8:
        for (int i = 0; i < 64; ++i) r[i] = static_cast<std::uint8_t>(draw_());
        break;
      case 9:  // valid as well: (r, n - s)
        StoreBigEndian(s, SubMod(kN, LoadBigEndian(s), kN));
        break;
      default:
        break;
    }
  }

  static U256 SumOrDifference(const U256& a) {
    U256 sum;
    return Add(sum, a, kN) == 0 ? sum : SubMod(kN, a, kN);
  }

  void Flip(std::uint8_t* bytes, std::size_t size) {
    bytes[draw_() % size] ^= static_cast<std::uint8_t>(1u << draw_() % 8);
  }

  std::mt19937_64 draw_;
  std::vector<std::unique_ptr<TestKey>> keys_;
};

TEST(Es256Random, EveryKernelAgreesWithBoringSsl) {
  std::uint64_t seed = 0;
  ASSERT_EQ(1, RAND_bytes(reinterpret_cast<std::uint8_t*>(&seed), sizeof(seed)));
  std::vector<std::unique_ptr<Es256Scratch>> scratches;
  const std::vector<const Es256Kernel*> kernels = testing::TestedEs256Kernels();
  for (const Es256Kernel* kernel : kernels) scratches.push_back(std::make_unique<Es256Scratch>(*kernel));
  std::vector<std::size_t> checked(kernels.size());
  Cases cases(seed);
  const std::size_t total = DiffCount();
  std::size_t accepted = 0;
  std::size_t done = 0;
  for (std::size_t round = 0; done < total; ++round) {
    constexpr std::size_t kSizes[] = {1024, 64, 1, 256, 7, 33, 8, 2, 128, 3, 20};
    const std::size_t size = std::min(total - done, kSizes[round % std::size(kSizes)]);
    std::vector<Case> batch;
    std::vector<Es256Job> jobs;
    std::vector<std::uint8_t> expected;
    for (std::size_t i = 0; i < size; ++i) batch.push_back(cases.Draw());
    for (const Case& drawn : batch) {
      jobs.push_back(drawn.key->Job(drawn.signature));
      expected.push_back(drawn.key->Reference(drawn.signature));
    }
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      // An emulated kernel is slow: after a batch of every size, it takes one of 50.
      if (testing::IsEmulated(*kernels[k]) && round >= std::size(kSizes) && round % 50 != 0) continue;
      checked[k] += size;
      std::vector<std::uint8_t> valid(size, 2);
      kernels[k]->verify_batch(jobs, valid.data(), *scratches[k]);
      ASSERT_EQ(expected, valid) << kernels[k]->name << " " << kernels[k]->variant << " seed " << seed << " round "
                                 << round;
    }
    accepted += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), 1));
    if ((done + size) / 1'000'000 != done / 1'000'000) {
      std::cout << (done + size) / 1'000'000 << " million agree" << std::endl;
    }
    done += size;
  }
  EXPECT_GT(accepted, total * 3 / 8);
  EXPECT_LT(accepted, total * 5 / 8);
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    EXPECT_EQ(0u, scratches[k]->counters.repeated_blocks);
    std::cout << kernels[k]->name << " " << kernels[k]->variant << ": " << checked[k]
              << " signatures agree with BoringSSL\n";
  }
}

}  // namespace
}  // namespace assay::p256
