// ECDSA's equation for one signature, before any point is touched.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/p256/constants.h"
#include "engine/p256/field64.h"
#include "engine/p256/u256.h"

namespace assay::p256 {

// Equation: r and s of a signature that is worth computing with (see ParseEquation), and the digest reduced mod n.
struct Equation {
  U256 r, s, e;
};

// ParseEquation: false if r or s is 0 or >= n (FIPS 186-5 section 6.4.2 step 1): such numbers enter no product.
inline bool ParseEquation(const std::uint8_t* digest, const std::uint8_t* signature, Equation& out) {
  out.r = LoadBigEndian(signature);
  out.s = LoadBigEndian(signature + 32);
  out.e = ReduceOnce(LoadBigEndian(digest), kN);  // 2^256 < 2n
  return !IsZero(out.r) && !IsZero(out.s) && Less(out.r, kN) && Less(out.s, kN);
}

// Scalars: u1 = e / s and u2 = r / s mod n.
inline void Scalars(const Equation& q, U256& u1, U256& u2) {
  const Fn w = MulN({InverseModNVartime(q.s)}, {kRSquaredN});  // 1/s in Montgomery form
  u1 = MulN({q.e}, w).v;
  u2 = MulN({q.r}, w).v;
}

// ScalarsOfFew: the same for `count` <= kCount equations with one inversion between them: see
// Es256Batch::ComputeScalars.
template <int kCount>
inline void ScalarsOfFew(const Equation* q, int count, U256* u1, U256* u2) {
  Fn prefix[std::size_t{kCount}];
  Fn product{kOneN};
  for (int i = 0; i < count; ++i) {
    prefix[i] = product;
    product = MulN(product, {q[i].s});
  }
  Fn inverse = MulN({InverseModNVartime(product.v)}, {kRSquaredN});
  for (int i = count; i-- > 0;) {
    const Fn w = MulN(inverse, prefix[i]);
    inverse = MulN(inverse, {q[i].s});
    u1[i] = MulN(w, {q[i].e}).v;
    u2[i] = MulN(w, {q[i].r}).v;
  }
}

}  // namespace assay::p256
