// # 256-bit numbers in lanes: five limbs of 52 bits
//
// Templates over a lane type of engine/simd: L::kLanes 64-bit lanes and its way to multiply limbs, IFMA or FMA.
//
// Limbs holds a number a lane, sum l[i] * 2^(52 i). Settled: every limb in [0, 2^52). Unsettled limbs are signed 64-bit
// numbers. Factors must be settled; the columns that products are added to need not be.
//
// Montgomery multiplication has R = 2^260, which leaves 4 bits above a 256-bit modulus m: for
// a < A m and b < B m it gives (a b + q m) / R < (A B / 16 + 1) m, so sums and differences of a few
// products may be factors as they are. `magnitude` is that A: builds with ASSAY_VERIFY carry and
// check it, and check the limbs themselves; others keep nothing of it.
//
// Included, like all of lane_*.h but lane_portable64.h, by a kernel within its target region, after the lane type and
// every header that other kernels use too.
#pragma once

#include <cstdint>

#include "engine/base/check.h"
#include "engine/p256/u256.h"
#include "engine/simd/limb52.h"
#include "engine/simd/target.h"

namespace assay::p256 {

using simd::kLimbMask;

struct LimbConstants {
  std::uint64_t l[5];
};

// ToLimbs: the limbs of a.
ASSAY_LANE constexpr LimbConstants ToLimbs(const U256& a) {
  return {{a.w[0] & kLimbMask, (a.w[0] >> 52 | a.w[1] << 12) & kLimbMask, (a.w[1] >> 40 | a.w[2] << 24) & kLimbMask,
           (a.w[2] >> 28 | a.w[3] << 36) & kLimbMask, a.w[3] >> 16}};
}

// LowHalves: how many products of two of five limbs have their low half in `column`; their high halves are in the next.
constexpr int LowHalves(int column) {
  if (column < 0 || column > 8) return 0;
  return column < 5 ? column + 1 : 9 - column;
}

template <class L>
struct LaneLimbsOf {
  using V = typename L::Vec;
  using Factor = typename L::Factor;

  struct Limbs {
    V l[5];
#if defined(ASSAY_VERIFY)
    double magnitude;
#endif
  };

  ASSAY_LANE V Set1(std::uint64_t a) { return L::Broadcast(a); }

  ASSAY_LANE void SetMagnitude([[maybe_unused]] Limbs& a, [[maybe_unused]] double magnitude) {
#if defined(ASSAY_VERIFY)
    a.magnitude = magnitude;
#endif
  }

#if defined(ASSAY_VERIFY)
  // CheckSettled: aborts unless a is settled and below 16 m, the most that its limbs can hold.
  static void CheckSettled(const Limbs& a) {
    alignas(64) std::uint64_t lane[L::kLanes];
    for (int i = 0; i < 5; ++i) {
      L::Store(lane, a.l[i]);
      for (int k = 0; k < L::kLanes; ++k) ASSAY_CHECK(lane[k] <= kLimbMask);
    }
    ASSAY_CHECK(a.magnitude >= 0 && a.magnitude <= 16);
    // value < magnitude * 2^256, read off the top limb's bits above 2^256
    for (int k = 0; k < L::kLanes; ++k) ASSAY_CHECK(static_cast<double>(lane[k] >> 48) <= a.magnitude);
  }
#endif

  ASSAY_LANE void CheckFactors([[maybe_unused]] const Limbs& a, [[maybe_unused]] const Limbs& b) {
#if defined(ASSAY_VERIFY)
    CheckSettled(a);
    CheckSettled(b);
    ASSAY_CHECK(a.magnitude * b.magnitude <= 32);
#endif
  }

  // ProductMagnitude: the magnitude of a product: a bound for the checks of ASSAY_VERIFY, 0 otherwise.
  ASSAY_LANE double ProductMagnitude([[maybe_unused]] const Limbs& a, [[maybe_unused]] const Limbs& b) {
#if defined(ASSAY_VERIFY)
    return a.magnitude * b.magnitude / 16 + 1;
#else
    return 0;
#endif
  }

  ASSAY_LANE double MagnitudeOf([[maybe_unused]] const Limbs& a) {
#if defined(ASSAY_VERIFY)
    return a.magnitude;
#else
    return 0;
#endif
  }

  ASSAY_LANE Limbs Broadcast(const LimbConstants& c, double magnitude) {
    Limbs r;
    for (int i = 0; i < 5; ++i) r.l[i] = Set1(c.l[i]);
    SetMagnitude(r, magnitude);
    return r;
  }

  // Columns10: ten columns of a product of two settled numbers; column i has weight 2^(52 i).
  struct Columns10 {
    V t[10];
  };

  // Start: the columns before their first product, which comes with a constant (lane_fma.h): column i will get
  // `low(i)` low halves and `low(i - 1)` high ones, counted in halves of a constant; less than none where the columns
  // will be negated.
  template <class Halves>
  ASSAY_LANE Columns10 Start(Halves low) {
    Columns10 c;
#pragma GCC unroll 10
    for (int i = 0; i < 10; ++i) c.t[i] = L::Add(L::StartLow(low(i)), L::StartHigh(low(i - 1)));
    return c;
  }

  ASSAY_LANE void ToFactors(const Limbs& a, Factor (&out)[5]) {
    for (int i = 0; i < 5; ++i) out[i] = L::SettledLimb(a.l[i]);
  }

  // Accumulate: c += a * b. Each column grows by less than 10 * 2^52.
  ASSAY_LANE void Accumulate(Columns10& c, const Limbs& a, const Limbs& b) {
    Factor x[5], y[5];
    ToFactors(a, x);
    ToFactors(b, y);
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) L::template AddRow<5>(c.t + i, x[i], y);
  }

  // Product: a b, in columns that will also be reduced by Mod.
  template <class Mod>
  ASSAY_LANE Columns10 Product(const Limbs& a, const Limbs& b) {
    Columns10 c = Start([](int i) { return 2 * (LowHalves(i) + Mod::LowHalvesOfReduction(i)); });
    Accumulate(c, a, b);
    return c;
  }

  // Square: a^2, likewise, with 15 products: those of different limbs once, doubled in place. What the columns start at
  // is doubled too.
  template <class Mod>
  ASSAY_LANE Columns10 Square(const Limbs& a) {
    Columns10 c = Start([](int i) { return LowHalves(i) + Mod::LowHalvesOfReduction(i); });
    Factor x[5];
    ToFactors(a, x);
    L::template AddRow<4>(c.t + 1, x[0], x + 1);
    L::template AddRow<3>(c.t + 3, x[1], x + 2);
    L::template AddRow<2>(c.t + 5, x[2], x + 3);
    L::template AddRow<1>(c.t + 7, x[3], x + 4);
#pragma GCC unroll 10
    for (int i = 0; i < 10; ++i) c.t[i] = L::Add(c.t[i], c.t[i]);
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) L::AddProduct(c.t[2 * i], c.t[2 * i + 1], x[i], x[i]);
    return c;
  }

  // Settle: carries from limb to limb. The result is settled if the number is in [0, 2^260). kSigned: limbs may be
  // negative. Lanes without a cheap arithmetic shift add 0 in another form, with limbs that make every sum positive.
  template <bool kSigned>
  ASSAY_LANE Limbs Settle(V t0, V t1, V t2, V t3, V t4, double magnitude) {
    constexpr std::uint64_t kOffset = std::uint64_t{1} << 63;
    constexpr std::uint64_t kCarried = kOffset >> 52;
    if constexpr (kSigned && !L::kCheapSar) {
      t0 = L::Add(t0, Set1(kOffset));
      t1 = L::Add(t1, Set1(kOffset - kCarried));
      t2 = L::Add(t2, Set1(kOffset - kCarried));
      t3 = L::Add(t3, Set1(kOffset - kCarried));
      t4 = L::Sub(t4, Set1(kCarried));
    }
    Limbs r;
    t1 = L::Add(t1, Carry<kSigned>(t0));
    r.l[0] = L::Low(t0);
    t2 = L::Add(t2, Carry<kSigned>(t1));
    r.l[1] = L::Low(t1);
    t3 = L::Add(t3, Carry<kSigned>(t2));
    r.l[2] = L::Low(t2);
    r.l[4] = L::Add(t4, Carry<kSigned>(t3));
    r.l[3] = L::Low(t3);
    SetMagnitude(r, magnitude);
#if defined(ASSAY_VERIFY)
    CheckSettled(r);
#endif
    return r;
  }

  // SwapLanes: the numbers in another lane order: lane i gets lane i ^ kDistance.
  template <int kDistance>
  ASSAY_LANE Limbs SwapLanes(const Limbs& a) {
    Limbs r = a;
    for (V& l : r.l) l = L::template SwapLanes<kDistance>(l);
    return r;
  }

  // WordsToLimbs: five limbs from four words a lane.
  ASSAY_LANE void WordsToLimbs(const V w[4], V l[5]) {
    l[0] = L::Low(w[0]);
    l[1] = L::Low(L::Or(L::template Shr<52>(w[0]), L::template Shl<12>(w[1])));
    l[2] = L::Low(L::Or(L::template Shr<40>(w[1]), L::template Shl<24>(w[2])));
    l[3] = L::Low(L::Or(L::template Shr<28>(w[2]), L::template Shl<36>(w[3])));
    l[4] = L::template Shr<16>(w[3]);
  }

  // LimbsToWords: four words a lane from settled limbs of numbers below 2^256.
  ASSAY_LANE void LimbsToWords(const Limbs& a, V w[4]) {
    w[0] = L::Or(a.l[0], L::template Shl<52>(a.l[1]));
    w[1] = L::Or(L::template Shr<12>(a.l[1]), L::template Shl<40>(a.l[2]));
    w[2] = L::Or(L::template Shr<24>(a.l[2]), L::template Shl<28>(a.l[3]));
    w[3] = L::Or(L::template Shr<36>(a.l[3]), L::template Shl<16>(a.l[4]));
  }

  // FirstLane: the number of lane 0, modulo m. Requires a settled number below 2m.
  static U256 FirstLane(const Limbs& a, const U256& m) {
    std::uint64_t l[5];
    for (int i = 0; i < 5; ++i) l[i] = L::FirstLane(a.l[i]);
    const U256 low{{l[0] | l[1] << 52, l[1] >> 12 | l[2] << 40, l[2] >> 24 | l[3] << 28, l[3] >> 36 | l[4] << 16}};
    U256 reduced;
    const std::uint64_t borrow = Sub(reduced, low, m);
    return (l[4] >> 48) == 0 && borrow != 0 ? low : reduced;
  }

 private:
  template <bool kSigned>
  ASSAY_LANE V Carry(V a) {
    if constexpr (kSigned && L::kCheapSar) {
      return L::SignedCarry(a);
    } else {
      return L::Carry(a);
    }
  }
};

}  // namespace assay::p256
