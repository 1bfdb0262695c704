// The lanes' arithmetic against BoringSSL's, on operands and moduli at the edges. Lanes of two plain words too.
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "tests/engine/rsa/lane_ops.h"
#include "tests/engine/rsa/two_words.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::rsa {
namespace {

// Claims that every comparison succeeds, as broken silicon might.
struct Broken : TwoWords {
  static unsigned ZeroLanes(Vec) { return 3; }
};

}  // namespace
}  // namespace assay::rsa

#include "tests/engine/rsa/lane_ops_of.h"

namespace assay::rsa {
namespace {

std::vector<LaneOps> AllOps() {
  std::vector<LaneOps> all;
  for (const LaneOps& ops : AllLaneOps()) {
    if (assay::testing::RunsNatively(ops.required)) all.push_back(ops);
  }
  for (const LaneOps& ops : all) std::printf("kernel %s_%u: native\n", ops.name, ops.bits);
  const std::vector<LaneOps> emulated = assay::testing::EmulatedLaneOps();
  for (const LaneOps& ops : emulated) std::printf("kernel %s_%u: emulated\n", ops.name, ops.bits);
  all.insert(all.end(), emulated.begin(), emulated.end());
  all.push_back(MakeOps<TwoWords, 2048, 8>("two_words", 0));
  all.push_back(MakeOps<TwoWords, 3072, 10>("two_words", 0));
  all.push_back(MakeOps<TwoWords, 4096, 8>("two_words", 0));
  return all;
}

using Number = bssl::UniquePtr<BIGNUM>;

Number Make(std::uint64_t word = 0) {
  Number number(BN_new());
  EXPECT_TRUE(BN_set_u64(number.get(), word));
  return number;
}

Number PowerOfTwo(unsigned bit, std::int64_t plus) {
  Number number = Make();
  EXPECT_TRUE(BN_set_bit(number.get(), static_cast<int>(bit)));
  const BN_ULONG size = static_cast<BN_ULONG>(plus < 0 ? -plus : plus);
  EXPECT_TRUE(plus < 0 ? BN_sub_word(number.get(), size) : BN_add_word(number.get(), size));
  return number;
}

class LaneTest : public ::testing::TestWithParam<LaneOps> {
 protected:
  const LaneOps& ops() const { return GetParam(); }
  unsigned limbs() const { return LaneLimbs(ops().bits); }
  std::size_t words() const { return std::size_t{limbs()} * static_cast<std::size_t>(ops().lanes); }

  // Random number below 2^bits whose density of ones varies: from long runs to noise.
  Number Random(unsigned bits) {
    std::vector<std::uint8_t> bytes((bits + 7) / 8);
    const unsigned kind = static_cast<unsigned>(random_() % 4);
    std::uint8_t run = 0;
    for (std::uint8_t& byte : bytes) {
      if (random_() % 8 == 0) run = static_cast<std::uint8_t>(0 - (random_() & 1));
      const auto noise = static_cast<std::uint8_t>(random_());
      byte = kind == 0 ? run : kind == 1 ? static_cast<std::uint8_t>(noise | random_()) : noise;
    }
    Number number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
    if (BN_num_bits(number.get()) > bits) BN_mask_bits(number.get(), static_cast<int>(bits));
    return number;
  }

  std::vector<Number> Moduli() {
    const unsigned bits = ops().bits;
    std::vector<Number> all;
    all.push_back(PowerOfTwo(bits, -1));            // every limb all ones
    all.push_back(PowerOfTwo(bits - 1, 1));         // the least odd one
    all.push_back(PowerOfTwo(bits, -(1ll << 51)));  // low limb with a high bit alone, plus one below
    BN_add_word(all.back().get(), 1);
    for (int i = 0; i < 5; ++i) {
      Number n = Random(bits);
      BN_set_bit(n.get(), static_cast<int>(bits) - 1);
      BN_set_bit(n.get(), 0);
      all.push_back(std::move(n));
    }
    // Low limb 1 (so -1/n is all ones) and low limb all ones (so it is 1).
    for (const bool ones : {false, true}) {
      Number n = Random(bits);
      for (int b = 0; b < 52; ++b) ones || b == 0 ? BN_set_bit(n.get(), b) : BN_clear_bit(n.get(), b);
      BN_set_bit(n.get(), static_cast<int>(bits) - 1);
      all.push_back(std::move(n));
    }
    return all;
  }

  // Operands in [0, 2 n).
  std::vector<Number> Operands(const BIGNUM* n) {
    std::vector<Number> all;
    for (std::uint64_t word = 0; word < 3; ++word) all.push_back(Make(word));
    const auto near = [&](int times, int plus) {
      Number value(BN_dup(n));
      if (times == 2) BN_lshift1(value.get(), value.get());
      plus < 0 ? BN_sub_word(value.get(), static_cast<BN_ULONG>(-plus))
               : BN_add_word(value.get(), static_cast<BN_ULONG>(plus));
      return value;
    };
    all.push_back(near(1, -1));
    all.push_back(near(1, 0));
    all.push_back(near(1, 1));
    all.push_back(near(2, -1));
    all.push_back(PowerOfTwo(ops().bits - 1, -1));  // ones in every limb
    all.push_back(PowerOfTwo(ops().bits - 1, 0));
    Number r = PowerOfTwo(limbs() * kLimbBits, 0);  // R mod n, R - 1 mod n: carries through all limbs
    BN_nnmod(r.get(), r.get(), n, context_.get());
    all.push_back(std::move(r));
    r = PowerOfTwo(limbs() * kLimbBits, -1);
    BN_nnmod(r.get(), r.get(), n, context_.get());
    all.push_back(std::move(r));
    for (int i = 0; i < 6; ++i) {
      Number value = Random(ops().bits + 1);
      BN_nnmod(value.get(), value.get(), near(2, 0).get(), context_.get());
      all.push_back(std::move(value));
    }
    return all;
  }

  void Put(const BIGNUM* number, int lane, std::uint64_t* out) const {
    Number rest(BN_dup(number));
    for (unsigned i = 0; i < limbs(); ++i) {
      Number limb(BN_dup(rest.get()));
      if (BN_num_bits(limb.get()) > kLimbBits) BN_mask_bits(limb.get(), kLimbBits);
      std::uint64_t word = 0;
      ASSERT_TRUE(BN_get_u64(limb.get(), &word));
      out[i * static_cast<unsigned>(ops().lanes) + static_cast<unsigned>(lane)] = word & kLimbMask;
      BN_rshift(rest.get(), rest.get(), kLimbBits);
    }
    ASSERT_TRUE(BN_is_zero(rest.get()));
  }

  Number Get(const std::uint64_t* in, int lane) const {
    Number number = Make();
    for (unsigned i = limbs(); i-- > 0;) {
      const std::uint64_t word = in[i * static_cast<unsigned>(ops().lanes) + static_cast<unsigned>(lane)];
      EXPECT_LE(word, kLimbMask) << "limb " << i << " is not normalised";
      BN_lshift(number.get(), number.get(), kLimbBits);
      BN_add_word(number.get(), word);
    }
    return number;
  }

  struct Case {
    const BIGNUM* n;
    const BIGNUM* a;
    const BIGNUM* b;  // nullptr: a squaring
  };

  // One call for up to `lanes` cases of one kind, each in its own lane; lanes left over repeat the
  // first.
  void Check(const std::vector<Case>& cases) {
    alignas(64) std::array<std::uint64_t, kMaxLimbs * 8> x{}, y{}, n{};
    alignas(64) std::array<std::uint64_t, 8> minus_inverse{};
    for (int lane = 0; lane < ops().lanes; ++lane) {
      const Case& c = cases[static_cast<std::size_t>(lane) % cases.size()];
      Put(c.n, lane, n.data());
      Put(c.a, lane, x.data());
      if (c.b != nullptr) Put(c.b, lane, y.data());
      std::uint64_t inverse = 1;  // Newton's iteration from one exact bit
      const std::uint64_t low = n[static_cast<std::size_t>(lane)];
      for (int i = 0; i < 6; ++i) inverse *= 2 - low * inverse;
      minus_inverse[static_cast<std::size_t>(lane)] = (0 - inverse) & kLimbMask;
    }
    if (cases[0].b == nullptr) {
      ops().square(x.data(), n.data(), minus_inverse.data(), 1);
    } else {
      ops().multiply(x.data(), y.data(), n.data(), minus_inverse.data());
    }
    for (int lane = 0; lane < ops().lanes; ++lane) {
      const Case& c = cases[static_cast<std::size_t>(lane) % cases.size()];
      Number got = Get(x.data(), lane);
      Number twice(BN_dup(c.n));
      BN_lshift1(twice.get(), twice.get());
      ASSERT_LT(BN_cmp(got.get(), twice.get()), 0) << "not below 2 n";
      // got * R = a * b mod n.
      BN_lshift(got.get(), got.get(), static_cast<int>(limbs() * kLimbBits));
      BN_nnmod(got.get(), got.get(), c.n, context_.get());
      Number want = Make();
      BN_mod_mul(want.get(), c.a, c.b != nullptr ? c.b : c.a, c.n, context_.get());
      ASSERT_EQ(BN_cmp(got.get(), want.get()), 0) << ops().name << " " << ops().bits << " lane " << lane;
      ++checked_;
    }
  }

  // Collects cases until the lanes are full.
  void Queue(const Case& c) {
    queue_.push_back(c);
    if (queue_.size() == static_cast<std::size_t>(ops().lanes)) Flush();
  }
  void Flush() {
    if (!queue_.empty()) Check(queue_);
    queue_.clear();
  }

  bssl::UniquePtr<BN_CTX> context_{BN_CTX_new()};
  std::mt19937_64 random_{52};
  std::vector<Case> queue_;
  std::size_t checked_ = 0;
};

TEST_P(LaneTest, SquaresOfEdgeOperandsByEdgeModuli) {
  const std::vector<Number> moduli = Moduli();
  std::vector<std::vector<Number>> operands;
  for (const Number& n : moduli) operands.push_back(Operands(n.get()));
  // Neighbouring lanes get different moduli.
  for (std::size_t a = 0; a < operands[0].size(); ++a) {
    for (std::size_t n = 0; n < moduli.size(); ++n) {
      Queue({moduli[n].get(), operands[n][a].get(), nullptr});
      if (HasFatalFailure()) return;
    }
  }
  Flush();
  EXPECT_GE(checked_, moduli.size() * operands[0].size());
}

TEST_P(LaneTest, ProductsOfEdgeOperandsByEdgeModuli) {
  const std::vector<Number> moduli = Moduli();
  std::vector<std::vector<Number>> operands;
  for (const Number& n : moduli) operands.push_back(Operands(n.get()));
  for (std::size_t a = 0; a < operands[0].size(); ++a) {
    for (std::size_t b = 0; b < operands[0].size(); ++b) {
      for (std::size_t n = 0; n < moduli.size(); ++n) {
        Queue({moduli[n].get(), operands[n][a].get(), operands[n][b].get()});
        if (HasFatalFailure()) return;
      }
    }
  }
  Flush();
  EXPECT_GE(checked_, moduli.size() * operands[0].size() * operands[0].size());
}

TEST_P(LaneTest, RandomOperands) {
  const char* text = std::getenv("ASSAY_DIFF_COUNT");
  const std::size_t wanted = text != nullptr ? std::strtoull(text, nullptr, 10) / 10 : 400;
  while (checked_ < wanted) {
    const std::vector<Number> moduli = Moduli();
    std::vector<Number> values;
    for (const Number& n : moduli) {
      for (int i = 0; i < 2; ++i) {
        values.push_back(Random(ops().bits));
        BN_nnmod(values.back().get(), values.back().get(), n.get(), context_.get());
      }
    }
    for (std::size_t n = 0; n < moduli.size(); ++n) {
      Queue({moduli[n].get(), values[2 * n].get(), nullptr});
    }
    Flush();
    for (std::size_t n = 0; n < moduli.size(); ++n) {
      Queue({moduli[n].get(), values[2 * n].get(), values[2 * n + 1].get()});
    }
    Flush();
    ASSERT_FALSE(HasFatalFailure());
  }
}

INSTANTIATE_TEST_SUITE_P(Lanes, LaneTest, ::testing::ValuesIn(AllOps()), [](const auto& param) {
  return std::string(param.param.name) + "_" + std::to_string(param.param.bits);
});

struct Signed {
  std::unique_ptr<const PreparedRsa> key;
  std::array<std::uint8_t, 32> digest{};
  std::array<std::uint8_t, 256> signature{};
};

Signed Sign() {
  bssl::UniquePtr<RSA> rsa(RSA_new());
  Number e = Make(65537);
  EXPECT_TRUE(RSA_generate_key_ex(rsa.get(), 2048, e.get(), nullptr));
  Signed made;
  made.digest.fill(0x5a);
  unsigned length = 0;
  EXPECT_TRUE(RSA_sign(NID_sha256, made.digest.data(), made.digest.size(), made.signature.data(), &length, rsa.get()));
  std::array<std::uint8_t, 256> n;
  EXPECT_TRUE(BN_bn2bin_padded(n.data(), n.size(), RSA_get0_n(rsa.get())));
  const std::uint8_t f4[] = {1, 0, 1};
  made.key = PreparedRsa::Create(n, f4);
  EXPECT_NE(made.key, nullptr);
  return made;
}

TEST(VerifyLanes, PlainWordsVerifyAsVectorsDo) {
  const Signed made = Sign();
  const std::uint32_t order[] = {0, 1};
  Signed bad = Sign();
  bad.signature[255] ^= 1;
  const RsaJob jobs[] = {{made.key.get(), Algorithm::kRS256, made.digest, made.signature},
                         {bad.key.get(), Algorithm::kRS256, bad.digest, bad.signature}};
  RsaScratch scratch;
  bool valid[] = {false, true};
  ASSERT_TRUE((VerifyLanes<TwoWords, 40, 8>(jobs, order, 2, valid, scratch)));
  EXPECT_TRUE(valid[0]);
  EXPECT_FALSE(valid[1]);
}

TEST(VerifyLanes, PaddingLaneThatPassesIsSeen) {
  const Signed made = Sign();
  const std::uint32_t order[] = {0};
  const RsaJob job = {made.key.get(), Algorithm::kRS256, made.digest, made.signature};
  RsaScratch scratch;
  bool valid = false;
  EXPECT_TRUE((VerifyLanes<TwoWords, 40, 8>(&job, order, 1, &valid, scratch)));
  EXPECT_TRUE(valid);
  valid = false;
  EXPECT_FALSE((VerifyLanes<Broken, 40, 8>(&job, order, 1, &valid, scratch)));
  EXPECT_FALSE(valid) << "an answer was taken from lanes that cannot be trusted";
}

}  // namespace
}  // namespace assay::rsa
