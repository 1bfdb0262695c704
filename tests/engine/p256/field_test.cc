#include "engine/p256/field64.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "engine/p256/inverse.h"
#include "engine/p256/mulx.h"
#include "tests/engine/p256/kernels.h"
#include "tests/engine/p256/operands.h"

namespace assay::p256 {
namespace {

class Field64Test : public ::testing::Test {
 protected:
  // a * b / 2^256 mod m.
  U256 Expected(const U256& a, const U256& b, const U256& m) {
    Owned<BIGNUM> x = ToBn(a), y = ToBn(b), modulus = ToBn(m), r(BN_new());
    Owned<BIGNUM> power(BN_new());
    EXPECT_TRUE(BN_set_bit(power.get(), 256));
    EXPECT_TRUE(BN_mod_inverse(power.get(), power.get(), modulus.get(), ctx_.get()) != nullptr);
    EXPECT_TRUE(BN_mod_mul(r.get(), x.get(), y.get(), modulus.get(), ctx_.get()));
    EXPECT_TRUE(BN_mod_mul(r.get(), r.get(), power.get(), modulus.get(), ctx_.get()));
    return FromBn(r.get());
  }

  template <class Arith>
  void CheckModP() {
    using F = Field64<Arith>;
    const std::vector<U256> operands = Operands(kP, 60);
    for (const U256& a : operands) {
      for (const U256& b : operands) {
        ASSERT_EQ(Expected(a, b, kP), F::Mul({a}, {b}).v);
        ASSERT_EQ(AddMod(a, b, kP), F::Add({a}, {b}).v);
        ASSERT_EQ(SubMod(a, b, kP), F::Sub({a}, {b}).v);
        Owned<BIGNUM> x = ToBn(a), y = ToBn(b), p = ToBn(kP), r(BN_new());
        ASSERT_TRUE(BN_mod_sub(r.get(), x.get(), y.get(), p.get(), ctx_.get()));
        ASSERT_EQ(FromBn(r.get()), F::Sub({a}, {b}).v);
        ASSERT_TRUE(BN_mod_add(r.get(), x.get(), y.get(), p.get(), ctx_.get()));
        ASSERT_EQ(FromBn(r.get()), F::Add({a}, {b}).v);
      }
      ASSERT_EQ(Expected(a, a, kP), F::Sqr({a}).v);
      ASSERT_EQ(a, F::ToU256(F::FromU256(a)));
      const Fp product = F::Mul({a}, F::InvertVartime({a}));
      ASSERT_EQ(IsZero(a) ? U256{} : kOneP, product.v);
    }
  }

  Owned<BN_CTX> ctx_{BN_CTX_new()};
};

// One way to multiply.
struct Arithmetic {
  const char* name;
  void (Field64Test::*check)();
  U256 (*mul)(const U256& a, const U256& b);
  U256 (*sqr)(const U256& a);
};

class ArithmeticTest : public Field64Test, public ::testing::WithParamInterface<Arithmetic> {
 public:
  template <class Arith>
  static Arithmetic Row(const char* name) {
    return {name, &ArithmeticTest::CheckModP<Arith>, [](const U256& a, const U256& b) { return Arith::MulP(a, b); },
            [](const U256& a) { return Arith::SqrP(a); }};
  }

  // mulx is assembly, which nothing emulates: on a CPU without it, and nowhere else, its row is absent.
  static std::vector<Arithmetic> Rows() {
    std::vector<Arithmetic> rows = {Row<Int128Arith>("int128")};
#if defined(__x86_64__)
    if (simd::Has(simd::kBmi2 | simd::kAdx)) {
      rows.push_back(Row<MulxArith>("mulx"));
    } else {
      std::printf("arithmetic mulx: absent, this CPU lacks bmi2 or adx\n");
    }
#endif
    for (const Arithmetic& row : rows) std::printf("arithmetic %s: native\n", row.name);
    return rows;
  }
};

TEST_P(ArithmeticTest, AgreesWithBoringSslAtTheEdges) { (this->*GetParam().check)(); }

TEST_P(ArithmeticTest, AgreesWithInt128) {
  const std::vector<U256> operands = Operands(kP, 600);
  for (const U256& a : operands) {
    for (const U256& b : operands) ASSERT_EQ(Int128Arith::MulP(a, b), GetParam().mul(a, b));
    ASSERT_EQ(Int128Arith::SqrP(a), GetParam().sqr(a));
  }
}

INSTANTIATE_TEST_SUITE_P(All, ArithmeticTest, ::testing::ValuesIn(ArithmeticTest::Rows()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(Field64Test, ScalarsAgreeWithBoringSslAtTheEdges) {
  const std::vector<U256> operands = Operands(kN, 60);
  for (const U256& a : operands) {
    for (const U256& b : operands) ASSERT_EQ(Expected(a, b, kN), MulN({a}, {b}).v);
  }
}

TEST_F(Field64Test, InversesAgreeWithBoringSsl) {
  for (const U256& m : {kP, kN}) {
    Owned<BIGNUM> modulus = ToBn(m);
    for (const U256& a : Operands(m, 2000)) {
      const U256 inverse = m == kP ? InverseModPVartime(a) : InverseModNVartime(a);
      if (IsZero(a)) {
        ASSERT_EQ(U256{}, inverse);
        continue;
      }
      Owned<BIGNUM> x = ToBn(a), r(BN_new());
      ASSERT_TRUE(BN_mod_inverse(r.get(), x.get(), modulus.get(), ctx_.get()) != nullptr);
      ASSERT_EQ(FromBn(r.get()), inverse);
    }
  }
}

TEST(Constants, AreTheCurves) {
  Owned<EC_KEY> key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  const EC_GROUP* group = EC_KEY_get0_group(key.get());
  Owned<BIGNUM> p(BN_new()), a(BN_new()), b(BN_new()), x(BN_new()), y(BN_new());
  ASSERT_TRUE(EC_GROUP_get_curve_GFp(group, p.get(), a.get(), b.get(), nullptr));
  ASSERT_TRUE(EC_POINT_get_affine_coordinates_GFp(group, EC_GROUP_get0_generator(group), x.get(), y.get(), nullptr));
  EXPECT_EQ(FromBn(p.get()), kP);
  EXPECT_EQ(FromBn(b.get()), kB);
  EXPECT_EQ(FromBn(x.get()), kGx);
  EXPECT_EQ(FromBn(y.get()), kGy);
  EXPECT_EQ(FromBn(EC_GROUP_get0_order(group)), kN);
}

}  // namespace
}  // namespace assay::p256
