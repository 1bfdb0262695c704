// # 256-bit numbers in eight lanes: five limbs of 52 bits
//
// Limbs8 holds eight numbers, sum l[i] * 2^(52 i). Settled: every limb in [0, 2^52). Unsettled
// limbs are signed 64-bit numbers. vpmadd52 reads the low 52 bits of its factors, so factors must
// be settled; the accumulated columns need not be.
//
// Montgomery multiplication has R = 2^260, which leaves 4 bits above a 256-bit modulus m: for
// a < A m and b < B m it gives (a b + q m) / R < (A B / 16 + 1) m, so sums and differences of a few
// products may be factors as they are. `magnitude` is that A: builds with ASSAY_VERIFY carry and
// check it, and check the limbs themselves; others keep nothing of it.
//
// This header stands inside the region of p256_target.h.
#pragma once

#include <cstdint>

#include "engine/base/check.h"
#include "engine/p256/u256.h"
#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

namespace assay::p256::ifma {

using V = __m512i;

struct Limbs8 {
  V l[5];
#if defined(ASSAY_VERIFY)
  double magnitude;
#endif
};

inline constexpr std::uint64_t kMask52 = (std::uint64_t{1} << 52) - 1;

struct LimbConstants {
  std::uint64_t l[5];
};

// ToLimbs: the limbs of a * 2^shift for shift <= 4.
constexpr LimbConstants ToLimbs(const U256& a, int shift = 0) {
  const int s = shift;
  return {{(a.w[0] << s) & kMask52, (a.w[0] >> (52 - s) | a.w[1] << (12 + s)) & kMask52,
           (a.w[1] >> (40 - s) | a.w[2] << (24 + s)) & kMask52, (a.w[2] >> (28 - s) | a.w[3] << (36 + s)) & kMask52,
           a.w[3] >> (16 - s)}};
}

ASSAY_IFMA_INLINE V Set1(std::uint64_t a) { return _mm512_set1_epi64(static_cast<long long>(a)); }
ASSAY_IFMA_INLINE V Add64(V a, V b) { return _mm512_add_epi64(a, b); }
ASSAY_IFMA_INLINE V Sub64(V a, V b) { return _mm512_sub_epi64(a, b); }
ASSAY_IFMA_INLINE V And(V a, V b) { return _mm512_and_si512(a, b); }
template <int kBits>
ASSAY_IFMA_INLINE V Shl(V a) {
  return _mm512_slli_epi64(a, kBits);
}
template <int kBits>
ASSAY_IFMA_INLINE V Shr(V a) {
  return _mm512_srli_epi64(a, kBits);
}
template <int kBits>
ASSAY_IFMA_INLINE V Sar(V a) {
  return _mm512_srai_epi64(a, kBits);
}
ASSAY_IFMA_INLINE V MaddLo(V acc, V a, V b) { return _mm512_madd52lo_epu64(acc, a, b); }
ASSAY_IFMA_INLINE V MaddHi(V acc, V a, V b) { return _mm512_madd52hi_epu64(acc, a, b); }

ASSAY_IFMA_INLINE void SetMagnitude([[maybe_unused]] Limbs8& a, [[maybe_unused]] double magnitude) {
#if defined(ASSAY_VERIFY)
  a.magnitude = magnitude;
#endif
}

#if defined(ASSAY_VERIFY)
// CheckSettled: aborts unless a is settled and below 16 m, the most that its limbs can hold.
inline void CheckSettled(const Limbs8& a) {
  alignas(64) std::uint64_t lane[8];
  for (int i = 0; i < 5; ++i) {
    _mm512_store_si512(lane, a.l[i]);
    for (int k = 0; k < 8; ++k) ASSAY_CHECK(lane[k] <= kMask52);
  }
  ASSAY_CHECK(a.magnitude >= 0 && a.magnitude <= 16);
  // value < magnitude * 2^256, read off the top limb's bits above 2^256
  for (int k = 0; k < 8; ++k) ASSAY_CHECK(static_cast<double>(lane[k] >> 48) <= a.magnitude);
}
#endif

ASSAY_IFMA_INLINE void CheckFactors([[maybe_unused]] const Limbs8& a, [[maybe_unused]] const Limbs8& b) {
#if defined(ASSAY_VERIFY)
  CheckSettled(a);
  CheckSettled(b);
  ASSAY_CHECK(a.magnitude * b.magnitude <= 32);
#endif
}

// ProductMagnitude: the magnitude of a product: a bound for the checks of ASSAY_VERIFY, 0 otherwise.
ASSAY_IFMA_INLINE double ProductMagnitude([[maybe_unused]] const Limbs8& a, [[maybe_unused]] const Limbs8& b) {
#if defined(ASSAY_VERIFY)
  return a.magnitude * b.magnitude / 16 + 1;
#else
  return 0;
#endif
}

ASSAY_IFMA_INLINE double MagnitudeOf([[maybe_unused]] const Limbs8& a) {
#if defined(ASSAY_VERIFY)
  return a.magnitude;
#else
  return 0;
#endif
}

ASSAY_IFMA_INLINE Limbs8 Broadcast(const LimbConstants& c, double magnitude) {
  Limbs8 r;
  for (int i = 0; i < 5; ++i) r.l[i] = Set1(c.l[i]);
  SetMagnitude(r, magnitude);
  return r;
}

// Columns10: ten columns of a product of two settled numbers; column i has weight 2^(52 i).
struct Columns10 {
  V t[10];
};

// Accumulate: c += a * b. Each column grows by less than 10 * 2^52.
ASSAY_IFMA_INLINE void Accumulate(Columns10& c, const Limbs8& a, const Limbs8& b) {
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) {
#pragma GCC unroll 5
    for (int j = 0; j < 5; ++j) c.t[i + j] = MaddLo(c.t[i + j], a.l[i], b.l[j]);
#pragma GCC unroll 5
    for (int j = 0; j < 5; ++j) c.t[i + j + 1] = MaddHi(c.t[i + j + 1], a.l[i], b.l[j]);
  }
}

ASSAY_IFMA_INLINE Columns10 Zero10() {
  Columns10 c;
  for (V& t : c.t) t = _mm512_setzero_si512();
  return c;
}

ASSAY_IFMA_INLINE Columns10 Product(const Limbs8& a, const Limbs8& b) {
  Columns10 c = Zero10();
  Accumulate(c, a, b);
  return c;
}

// Square: a^2 with 30 multiplications: products of different limbs once, doubled in place.
ASSAY_IFMA_INLINE Columns10 Square(const Limbs8& a) {
  Columns10 c = Zero10();
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) {
#pragma GCC unroll 5
    for (int j = i + 1; j < 5; ++j) {
      c.t[i + j] = MaddLo(c.t[i + j], a.l[i], a.l[j]);
      c.t[i + j + 1] = MaddHi(c.t[i + j + 1], a.l[i], a.l[j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 1; i < 9; ++i) c.t[i] = Add64(c.t[i], c.t[i]);
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) {
    c.t[2 * i] = MaddLo(c.t[2 * i], a.l[i], a.l[i]);
    c.t[2 * i + 1] = MaddHi(c.t[2 * i + 1], a.l[i], a.l[i]);
  }
  return c;
}

// Settle: carries from limb to limb. The result is settled if the number is in [0, 2^260).
ASSAY_IFMA_INLINE Limbs8 Settle(V t0, V t1, V t2, V t3, V t4, double magnitude) {
  const V mask = Set1(kMask52);
  Limbs8 r;
  t1 = Add64(t1, Sar<52>(t0));
  r.l[0] = And(t0, mask);
  t2 = Add64(t2, Sar<52>(t1));
  r.l[1] = And(t1, mask);
  t3 = Add64(t3, Sar<52>(t2));
  r.l[2] = And(t2, mask);
  r.l[4] = Add64(t4, Sar<52>(t3));
  r.l[3] = And(t3, mask);
  SetMagnitude(r, magnitude);
#if defined(ASSAY_VERIFY)
  CheckSettled(r);
#endif
  return r;
}

// SwapLanes: the eight numbers in another lane order: lane i gets lane i ^ kDistance (1, 2 or 4).
template <int kDistance>
ASSAY_IFMA_INLINE V SwapLanes(V a) {
  if constexpr (kDistance == 1) return _mm512_permutex_epi64(a, 0xB1);
  if constexpr (kDistance == 2) return _mm512_permutex_epi64(a, 0x4E);
  return _mm512_shuffle_i64x2(a, a, 0x4E);
}
template <int kDistance>
ASSAY_IFMA_INLINE Limbs8 SwapLanes(const Limbs8& a) {
  Limbs8 r = a;
  for (V& l : r.l) l = SwapLanes<kDistance>(l);
  return r;
}

// WordsToLimbs: five limbs from four words a lane, of a * 2^kShift for kShift 0 or 4.
template <int kShift>
ASSAY_IFMA_INLINE void WordsToLimbs(const V w[4], V l[5]) {
  const V mask = Set1(kMask52);
  if constexpr (kShift == 0) {
    l[0] = And(w[0], mask);
  } else {
    l[0] = And(Shl<kShift>(w[0]), mask);
  }
  l[1] = And(_mm512_or_si512(Shr<52 - kShift>(w[0]), Shl<12 + kShift>(w[1])), mask);
  l[2] = And(_mm512_or_si512(Shr<40 - kShift>(w[1]), Shl<24 + kShift>(w[2])), mask);
  l[3] = And(_mm512_or_si512(Shr<28 - kShift>(w[2]), Shl<36 + kShift>(w[3])), mask);
  l[4] = Shr<16 - kShift>(w[3]);
}

// LimbsToWords: four words a lane from settled limbs of numbers below 2^256.
ASSAY_IFMA_INLINE void LimbsToWords(const Limbs8& a, V w[4]) {
  w[0] = _mm512_or_si512(a.l[0], Shl<52>(a.l[1]));
  w[1] = _mm512_or_si512(Shr<12>(a.l[1]), Shl<40>(a.l[2]));
  w[2] = _mm512_or_si512(Shr<24>(a.l[2]), Shl<28>(a.l[3]));
  w[3] = _mm512_or_si512(Shr<36>(a.l[3]), Shl<16>(a.l[4]));
}

// LaneZero: the number of lane 0, modulo m. Requires a settled number below 2m.
inline U256 LaneZero(const Limbs8& a, const U256& m) {
  std::uint64_t l[5];
  for (int i = 0; i < 5; ++i) {
    l[i] = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm512_castsi512_si128(a.l[i])));
  }
  const U256 low{{l[0] | l[1] << 52, l[1] >> 12 | l[2] << 40, l[2] >> 24 | l[3] << 28, l[3] >> 36 | l[4] << 16}};
  U256 reduced;
  const std::uint64_t borrow = Sub(reduced, low, m);
  return (l[4] >> 48) == 0 && borrow != 0 ? low : reduced;
}

}  // namespace assay::p256::ifma

ASSAY_TARGET_END
