// Residues mod p and mod n of one number at a time: four 64-bit words, Montgomery form with
// R = 2^256, always canonical (below the modulus). Fp and Fn are distinct types, so that mixing the
// moduli does not compile. `Arith` supplies the multiplication mod p: Int128Arith runs anywhere.
#pragma once

#include <cstdint>

#include "engine/verify/p256/constants.h"
#include "engine/verify/p256/inverse.h"
#include "engine/verify/p256/u256.h"

namespace assay::p256 {

struct Fp {
  U256 v;
  friend bool operator==(const Fp&, const Fp&) = default;
};

struct Fn {
  U256 v;
  friend bool operator==(const Fn&, const Fn&) = default;
};

// r := a * b / 2^256 mod m, canonical. Requires a, b < m and neg_inverse = -1/m mod 2^64.
inline U256 MontgomeryMul(const U256& a, const U256& b, const U256& m, std::uint64_t neg_inverse) {
  std::uint64_t t[5] = {0, 0, 0, 0, 0};
  for (int i = 0; i < 4; ++i) {
    Uint128 carry = 0;
    for (int j = 0; j < 4; ++j) {
      carry += static_cast<Uint128>(a.w[j]) * b.w[i] + t[j];
      t[j] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    carry += t[4];
    t[4] = static_cast<std::uint64_t>(carry);
    const std::uint64_t top = static_cast<std::uint64_t>(carry >> 64);
    const std::uint64_t q = t[0] * neg_inverse;
    carry = (static_cast<Uint128>(q) * m.w[0] + t[0]) >> 64;
    for (int j = 1; j < 4; ++j) {
      carry += static_cast<Uint128>(q) * m.w[j] + t[j];
      t[j - 1] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    carry += t[4];
    t[3] = static_cast<std::uint64_t>(carry);
    t[4] = top + static_cast<std::uint64_t>(carry >> 64);  // the running value stays below 2m
  }
  const U256 low{{t[0], t[1], t[2], t[3]}};
  U256 reduced;
  const std::uint64_t borrow = Sub(reduced, low, m);
  return (t[4] == 0 && borrow != 0) ? low : reduced;
}

// Multiplication mod p in plain C++. -1/p = 1 mod 2^64, so the quotient digit is the low word q
// itself, and q * p = q * 2^256 - q * 2^224 + q * 2^192 + q * 2^96 - q needs one multiplication:
// the low word vanishes, q * 2^96 are two shifts, and the rest is q * 0xffffffff00000001 * 2^192.
struct Int128Arith {
  static U256 MulP(const U256& a, const U256& b) {
    std::uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0;
    for (int i = 0; i < 4; ++i) {
      Uint128 c = static_cast<Uint128>(a.w[0]) * b.w[i] + t0;
      const std::uint64_t q = static_cast<std::uint64_t>(c);
      c = (c >> 64) + static_cast<Uint128>(a.w[1]) * b.w[i] + t1;
      t0 = static_cast<std::uint64_t>(c);
      c = (c >> 64) + static_cast<Uint128>(a.w[2]) * b.w[i] + t2;
      t1 = static_cast<std::uint64_t>(c);
      c = (c >> 64) + static_cast<Uint128>(a.w[3]) * b.w[i] + t3;
      t2 = static_cast<std::uint64_t>(c);
      c = (c >> 64) + t4;
      t3 = static_cast<std::uint64_t>(c);
      t4 = static_cast<std::uint64_t>(c >> 64);
      Reduce(t0, t1, t2, t3, t4, q);
    }
    return Canonical(t0, t1, t2, t3, t4);
  }

  static U256 SqrP(const U256& a) { return MulP(a, a); }

 private:
  // Adds q * (2^32 + 0xffffffff00000001 * 2^128) to (t4, .., t0): what q * p adds above the word
  // that it cancels.
  static void Reduce(std::uint64_t& t0, std::uint64_t& t1, std::uint64_t& t2, std::uint64_t& t3,
                     std::uint64_t& t4, std::uint64_t q) {
    Uint128 c = static_cast<Uint128>(t0) + (q << 32);
    t0 = static_cast<std::uint64_t>(c);
    c = (c >> 64) + t1 + (q >> 32);
    t1 = static_cast<std::uint64_t>(c);
    c = (c >> 64) + static_cast<Uint128>(q) * kP.w[3] + t2;
    t2 = static_cast<std::uint64_t>(c);
    c = (c >> 64) + t3;
    t3 = static_cast<std::uint64_t>(c);
    t4 += static_cast<std::uint64_t>(c >> 64);
  }

  static U256 Canonical(std::uint64_t t0, std::uint64_t t1, std::uint64_t t2, std::uint64_t t3,
                        std::uint64_t t4) {
    const U256 low{{t0, t1, t2, t3}};
    U256 reduced;
    const std::uint64_t borrow = Sub(reduced, low, kP);
    const std::uint64_t keep = 0 - static_cast<std::uint64_t>((t4 == 0) & (borrow != 0));
    for (int i = 0; i < 4; ++i) reduced.w[i] ^= (reduced.w[i] ^ low.w[i]) & keep;
    return reduced;
  }
};

// Field operations on Fp for the templates of point.h.
template <class Arith>
struct Field64 {
  using Fe = Fp;

  static Fe One() { return {kOneP}; }
  static Fe Mul(const Fe& a, const Fe& b) { return {Arith::MulP(a.v, b.v)}; }
  static Fe Sqr(const Fe& a) { return {Arith::SqrP(a.v)}; }
  static Fe Add(const Fe& a, const Fe& b) { return {AddMod(a.v, b.v, kP)}; }
  static Fe Sub(const Fe& a, const Fe& b) {
    U256 r;
    const std::uint64_t all = 0 - p256::Sub(r, a.v, b.v);
    // Adds p or 0 without a branch: the borrow is a coin toss.
    const U256 addend{{kP.w[0] & all, kP.w[1] & all, 0, kP.w[3] & all}};
    p256::Add(r, r, addend);
    return {r};
  }
  static Fe SqrSubTwice(const Fe& a, const Fe& b, const Fe& c) {
    return Sub(Sub(Sub(Sqr(a), b), c), c);
  }
  static Fe MulSubMul(const Fe& a, const Fe& b, const Fe& c, const Fe& d) {
    return Sub(Mul(a, b), Mul(c, d));
  }
  static bool IsZero(const Fe& a) { return p256::IsZero(a.v); }

  static Fe FromU256(const U256& a) { return {Arith::MulP(a, kRSquaredP)}; }  // requires a < p
  static U256 ToU256(const Fe& a) { return Arith::MulP(a.v, U256{{1, 0, 0, 0}}); }

  // 1/a; 0 for a = 0. The plain inverse of a R is 1/(a R); two factors R^2/R restore the form.
  static Fe InvertVartime(const Fe& a) {
    const U256 inverse = InverseModPVartime(a.v);
    return {Arith::MulP(Arith::MulP(inverse, kRSquaredP), kRSquaredP)};
  }
};

// Scalars mod n, likewise.
inline Fn MulN(const Fn& a, const Fn& b) { return {MontgomeryMul(a.v, b.v, kN, kNegInverseN)}; }

}  // namespace assay::p256
