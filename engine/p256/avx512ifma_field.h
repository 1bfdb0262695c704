// Numbers mod p and mod n in eight lanes. Distinct types: Fe8 and Sn8. See field_limbs.h for
// settled, magnitude and R = 2^260.
#pragma once

#include "engine/p256/avx512ifma_limbs.h"
#include "engine/p256/constants.h"
#include "engine/p256/inverse.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

namespace assay::p256::ifma {

struct Fe8 : Limbs8 {};
struct Sn8 : Limbs8 {};
using Mask8 = __mmask8;

// Loose: five unsettled limbs of a number.
struct Loose {
  V t[5];
  double magnitude;
};

// ReduceP: the Montgomery reduction (c + q p) / 2^260, unsettled. Requires columns below 2^59 in absolute value.
//
// -1/p = 1 mod 2^52, so each quotient digit q is the column's low limb itself. Adding
// q p = q 2^256 - q 2^224 + q 2^192 + q 2^96 - q clears it; what remains, in units of the limb above, is
// q 2^44 (which is q 2^96), q 2^140 and q (2^204 - 2^172): p's upper limbs times q.
ASSAY_IFMA_INLINE Loose ReduceP(Columns10& c, double magnitude) {
  const V p1 = Set1(std::uint64_t{1} << 44);
  const V p3 = Set1(std::uint64_t{1} << 36);
  const V p4 = Set1(0xffffffff0000);
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) {
    const V q = c.t[i];  // vpmadd52 reads its low 52 bits
    c.t[i + 1] = Add64(c.t[i + 1], Sar<52>(q));
    c.t[i + 1] = MaddLo(c.t[i + 1], q, p1);
    c.t[i + 2] = MaddHi(c.t[i + 2], q, p1);
    c.t[i + 3] = MaddLo(c.t[i + 3], q, p3);
    c.t[i + 4] = MaddHi(c.t[i + 4], q, p3);
    c.t[i + 4] = MaddLo(c.t[i + 4], q, p4);
    c.t[i + 5] = MaddHi(c.t[i + 5], q, p4);
  }
  return {{c.t[5], c.t[6], c.t[7], c.t[8], c.t[9]}, magnitude};
}

ASSAY_IFMA_INLINE Fe8 SettleP(const Loose& a) { return {Settle(a.t[0], a.t[1], a.t[2], a.t[3], a.t[4], a.magnitude)}; }

// SettleReduceP: a mod p, roughly: settled and below 1.01 p. Requires 0 <= a < 2^262. With h = floor(a / 2^256) taken
// from the top limb alone (the carries of the lower limbs change it by a few units of 2^208), a - h p is
// (a mod 2^256) + h (2^256 - p). It is not negative: either h = 0 and a is unchanged, or h (2^256 - p) ~ h 2^224
// outweighs the carries left out, or h = -1 and p is added to a >= 0.
ASSAY_IFMA_INLINE Fe8 SettleReduceP(const Loose& a) {
#if defined(ASSAY_VERIFY)
  ASSAY_CHECK(a.magnitude <= 64);
#endif
  const V h = Sar<48>(a.t[4]);
  const V top = And(a.t[4], Set1((std::uint64_t{1} << 48) - 1));
  return {Settle(Add64(a.t[0], h), Sub64(a.t[1], Shl<44>(h)), a.t[2], Sub64(a.t[3], Shl<36>(h)), Add64(top, Shl<16>(h)),
                 1.01)};
}

// AddTimesP: a + kTimes p.
template <int kTimes>
ASSAY_IFMA_INLINE Loose AddTimesP(const Loose& a) {
  constexpr LimbConstants p = ToLimbs(kP);
  Loose r = a;
  for (int i = 0; i < 5; ++i) {
    if (p.l[i] != 0) r.t[i] = Add64(r.t[i], Set1(p.l[i] * kTimes));
  }
  r.magnitude += kTimes;
  return r;
}

ASSAY_IFMA_INLINE Loose SubLoose(const Loose& a, const Fe8& b) {
  Loose r = a;
  for (int i = 0; i < 5; ++i) r.t[i] = Sub64(a.t[i], b.l[i]);
  return r;
}

ASSAY_IFMA_INLINE Loose ToLoose(const Fe8& a) { return {{a.l[0], a.l[1], a.l[2], a.l[3], a.l[4]}, MagnitudeOf(a)}; }

ASSAY_IFMA_INLINE Loose MulLoose(const Fe8& a, const Fe8& b) {
  CheckFactors(a, b);
  Columns10 c = Product(a, b);
  return ReduceP(c, ProductMagnitude(a, b));
}

ASSAY_IFMA_INLINE Loose SqrLoose(const Fe8& a) {
  CheckFactors(a, a);
  Columns10 c = Square(a);
  return ReduceP(c, ProductMagnitude(a, a));
}

// MulSubMulLoose: a b - c d + 2p.
ASSAY_IFMA_INLINE Loose MulSubMulLoose(const Fe8& a, const Fe8& b, const Fe8& c, const Fe8& d) {
  CheckFactors(a, b);
  CheckFactors(c, d);
  Columns10 t = Product(c, d);
  for (V& v : t.t) v = Sub64(_mm512_setzero_si512(), v);
  Accumulate(t, a, b);
  return AddTimesP<2>(ReduceP(t, ProductMagnitude(a, b)));
}

// IsMultipleOfP: whether a is 0 mod p, exactly, lane by lane. Requires a settled number of magnitude <= 16, so that a
// multiple of p is k p with 0 <= k <= 16. Out of line: only for the lanes that CandidateZero names.
__attribute__((noinline)) Mask8 IsMultipleOfP(const Fe8& a, Mask8 candidates);

// CandidateZero: the lanes that may be 0 mod p: k p = -k mod 2^52 for small k.
ASSAY_IFMA_INLINE Mask8 CandidateZero(const Fe8& a) {
  const V sum = And(Add64(a.l[0], Set1(16)), Set1(kMask52));
  return _mm512_cmple_epu64_mask(sum, Set1(16));
}

ASSAY_IFMA_INLINE Mask8 IsZeroP(const Fe8& a) {
  const Mask8 candidates = CandidateZero(a);
  if (candidates == 0) [[likely]]
    return 0;
  return IsMultipleOfP(a, candidates);
}

// ReduceN: the Montgomery reduction (c + q n) / 2^260 for n without structure: the quotient digit is
// c * (-1/n mod 2^52).
ASSAY_IFMA_INLINE Sn8 ReduceN(Columns10& c, double magnitude) {
  constexpr LimbConstants n = ToLimbs(kN);
  const V inverse = Set1(kNegInverseN & kMask52);
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) {
    const V q = MaddLo(_mm512_setzero_si512(), c.t[i], inverse);
#pragma GCC unroll 5
    for (int j = 0; j < 5; ++j) c.t[i + j] = MaddLo(c.t[i + j], q, Set1(n.l[j]));
#pragma GCC unroll 5
    for (int j = 0; j < 5; ++j) c.t[i + j + 1] = MaddHi(c.t[i + j + 1], q, Set1(n.l[j]));
    c.t[i + 1] = Add64(c.t[i + 1], Sar<52>(c.t[i]));
  }
  return {Settle(c.t[5], c.t[6], c.t[7], c.t[8], c.t[9], magnitude)};
}

inline Sn8 MulN8(const Sn8& a, const Sn8& b) {
  CheckFactors(a, b);
  Columns10 c = Product(a, b);
  return ReduceN(c, ProductMagnitude(a, b));
}

// Canonical: a mod m. Requires a < 2m, where m is the element's modulus.
template <class Element>
inline Element Canonical(const Element& a, const LimbConstants& m) {
  V t[5];
  for (int i = 0; i < 5; ++i) t[i] = Sub64(a.l[i], Set1(m.l[i]));
  V carry = _mm512_setzero_si512();
  Element r;
  for (int i = 0; i < 5; ++i) {
    t[i] = Add64(t[i], carry);
    carry = Sar<52>(t[i]);
    t[i] = And(t[i], Set1(kMask52));
  }
  const Mask8 negative = _mm512_movepi64_mask(carry);
  for (int i = 0; i < 5; ++i) r.l[i] = _mm512_mask_blend_epi64(negative, t[i], a.l[i]);
  SetMagnitude(r, 1);
  return r;
}

inline Sn8 CanonicalN(const Sn8& a) { return Canonical(a, ToLimbs(kN)); }
inline Fe8 CanonicalP(const Fe8& a) { return Canonical(a, ToLimbs(kP)); }

inline Fe8 MulP8(const Fe8& a, const Fe8& b) { return SettleP(MulLoose(a, b)); }

// InvertAll: inverts the numbers of all lanes of chain[0..kCount): each number a becomes c / (R^k a) for the constant c
// that `FromPlain` puts in when it turns the plain inverse of the total back into a lane element. The total is the
// product down to the lanes: chain[0], then times chain[1], .. then lanes 1, 2 and 4 apart. Returns false if
// total * inverse is not what it must be.
template <class Mod, std::size_t kCount>
inline bool InvertAll(typename Mod::Element (&chain)[kCount]) {
  using E = typename Mod::Element;
  E prefix[kCount];
  prefix[0] = chain[0];
  for (std::size_t i = 1; i < kCount; ++i) prefix[i] = Mod::Mul(prefix[i - 1], chain[i]);
  const E& all = prefix[kCount - 1];
  const E swapped1{SwapLanes<1>(all)};
  const E by2 = Mod::Mul(all, swapped1);
  const E swapped2{SwapLanes<2>(by2)};
  const E by4 = Mod::Mul(by2, swapped2);
  const E swapped4{SwapLanes<4>(by4)};
  const E total = Mod::Mul(by4, swapped4);
  const E inverse = Mod::FromPlain(Mod::InversePlain(LaneZero(total, Mod::kModulus)));
  if (!Mod::IsInverse(total, inverse)) return false;
  E down = Mod::Mul(Mod::Mul(Mod::Mul(inverse, swapped4), swapped2), swapped1);
  for (std::size_t i = kCount - 1; i > 0; --i) {
    const E inverted = Mod::Mul(down, prefix[i - 1]);
    down = Mod::Mul(down, chain[i]);
    chain[i] = inverted;
  }
  chain[0] = down;
  return true;
}

struct ModP {
  using Element = Fe8;
  static constexpr U256 kModulus = kP;
  static Fe8 Mul(const Fe8& a, const Fe8& b) { return MulP8(a, b); }
  static U256 InversePlain(const U256& a) { return InverseModPVartime(a); }
  // FromPlain: a R^2. For a = 1/x from InversePlain that is R^2 / x, the Montgomery form of the inverse of what x
  // stands for.
  static Fe8 FromPlain(const U256& a) {
    constexpr LimbConstants r3 = ToLimbs(PowerOfTwoMod(780, kP));
    return MulP8({Broadcast(ToLimbs(a), 1)}, {Broadcast(r3, 1)});
  }
  static bool IsInverse(const Fe8& a, const Fe8& inverse) {
    constexpr LimbConstants one = ToLimbs(PowerOfTwoMod(260, kP));
    const Loose product = MulLoose(a, inverse);
    return IsZeroP(SettleP(AddTimesP<2>(SubLoose(product, {Broadcast(one, 1)})))) == 0xff;
  }
};

struct ModN {
  using Element = Sn8;
  static constexpr U256 kModulus = kN;
  static Sn8 Mul(const Sn8& a, const Sn8& b) { return MulN8(a, b); }
  static U256 InversePlain(const U256& a) { return InverseModNVartime(a); }
  // FromPlain: a R. For a = 1/x from InversePlain that is R / x; see Es256Batch::ComputeScalars.
  static Sn8 FromPlain(const U256& a) {
    constexpr LimbConstants r2 = ToLimbs(PowerOfTwoMod(520, kN));
    return MulN8({Broadcast(ToLimbs(a), 1)}, {Broadcast(r2, 1)});
  }
  static bool IsInverse(const Sn8& a, const Sn8& inverse) {
    return LaneZero(MulN8(a, inverse), kN) == U256{{1, 0, 0, 0}};
  }
};

}  // namespace assay::p256::ifma

ASSAY_TARGET_END
