// Residues mod p and mod n of one number at a time: four 64-bit words, Montgomery form with
// R = 2^256, always canonical (below the modulus). Fp and Fn are distinct types, so that mixing the
// moduli does not compile. `Arith` supplies the multiplication mod p: Int128Arith runs anywhere.
#pragma once

#include <cstdint>

#include "engine/p256/constants.h"
#include "engine/p256/inverse.h"
#include "engine/p256/u256.h"

namespace assay::p256 {

struct Fp {
  U256 v;
  friend bool operator==(const Fp&, const Fp&) = default;
};

struct Fn {
  U256 v;
  friend bool operator==(const Fn&, const Fn&) = default;
};

// MontgomeryMul: a * b / 2^256 mod m, canonical. Requires a, b < m and neg_inverse = -1/m mod 2^64.
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

// Int128Arith: multiplication mod p in plain C++: the product of 512 bits, by rows, and then four reductions.
struct Int128Arith {
  // MulP: a * b / 2^256 mod p, canonical. Requires a, b < p.
  static U256 MulP(const U256& a, const U256& b) {
    std::uint64_t t[8] = {};
    Row(t, a, b.w[0]);
    Row(t + 1, a, b.w[1]);
    Row(t + 2, a, b.w[2]);
    Row(t + 3, a, b.w[3]);
    return Reduce(t);
  }

  // SqrP: a^2 / 2^256 mod p: 10 word products instead of 16.
  static U256 SqrP(const U256& a) {
    std::uint64_t t[8] = {};
    // Products of different words, at 2^64 .. 2^448.
    std::uint64_t carry = 0;
    t[1] = MulAdd(carry, a.w[0], a.w[1], 0);
    t[2] = MulAdd(carry, a.w[0], a.w[2], 0);
    t[3] = MulAdd(carry, a.w[0], a.w[3], 0);
    t[4] = carry;
    carry = 0;
    t[3] = MulAdd(carry, a.w[1], a.w[2], t[3]);
    t[4] = MulAdd(carry, a.w[1], a.w[3], t[4]);
    t[5] = carry;
    carry = 0;
    t[5] = MulAdd(carry, a.w[2], a.w[3], t[5]);
    t[6] = carry;
    // Twice that, plus the squares.
    carry = 0;
    t[1] = AddCarry(carry, t[1], t[1]);
    t[2] = AddCarry(carry, t[2], t[2]);
    t[3] = AddCarry(carry, t[3], t[3]);
    t[4] = AddCarry(carry, t[4], t[4]);
    t[5] = AddCarry(carry, t[5], t[5]);
    t[6] = AddCarry(carry, t[6], t[6]);
    t[7] = carry;
    carry = 0;
    AddSquare(carry, t, a.w[0]);
    AddSquare(carry, t + 2, a.w[1]);
    AddSquare(carry, t + 4, a.w[2]);
    AddSquare(carry, t + 6, a.w[3]);
    return Reduce(t);
  }

 private:
  // MulAdd: the low word of a * b + t + carry, which is below 2^128; carry becomes the high word.
  static std::uint64_t MulAdd(std::uint64_t& carry, std::uint64_t a, std::uint64_t b, std::uint64_t t) {
    const Uint128 sum = static_cast<Uint128>(a) * b + t + carry;
    carry = static_cast<std::uint64_t>(sum >> 64);
    return static_cast<std::uint64_t>(sum);
  }

  // AddSquare: t[0..2) += a^2 + carry; carry becomes the carry out.
  static void AddSquare(std::uint64_t& carry, std::uint64_t* t, std::uint64_t a) {
    const Uint128 square = static_cast<Uint128>(a) * a;
    t[0] = AddCarry(carry, t[0], static_cast<std::uint64_t>(square));
    t[1] = AddCarry(carry, t[1], static_cast<std::uint64_t>(square >> 64));
  }

  // Row: t[0..5) += a * b. Requires t[4] = 0.
  static void Row(std::uint64_t* t, const U256& a, std::uint64_t b) {
    std::uint64_t carry = 0;
    t[0] = MulAdd(carry, a.w[0], b, t[0]);
    t[1] = MulAdd(carry, a.w[1], b, t[1]);
    t[2] = MulAdd(carry, a.w[2], b, t[2]);
    t[3] = MulAdd(carry, a.w[3], b, t[3]);
    t[4] = carry;
  }

  // Fold: (t3, t2, t1, q) := ((t3, t2, t1, q) + q p) / 2^64, the new top word in q. -1/p = 1 mod 2^64, so the quotient
  // digit is the low word q itself, and q p = q 2^256 - q 2^224 + q 2^192 + q 2^96 - q needs one multiplication: the
  // low word vanishes, q 2^96 is two shifts, and the rest is q 0xffffffff00000001 2^192.
  static void Fold(std::uint64_t& q, std::uint64_t& t1, std::uint64_t& t2, std::uint64_t& t3) {
    const Uint128 high = static_cast<Uint128>(q) * kP.w[3];
    std::uint64_t carry = 0;
    t1 = AddCarry(carry, t1, q << 32);
    t2 = AddCarry(carry, t2, q >> 32);
    t3 = AddCarry(carry, t3, static_cast<std::uint64_t>(high));
    q = static_cast<std::uint64_t>(high >> 64) + carry;
  }

  // Reduce: t / 2^256 mod p.
  static U256 Reduce(std::uint64_t* t) {
    Fold(t[0], t[1], t[2], t[3]);
    Fold(t[1], t[2], t[3], t[0]);
    Fold(t[2], t[3], t[0], t[1]);
    Fold(t[3], t[0], t[1], t[2]);
    U256 sum, reduced;
    const std::uint64_t carry = Add(sum, {{t[0], t[1], t[2], t[3]}}, {{t[4], t[5], t[6], t[7]}});
    std::uint64_t borrow = Sub(reduced, sum, kP);
    SubBorrow(borrow, carry, 0);
    return Select(0 - borrow, sum, reduced);  // the sum when it is below p
  }
};

// Field64: field operations on Fp for the templates of point.h.
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
  static Fe SqrSubTwice(const Fe& a, const Fe& b, const Fe& c) { return Sub(Sub(Sub(Sqr(a), b), c), c); }
  static Fe MulSubMul(const Fe& a, const Fe& b, const Fe& c, const Fe& d) { return Sub(Mul(a, b), Mul(c, d)); }
  static bool IsZero(const Fe& a) { return p256::IsZero(a.v); }

  static Fe FromU256(const U256& a) { return {Arith::MulP(a, kRSquaredP)}; }  // requires a < p
  static U256 ToU256(const Fe& a) { return Arith::MulP(a.v, U256{{1, 0, 0, 0}}); }

  // InvertVartime: 1/a; 0 for a = 0. The plain inverse of a R is 1/(a R); two factors R^2/R restore the Montgomery
  // form.
  static Fe InvertVartime(const Fe& a) {
    const U256 inverse = InverseModPVartime(a.v);
    return {Arith::MulP(Arith::MulP(inverse, kRSquaredP), kRSquaredP)};
  }
};

// MulN: multiplication of scalars mod n, likewise.
inline Fn MulN(const Fn& a, const Fn& b) { return {MontgomeryMul(a.v, b.v, kN, kNegInverseN)}; }

}  // namespace assay::p256
