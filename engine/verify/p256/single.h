// One signature alone: no inversion but that of s, complete additions throughout. It is also where
// flagged signatures go, since nothing here is exceptional.
#pragma once

#include <cstdint>

#include "engine/verify/p256/comb.h"
#include "engine/verify/p256/field64.h"
#include "engine/verify/p256/key_table.h"
#include "engine/verify/p256/point.h"

namespace assay::p256 {

// r and s of a signature that is worth computing with, and the digest reduced mod n.
struct Equation {
  U256 r, s, e;
};

// False if r or s is 0 or >= n (FIPS 186-5 section 6.4.2 step 1): such numbers enter no product.
inline bool ParseEquation(const std::uint8_t* digest, const std::uint8_t* signature, Equation& out) {
  out.r = LoadBigEndian(signature);
  out.s = LoadBigEndian(signature + 32);
  out.e = ReduceOnce(LoadBigEndian(digest), kN);  // 2^256 < 2n
  return !IsZero(out.r) && !IsZero(out.s) && Less(out.r, kN) && Less(out.s, kN);
}

// u1 = e / s and u2 = r / s mod n.
inline void Scalars(const Equation& q, U256& u1, U256& u2) {
  const Fn w = MulN({InverseModNVartime(q.s)}, {kRSquaredN});  // 1/s in Montgomery form
  u1 = MulN({q.e}, w).v;
  u2 = MulN({q.r}, w).v;
}

// Whether x(u1 G + u2 Q) mod n = r. Requires 0 < r < n, u1, u2 < n.
template <class Arith>
bool SumMatches(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator,
                const KeyTable& key) {
  using F = Field64<Arith>;
  Pick picks[kMaxPicks];
  int count = 0;
  if (!IsZero(u1)) {
    RecodePicks(u1, generator.entries(), generator.window(), picks, 1);
    count = Windows(generator.window());
  }
  if (!IsZero(u2)) {
    RecodePicks(u2, key.entries(), key.window(), picks + count, 1);
    count += Windows(key.window());
  }
  for (int k = 0; k < count; ++k) __builtin_prefetch(reinterpret_cast<const void*>(picks[k]));
  Xyzz<F> sum{{kOneP}, {kOneP}, {}, {}};
  for (int k = 0; k < count; ++k) {
    const TableEntry* entry = reinterpret_cast<const TableEntry*>(picks[k] & ~kPickNegate);
    Affine<F> point{{entry->x}, {entry->y}};
    if ((picks[k] & kPickNegate) != 0) point.y = F::Sub(Fp{}, point.y);
    sum = Add(sum, point);
  }
  if (IsInfinity(sum)) return false;
  if (F::Mul(F::FromU256(r), sum.zz) == sum.x) return true;
  if (!Less(r, kPMinusN)) return false;
  U256 second;
  p256::Add(second, r, kN);
  return F::Mul(F::FromU256(second), sum.zz) == sum.x;
}

template <class Arith>
bool VerifySingle(const std::uint8_t* digest, const std::uint8_t* signature,
                  const KeyTable& generator, const KeyTable& key) {
  Equation equation;
  if (!ParseEquation(digest, signature, equation)) return false;
  U256 u1, u2;
  Scalars(equation, u1, u2);
  return SumMatches<Arith>(u1, u2, equation.r, generator, key);
}

}  // namespace assay::p256
