// Every kernel against BoringSSL in all windows, batch sizes and orders; the many random signatures
// are in es256_random_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "engine/p256/field64.h"
#include "tests/engine/p256/kernels.h"
#include "tests/testing/host_float_state.h"

namespace assay::p256 {
namespace {

class Es256Test : public KernelTest {};
ASSAY_FOR_EVERY_KERNEL(Es256Test);

TEST_P(Es256Test, PassesItsSelfTest) { EXPECT_TRUE(SelfTest(kernel())); }

TEST_P(Es256Test, IsTheKernelThatWasAskedFor) {
  EXPECT_STREQ(GetParam()->name, kernel().name);
  const std::string_view name = kernel().name;
  EXPECT_EQ(name.starts_with("avx512") ? 8 : name.starts_with("avx") ? 4 : 1, kernel().lanes);
  EXPECT_TRUE(simd::Has(kernel().required));
  ASSERT_FALSE(Es256Kernels().empty());
  EXPECT_EQ(0u, Es256Kernels().back()->required) << "the last kernel must run anywhere";
}

// Random signatures over `keys`, about half of them corrupted.
class Corpus {
 public:
  Corpus(const std::vector<std::unique_ptr<TestKey>>& keys, std::uint64_t seed) : keys_(keys), draw_(seed) {}

  void Draw(std::size_t count) {
    signatures_.clear();
    key_of_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t key = draw_() % keys_.size();
      // A signature is made once in 8 times; the others vary earlier ones, which is faster.
      if (made_.size() < 64 || draw_() % 8 == 0) Make(key);
      const Made& made = made_[draw_() % made_.size()];
      TestSignature signature = made.signature;
      std::size_t owner = made.key;
      switch (draw_() % 8) {
        case 0:
          Flip(signature.digest.data(), 32);
          break;
        case 1:
        case 2:
          Flip(signature.bytes.data(), 64);
          break;
        case 3:
          owner = draw_() % keys_.size();
          break;
        default:
          break;
      }
      signatures_.push_back(signature);
      key_of_.push_back(owner);
    }
  }

  std::vector<Es256Job> Jobs() const {
    std::vector<Es256Job> jobs;
    for (std::size_t i = 0; i < signatures_.size(); ++i) {
      jobs.push_back(keys_[key_of_[i]]->Job(signatures_[i]));
    }
    return jobs;
  }
  std::vector<std::uint8_t> Reference() const {
    std::vector<std::uint8_t> valid;
    for (std::size_t i = 0; i < signatures_.size(); ++i) {
      valid.push_back(keys_[key_of_[i]]->Reference(signatures_[i]));
    }
    return valid;
  }

 private:
  struct Made {
    TestSignature signature;
    std::size_t key;
  };

  void Make(std::size_t key) {
    std::array<std::uint8_t, 32> digest;
    for (std::uint8_t& byte : digest) byte = static_cast<std::uint8_t>(draw_());
    const Made made{keys_[key]->Sign(digest), key};
    if (made_.size() < 4096) {
      made_.push_back(made);
    } else {
      made_[draw_() % made_.size()] = made;
    }
  }

  void Flip(std::uint8_t* bytes, std::size_t size) {
    bytes[draw_() % size] ^= static_cast<std::uint8_t>(1u << draw_() % 8);
  }

  const std::vector<std::unique_ptr<TestKey>>& keys_;
  std::mt19937_64 draw_;
  std::vector<Made> made_;
  std::vector<TestSignature> signatures_;
  std::vector<std::size_t> key_of_;
};

std::vector<std::unique_ptr<TestKey>> Keys(std::initializer_list<int> windows) {
  std::vector<std::unique_ptr<TestKey>> keys;
  for (const int window : windows) keys.push_back(std::make_unique<TestKey>(window));
  return keys;
}

TEST_P(Es256Test, EveryWindowGivesTheSameVerdicts) {
  std::vector<std::unique_ptr<TestKey>> keys;
  for (int window = kMinWindow; window <= kMaxWindow; ++window) {
    keys.push_back(std::make_unique<TestKey>(window));
    EXPECT_EQ(KeyTable::BytesFor(window), keys.back()->table().bytes());
  }
  Corpus corpus(keys, 4);
  corpus.Draw(1500);  // windows mixed in every batch
  EXPECT_EQ(corpus.Reference(), VerifyBatch(corpus.Jobs()));
  for (int window = kMinWindow; window <= kMaxWindow; ++window) {
    const auto own = Keys({window});
    Corpus alone(own, 5);
    alone.Draw(70);
    EXPECT_EQ(alone.Reference(), VerifyBatch(alone.Jobs())) << window;
  }
}

TEST_P(Es256Test, BatchGivesWhatSinglesGiveInAnyOrderAndAnyCut) {
  const auto keys = Keys({8, 5, 8});
  Corpus corpus(keys, 6);
  corpus.Draw(300);
  std::vector<Es256Job> jobs = corpus.Jobs();
  std::vector<std::uint8_t> singles;
  for (const Es256Job& job : jobs) singles.push_back(kernel().verify_one(job, scratch()));
  EXPECT_EQ(corpus.Reference(), singles);
  std::mt19937_64 draw(7);
  std::vector<std::size_t> order(jobs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (int round = 0; round < 20; round += emulated() ? 4 : 1) {
    std::shuffle(order.begin(), order.end(), draw);
    std::vector<Es256Job> shuffled;
    std::vector<std::uint8_t> expected;
    for (const std::size_t i : order) {
      shuffled.push_back(jobs[i]);
      expected.push_back(singles[i]);
    }
    std::vector<std::uint8_t> valid;
    for (std::size_t i = 0; i < shuffled.size();) {
      const std::size_t n = std::min<std::size_t>(1 + draw() % (round < 10 ? 20 : 300), shuffled.size() - i);
      const auto part = VerifyBatch(std::span(shuffled).subspan(i, n));
      valid.insert(valid.end(), part.begin(), part.end());
      i += n;
    }
    ASSERT_EQ(expected, valid);
  }
}

TEST_P(Es256Test, EveryBatchSizeUpTo130) {
  const auto keys = Keys({7, 6});
  Corpus corpus(keys, 9);
  corpus.Draw(130);
  const std::vector<Es256Job> jobs = corpus.Jobs();
  const std::vector<std::uint8_t> expected = corpus.Reference();
  for (std::size_t n = 0; n <= jobs.size(); ++n) {
    const auto valid = VerifyBatch(std::span(jobs).first(n));
    ASSERT_TRUE(std::equal(valid.begin(), valid.end(), expected.begin())) << n;
  }
}

#if defined(__x86_64__) && !defined(ASSAY_VERIFY)
// Whatever rounding, flushing, traps and flags the host has set: the verdicts are the same, and so is its state
// afterwards. (The checks of limb bounds, in trees that have them, compute in double themselves.)
TEST_P(Es256Test, TheHostsFloatingPointStateIsAsBefore) {
  const auto keys = Keys({6});
  Corpus corpus(keys, 10);
  corpus.Draw(emulated() ? 20 : 100);
  const std::vector<Es256Job> jobs = corpus.Jobs();
  const std::vector<std::uint8_t> expected = corpus.Reference();
  std::vector<std::uint8_t> valid(jobs.size());
  bool alone = false;
  testing::ExpectNoTraceIn(
      [&] {
        kernel().verify_batch(jobs, valid.data(), scratch());
        alone = kernel().verify_one(jobs[0], scratch());
      },
      [&] {
        ASSERT_EQ(valid, expected);
        ASSERT_EQ(alone, expected[0] != 0);
      });
  EXPECT_EQ(scratch().counters.repeated_blocks + scratch().counters.misrounding, 0u) << "the lanes were not used";
}
#endif

// Under an emulator that rounds to nearest whatever it is asked for, the lanes by FMA are not used, and are counted.
TEST_P(Es256Test, LanesThatDoNotRoundAsTheyMustAreNotUsed) {
  if (!emulated()) return;
  const auto keys = Keys({6});
  Corpus corpus(keys, 11);
  corpus.Draw(40);
  const std::vector<Es256Job> jobs = corpus.Jobs();
  std::vector<std::uint8_t> valid(jobs.size(), 2);
  {
    const testing::RoundingIgnored ignored;
    kernel().verify_batch(jobs, valid.data(), scratch());
  }
  EXPECT_EQ(valid, corpus.Reference());
  const bool rounds = std::string_view(kernel().name).find("ifma") == std::string_view::npos;
  EXPECT_EQ(scratch().counters.misrounding, rounds ? 1u : 0u);
  EXPECT_EQ(scratch().counters.repeated_blocks, 0u);
}

TEST(KeyTable, RefusesPointsThatAreNotOnTheCurve) {
  std::uint8_t x[32], y[32];
  StoreBigEndian(x, kGx);
  StoreBigEndian(y, kGy);
  EXPECT_NE(nullptr, KeyTable::Build(x, y, 4));
  EXPECT_EQ(nullptr, KeyTable::Build(y, x, 4));
  EXPECT_EQ(nullptr, KeyTable::Build(x, y, kMinWindow - 1));
  EXPECT_EQ(nullptr, KeyTable::Build(x, y, kMaxWindow + 1));
  y[31] ^= 1;
  EXPECT_EQ(nullptr, KeyTable::Build(x, y, 4));
  StoreBigEndian(x, kP);
  EXPECT_EQ(nullptr, KeyTable::Build(x, y, 4));
  const std::uint8_t zero[32] = {};
  EXPECT_EQ(nullptr, KeyTable::Build(zero, zero, 4));
}

TEST(KeyTable, HoldsTheOddMultiplesOfEveryWindow) {
  const EC_GROUP* group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  Owned<BN_CTX> ctx(BN_CTX_new());
  using F = Field64<Int128Arith>;
  for (const int window : {4, 5, 7, 8}) {
    const TestKey key(window);
    Owned<BIGNUM> x(BN_new()), y(BN_new()), k(BN_new());
    Owned<EC_POINT> q(EC_POINT_new(group)), point(EC_POINT_new(group));
    x.reset(BN_bin2bn(key.x(), 32, nullptr));
    y.reset(BN_bin2bn(key.y(), 32, nullptr));
    ASSERT_TRUE(EC_POINT_set_affine_coordinates_GFp(group, q.get(), x.get(), y.get(), ctx.get()));
    for (std::size_t i = 0; i < TableEntries(window); i += 3) {
      const std::size_t at = i / WindowEntries(window);
      ASSERT_TRUE(BN_set_word(k.get(), 2 * (i % WindowEntries(window)) + 1));
      ASSERT_TRUE(BN_lshift(k.get(), k.get(), static_cast<int>(at) * window));
      ASSERT_TRUE(EC_POINT_mul(group, point.get(), nullptr, q.get(), k.get(), ctx.get()));
      ASSERT_TRUE(EC_POINT_get_affine_coordinates_GFp(group, point.get(), x.get(), y.get(), ctx.get()));
      const TableEntry& entry = key.table().entries()[i];
      ASSERT_EQ(FromBn(x.get()), F::ToU256({entry.x}));
      ASSERT_EQ(FromBn(y.get()), F::ToU256({entry.y}));
    }
  }
}

}  // namespace
}  // namespace assay::p256
