// Signatures crafted to meet exceptional additions and the edges of ECDSA's equation.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "tests/engine/p256/balanced.h"
#include "tests/engine/p256/crafted.h"
#include "tests/engine/p256/kernels.h"

namespace assay::p256 {
namespace {

class Es256CraftedTest : public KernelTest {
 protected:
  // Checks the signatures against BoringSSL alone, in one batch, each in a batch of `kFill` good
  // ones, and in batches of eight times itself.
  void Check(const TestKey& key, const std::vector<TestSignature>& signatures) {
    std::vector<Es256Job> jobs;
    std::vector<std::uint8_t> expected;
    for (const TestSignature& signature : signatures) {
      jobs.push_back(key.Job(signature));
      expected.push_back(key.Reference(signature));
      ASSERT_EQ(expected.back() != 0, kernel().verify_one(jobs.back(), scratch()));
    }
    valid_ += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), 1));
    ASSERT_EQ(expected, VerifyBatch(jobs));
    const TestSignature good = key.Sign({1, 2, 3});
    // One size for every shape of tree: few and many affine levels. Two vectors at most have none.
    const std::size_t without_levels = kernel().lanes == 4 ? 4 : 9;
    const std::vector<std::size_t> every = {2, 4, 9, 20, 30, 41, 64}, few = {2, without_levels, 30};
    for (const std::size_t size : emulated() ? few : every) {
      const std::size_t step = size > 9 ? 5 : 1;
      for (std::size_t i = 0; i < jobs.size(); i += step) {
        std::vector<Es256Job> batch(size, key.Job(good));
        std::vector<std::uint8_t> verdicts(size, 1);
        batch[size / 2] = jobs[i];
        verdicts[size / 2] = expected[i];
        ASSERT_EQ(verdicts, VerifyBatch(batch)) << i << " in " << size;
        std::fill(batch.begin(), batch.end(), jobs[i]);
        std::fill(verdicts.begin(), verdicts.end(), expected[i]);
        ASSERT_EQ(verdicts, VerifyBatch(batch)) << i << " times " << size;
      }
    }
    EXPECT_EQ(0u, scratch().counters.repeated_blocks);
  }

  std::size_t valid_ = 0;
};
ASSAY_FOR_EVERY_KERNEL(Es256CraftedTest);

// kernels.md's forgery: s = e/U makes u1 = U, whose digits below and above a window's border sum
// to the same point. A kernel that misses the doubling accepts anything.
TEST_P(Es256CraftedTest, ForgeryByEqualHalvesOfTheGeneratorsScalarIsRefused) {
  for (const int window : {4, 8, 10}) {
    const TestKey key(window);
    std::vector<TestSignature> signatures;
    std::vector<int> borders;
    for (int bit = 4; bit < 256; bit += 4) borders.push_back(bit);
    for (int bit = kGeneratorWindow; bit < 256; bit += kGeneratorWindow) borders.push_back(bit);
    for (const int bit : borders) {
      const U256 e = {{0x1234567, 0x89, 0xab, static_cast<std::uint64_t>(bit)}};
      signatures.push_back(Make(e, Power(bit), TimesN(e, InverseN(EqualHalves(bit)))));
    }
    Check(key, signatures);
  }
  EXPECT_EQ(0u, valid_);
  EXPECT_GT(scratch().counters.flagged, 0u) << "no sum met equal points: nothing was tested";
}

// Lanes that share a sum are added by halves: scalars that balance the halves make the last of these
// additions a doubling. In an eight-lane kernel each such signature must be seen to be flagged.
TEST_P(Es256CraftedTest, ForgeryByBalancedLanesIsFlaggedAndRefused) {
  for (const int window : {8, 10}) {
    const TestKey key(window);
    for (const int batch : {2, 4}) {
      const int share = 8 / batch;
      const U256 u1 = Balanced(kGeneratorWindow, 0, share);
      const U256 u2 = Balanced(window, Windows(kGeneratorWindow), share);
      std::vector<TestSignature> signatures;
      for (int i = 0; i < batch; ++i) {
        const U256 s{{7, 7, 7, static_cast<std::uint64_t>(i) + 1}};
        signatures.push_back(Make(TimesN(u1, s), TimesN(u2, s), s));
      }
      std::vector<Es256Job> jobs;
      for (const TestSignature& signature : signatures) jobs.push_back(key.Job(signature));
      const auto before = scratch().counters;
      EXPECT_EQ(std::vector<std::uint8_t>(jobs.size(), 0), VerifyBatch(jobs));
      if (kernel().lanes == 8) {
        EXPECT_EQ(before.flagged + jobs.size(), scratch().counters.flagged) << window << batch;
        // IFMA takes a flagged one through its lanes once more, in another order.
        const bool again = std::string_view(kernel().name) == "avx512ifma";
        EXPECT_EQ(before.complete + (again ? 0 : jobs.size()), scratch().counters.complete) << "met equal points twice";
      }
      Check(key, signatures);
    }
  }
  EXPECT_EQ(0u, valid_);
}

// As by equal halves of the generator's scalar, but with s = r/U, so that u2 = U.
TEST_P(Es256CraftedTest, ForgeryByEqualHalvesOfTheKeysScalarIsRefused) {
  for (const int window : {4, 7, 8, 9, 10}) {
    const TestKey key(window);
    std::vector<TestSignature> signatures;
    for (int bit = window; bit < 256; bit += window) {
      const U256 r = {{77, static_cast<std::uint64_t>(bit), 0xabcd, 5}};
      signatures.push_back(Make({{1, 2, 3, 4}}, r, TimesN(r, InverseN(EqualHalves(bit)))));
    }
    for (const int bit : {128, 248}) {
      const U256 r = {{99, static_cast<std::uint64_t>(bit), 0xabcd, 5}};
      signatures.push_back(Make({{1, 2, 3, 4}}, r, TimesN(r, InverseN(EqualHalves(bit)))));
    }
    Check(key, signatures);
  }
  EXPECT_EQ(0u, valid_);
}

// The same scalars, but with the r and e that make the sum right: they must be accepted.
TEST_P(Es256CraftedTest, EqualHalvesWithTheRightResultAreAccepted) {
  Owned<BIGNUM> d(BN_new());
  ASSERT_TRUE(BN_set_word(d.get(), 0x123456789abcdef));
  const TestKey key(8, d.get());
  const U256 secret = FromBn(d.get());
  std::vector<TestSignature> signatures;
  for (int bit = 8; bit < 256; bit += 8) {
    signatures.push_back(FromScalars(EqualHalves(bit), {{3, 1, 4, 1}}, secret));
    signatures.push_back(FromScalars({{3, 1, 4, 1}}, EqualHalves(bit), secret));
    signatures.push_back(FromScalars(EqualHalves(bit), EqualHalves(256 - bit), secret));
  }
  const std::size_t count = signatures.size();
  Check(key, signatures);
  EXPECT_EQ(count, valid_);
}

// Q = k G: the two combs meet in equal, opposite and cancelling points.
TEST_P(Es256CraftedTest, KeysThatAreSmallMultiplesOfTheGenerator) {
  for (const int small : {1, -1, 2, -2, 3, 5, -7, 16, 255, -256}) {
    const U256 magnitude{{static_cast<std::uint64_t>(std::abs(small)), 0, 0, 0}};
    const U256 d = small > 0 ? magnitude : SubMod(kN, magnitude, kN);
    const Owned<BIGNUM> secret = ToBn(d);
    for (const int window : {4, 6}) {
      const TestKey key(window, secret.get());
      std::vector<TestSignature> signatures;
      std::vector<U256> scalars = {kOne,
                                   {{2, 0, 0, 0}},
                                   {{3, 0, 0, 0}},
                                   SubMod(kN, kOne, kN),
                                   SubMod(kN, {{2, 0, 0, 0}}, kN),
                                   EqualHalves(128),
                                   EqualHalves(248)};
      for (const int bit : {4, 12, 24, 48, 96, 192, 252}) scalars.push_back(Power(bit));
      for (const U256& u1 : scalars) {
        for (const U256& u2 : scalars) signatures.push_back(FromScalars(u1, u2, d));
        // u1 = -d u2 sums to infinity, which no r matches.
        const U256 negated = SubMod(kN, TimesN(u1, d), kN);
        signatures.push_back(FromScalars(negated, u1, d));
        signatures.push_back(FromScalars(TimesN(u1, d), u1, d));  // equal contributions
      }
      std::vector<Es256Job> jobs;
      std::vector<std::uint8_t> expected;
      for (const TestSignature& signature : signatures) {
        jobs.push_back(key.Job(signature));
        expected.push_back(key.Reference(signature));
        if (emulated() && jobs.size() % 8 != 0) continue;
        ASSERT_EQ(expected.back() != 0, kernel().verify_one(jobs.back(), scratch()));
      }
      const auto larger = [&](std::size_t size) { return emulated() ? 5 * size : size * 3 / 2 + 1; };
      for (std::size_t size = emulated() ? 7 : 1; size <= jobs.size(); size = larger(size)) {
        for (std::size_t i = 0; i + size <= jobs.size(); i += size) {
          const std::vector<std::uint8_t> part(expected.begin() + static_cast<std::ptrdiff_t>(i),
                                               expected.begin() + static_cast<std::ptrdiff_t>(i + size));
          ASSERT_EQ(part, VerifyBatch(std::span(jobs).subspan(i, size)));
        }
      }
    }
  }
}

// The key's owner can make a node of the tree that holds only the generator's points equal to the
// neighbouring node that holds only the key's, at whatever level they meet.
TEST_P(Es256CraftedTest, CollisionsBetweenTheGeneratorsAndTheKeysPoints) {
  std::mt19937_64 draw(5);
  const int m = Windows(kGeneratorWindow);
  for (const int window : {4, 8, 10}) {
    for (const int rows : {1, 2, 3, 4, 6, 7, 8, 16, 22}) {
      for (const bool opposite : {false, true}) {
        U256 u1{}, u2{};
        for (int i = 0; i < 4; ++i) {
          u1.w[i] = draw() >> (i == 3);
          u2.w[i] = draw() >> (i == 3);
        }
        u1.w[0] |= 1;
        u2.w[0] |= 1;
        // What the last `rows` digits of u1 and the first `rows` of u2 contribute: see comb.h.
        const auto low_digits = [](const U256& u, int bits) {
          // 2 (v mod 2^bits) - (2^bits - 1) mod n, v = (u >> 1) + the top bit, which is above.
          Owned<BIGNUM> v = ToBn(u), term(BN_new());
          Owned<BN_CTX> ctx(BN_CTX_new());
          const Owned<BIGNUM> n = ToBn(kN);
          EXPECT_TRUE(BN_rshift1(v.get(), v.get()));
          if (bits < static_cast<int>(BN_num_bits(v.get()))) {
            EXPECT_TRUE(BN_mask_bits(v.get(), bits));
          }
          EXPECT_TRUE(BN_lshift1(v.get(), v.get()));
          EXPECT_TRUE(BN_set_bit(term.get(), bits));
          EXPECT_TRUE(BN_sub_word(term.get(), 1));
          EXPECT_TRUE(BN_sub(v.get(), v.get(), term.get()));
          EXPECT_TRUE(BN_nnmod(v.get(), v.get(), n.get(), ctx.get()));
          return FromBn(v.get());
        };
        const int kept = std::max(0, m - rows) * kGeneratorWindow;
        const U256 high = kept == 0 ? u1 : SubMod(u1, low_digits(u1, kept), kN);
        const int key_rows = std::min(rows, Windows(window) - 1);
        const U256 low = low_digits(u2, key_rows * window);
        U256 d = TimesN(high, InverseN(low));
        if (opposite) d = SubMod(kN, d, kN);
        const Owned<BIGNUM> secret = ToBn(d);
        const TestKey key(window, secret.get());
        Check(key, {FromScalars(u1, u2, d), Make(u1, {{5, 5, 5, 5}}, kOne)});
      }
    }
  }
  EXPECT_GT(scratch().counters.flagged, 0u) << "no sum met equal points: nothing was tested";
}

TEST_P(Es256CraftedTest, ScalarsAtTheEdges) {
  Owned<BIGNUM> d(BN_new());
  ASSERT_TRUE(BN_set_word(d.get(), 0xfedcba987654321));
  const U256 secret = FromBn(d.get());
  const TestKey key(6, d.get());
  const U256 minus_one = SubMod(kN, kOne, kN);
  std::vector<TestSignature> signatures;
  for (const U256& u1 : {U256{}, kOne, minus_one, U256{{2, 0, 0, 0}}}) {
    for (const U256& u2 : {kOne, minus_one, U256{{2, 0, 0, 0}}, U256{{0, 0, 0, 1}}}) {
      signatures.push_back(FromScalars(u1, u2, secret));
    }
  }
  const std::size_t count = signatures.size();
  Check(key, signatures);
  EXPECT_EQ(count, valid_);
}

// s = 2^bit and n - 2^bit take the inversion through states whose low limb, or more, is zero, where one
// of BoringSSL's versions for aarch64 went wrong (tools/cmake/boringssl mends it).
TEST_P(Es256CraftedTest, EveryPowerOfTwoAsSIsInvertedRightly) {
  const TestKey key(8);
  const U256 d = FromBn(key.secret());
  const U256 sum{{0x9e3779b97f4a7c15, 2, 0xabcdef, 4}};
  const U256 r = ReduceOnce(XOf(sum), kN);
  std::vector<TestSignature> signatures;
  for (int bit = 0; bit < 256; ++bit) {
    for (const U256& s : {Power(bit), SubMod(kN, Power(bit), kN)}) {
      const U256 u2 = TimesN(r, InverseN(s));
      const U256 u1 = SubMod(sum, TimesN(u2, d), kN);
      signatures.push_back(Make(TimesN(u1, s), r, s));
    }
  }
  std::vector<Es256Job> jobs;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    EXPECT_TRUE(key.Reference(signatures[i])) << "bit " << i / 2;
    jobs.push_back(key.Job(signatures[i]));
    EXPECT_TRUE(kernel().verify_one(jobs.back(), scratch())) << "bit " << i / 2;
  }
  EXPECT_EQ(std::vector<std::uint8_t>(jobs.size(), 1), VerifyBatch(jobs));
}

TEST_P(Es256CraftedTest, DigestsFromNOnAreReduced) {
  const TestKey key(8);
  const std::array<std::uint8_t, 32> small = {};
  std::vector<TestSignature> signatures;
  // A digest e < 2^256 - n and e + n have the same signatures.
  for (std::uint64_t e : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{12345}}) {
    std::array<std::uint8_t, 32> digest = small;
    StoreBigEndian(digest.data(), {{e, 0, 0, 0}});
    TestSignature signature = key.Sign(digest);
    signatures.push_back(signature);
    U256 larger;
    Add(larger, kN, {{e, 0, 0, 0}});
    StoreBigEndian(signature.digest.data(), larger);
    signatures.push_back(signature);
  }
  std::array<std::uint8_t, 32> ones;
  ones.fill(0xff);
  signatures.push_back(key.Sign(ones));
  Check(key, signatures);
  EXPECT_EQ(signatures.size(), valid_);
}

// r is x(R) mod n: for x(R) >= n, r + n = x(R) must be found. Such points are made from x, with
// the key solved for: Q = (R - u1 G) / u2.
TEST_P(Es256CraftedTest, XCoordinatesFromNOnAreAcceptedAsTheirResidue) {
  const EC_GROUP* group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  Owned<BN_CTX> ctx(BN_CTX_new());
  int found = 0;
  for (std::uint64_t offset = 1; found < 6; ++offset) {
    const bool near_p = offset % 2 == 0;
    U256 x;
    if (near_p) {
      Sub(x, kP, {{offset, 0, 0, 0}});
    } else {
      Add(x, kN, {{offset, 0, 0, 0}});
    }
    Owned<EC_POINT> r(EC_POINT_new(group));
    const Owned<BIGNUM> bn = ToBn(x);
    if (!EC_POINT_set_compressed_coordinates_GFp(group, r.get(), bn.get(), 0, ctx.get())) continue;
    ++found;
    // s = 1: u1 = e, u2 = r. Q = (R - e G) / r.
    const U256 residue = SubMod(x, kN, kP);
    const U256 e{{offset, 7, 7, 7}};
    const Owned<BIGNUM> minus_e = ToBn(SubMod(kN, e, kN)), inverse = ToBn(InverseN(residue));
    const Owned<BIGNUM> one = ToBn(kOne);
    Owned<EC_POINT> q(EC_POINT_new(group));
    ASSERT_TRUE(EC_POINT_mul(group, q.get(), minus_e.get(), r.get(), one.get(), ctx.get()));
    ASSERT_TRUE(EC_POINT_mul(group, q.get(), nullptr, q.get(), inverse.get(), ctx.get()));
    std::uint8_t bytes[65];
    ASSERT_EQ(65u, EC_POINT_point2oct(group, q.get(), POINT_CONVERSION_UNCOMPRESSED, bytes, 65, ctx.get()));
    const auto table = KeyTable::Build(bytes + 1, bytes + 33, 6);
    ASSERT_NE(nullptr, table);
    const TestSignature good = Make(e, residue, kOne);
    U256 other;
    Add(other, residue, kOne);
    const TestSignature bad = Make(e, other, kOne);
    const Es256Job jobs[2] = {{good.digest.data(), good.bytes.data(), table.get()},
                              {bad.digest.data(), bad.bytes.data(), table.get()}};
    EXPECT_TRUE(kernel().verify_one(jobs[0], scratch()));
    EXPECT_FALSE(kernel().verify_one(jobs[1], scratch()));
    for (const std::size_t size : {std::size_t{2}, std::size_t{9}, std::size_t{64}}) {
      std::vector<Es256Job> batch(size, jobs[0]);
      std::vector<std::uint8_t> expected(size, 1);
      batch[size - 1] = jobs[1];
      expected[size - 1] = 0;
      EXPECT_EQ(expected, VerifyBatch(batch));
    }
  }
}

TEST_P(Es256CraftedTest, NumbersOutOfRangeAreRefusedAndDisturbNobody) {
  const TestKey key(8);
  const TestSignature good = key.Sign({9, 8, 7});
  const U256 r = LoadBigEndian(good.bytes.data());
  const U256 s = LoadBigEndian(good.bytes.data() + 32);
  const U256 e = LoadBigEndian(good.digest.data());
  U256 all;
  Sub(all, {}, kOne);
  std::vector<TestSignature> signatures;
  U256 above;
  Add(above, kN, kOne);
  for (const U256& bad : {U256{}, kN, above, kP, all}) {
    signatures.push_back(Make(e, bad, s));
    signatures.push_back(Make(e, r, bad));
    signatures.push_back(Make(e, bad, bad));
  }
  Check(key, signatures);
  EXPECT_EQ(0u, valid_);
  // r + n and s + n, where they fit, are not r and s.
  const std::vector<Es256Job> only_bad(20, key.Job(signatures[0]));
  EXPECT_EQ(std::vector<std::uint8_t>(20, 0), VerifyBatch(only_bad));
}

// A flood of exceptional signatures is verified one by one, and counted.
TEST_P(Es256CraftedTest, FlaggedSignaturesAreCounted) {
  const TestKey key(8);
  const U256 r{{77, 1, 2, 3}};
  // u1 = 0 has no odd digits, so it is flagged whatever the shape of the sums.
  const TestSignature zero = Make({}, r, kOne);
  std::vector<Es256Job> jobs(100, key.Job(zero));
  const auto before = scratch().counters;
  EXPECT_EQ(std::vector<std::uint8_t>(100, 0), VerifyBatch(jobs));
  EXPECT_EQ(before.flagged + 100, scratch().counters.flagged);
  EXPECT_EQ(before.complete + 100, scratch().counters.complete);
}

}  // namespace
}  // namespace assay::p256
