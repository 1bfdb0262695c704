// Signatures made from the scalars that their verification is to meet.
#pragma once

#include <gtest/gtest.h>

#include "engine/p256/equation.h"
#include "tests/engine/p256/kernels.h"

namespace assay::p256 {

inline constexpr U256 kOne{{1, 0, 0, 0}};

inline Fn Mont(const U256& a) { return MulN({a}, {kRSquaredN}); }
U256 TimesN(const U256& a, const U256& b) { return MulN(Mont(a), {b}).v; }
U256 InverseN(const U256& a) { return InverseModNVartime(a); }

// x(k G), or 0 for k = 0 mod n.
U256 XOf(const U256& k) {
  if (IsZero(k)) return {};
  const EC_GROUP* group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  Owned<EC_POINT> point(EC_POINT_new(group));
  Owned<BIGNUM> x(BN_new()), y(BN_new()), scalar = ToBn(k);
  EXPECT_TRUE(EC_POINT_mul(group, point.get(), scalar.get(), nullptr, nullptr, nullptr));
  EXPECT_TRUE(EC_POINT_get_affine_coordinates_GFp(group, point.get(), x.get(), y.get(), nullptr));
  return FromBn(x.get());
}

inline TestSignature Make(const U256& digest, const U256& r, const U256& s) {
  TestSignature out;
  StoreBigEndian(out.digest.data(), digest);
  StoreBigEndian(out.bytes.data(), r);
  StoreBigEndian(out.bytes.data() + 32, s);
  return out;
}

// The signature (and digest) whose verification computes u1 G + u2 Q for Q = d G, valid unless the
// sum is infinity: r = x(sum), s = r / u2, e = u1 s.
inline TestSignature FromScalars(const U256& u1, const U256& u2, const U256& d) {
  const U256 sum = AddMod(u1, TimesN(u2, d), kN);
  U256 r = ReduceOnce(XOf(sum), kN);
  if (IsZero(r)) r = kOne;
  const U256 s = TimesN(r, InverseN(u2));
  return Make(TimesN(u1, s), r, s);
}

// n - 2 (n mod 2^bit).
U256 EqualHalves(int bit) {
  Owned<BIGNUM> n = ToBn(kN), low = ToBn(kN);
  EXPECT_TRUE(BN_mask_bits(low.get(), bit));
  EXPECT_TRUE(BN_lshift1(low.get(), low.get()));
  Owned<BIGNUM> r(BN_new());
  Owned<BN_CTX> ctx(BN_CTX_new());
  EXPECT_TRUE(BN_nnmod(low.get(), low.get(), n.get(), ctx.get()));
  EXPECT_TRUE(BN_mod_sub(r.get(), n.get(), low.get(), n.get(), ctx.get()));
  return FromBn(r.get());
}

U256 Power(int bit) {
  U256 r{};
  r.w[bit / 64] = std::uint64_t{1} << (bit % 64);
  return r;
}

}  // namespace assay::p256
