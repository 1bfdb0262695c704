// Numbers mod p and mod n in lanes. Distinct types: Fe and Sn. See lane_limbs.h for settled, magnitude and R = 2^260.
#pragma once

#include "engine/p256/constants.h"
#include "engine/p256/inverse.h"
#include "engine/p256/lane_limbs.h"

namespace assay::p256 {

// MultiplesOfP: the settled limbs of k p for k = 0..16.
struct MultiplesOfP {
  LimbConstants times[17];
};
inline constexpr MultiplesOfP kMultiplesOfP = [] {
  MultiplesOfP r{};
  constexpr LimbConstants p = ToLimbs(kP);
  for (int k = 1; k <= 16; ++k) {
    std::uint64_t carry = 0;
    for (int i = 0; i < 5; ++i) {
      const std::uint64_t limb = r.times[k - 1].l[i] + p.l[i] + carry;
      carry = limb >> 52;
      r.times[k].l[i] = limb & kLimbMask;
    }
  }
  return r;
}();

template <class L>
struct LaneField : LaneLimbsOf<L> {
  using Base = LaneLimbsOf<L>;
  using V = typename L::Vec;
  using Factor = typename L::Factor;
  using Limbs = typename Base::Limbs;
  using Columns10 = typename Base::Columns10;
  using Mask = std::uint8_t;  // a bit a lane
  static constexpr Mask kAllLanes = static_cast<Mask>((1u << L::kLanes) - 1);

  struct Fe : Limbs {};
  struct Sn : Limbs {};

  // Loose: five unsettled limbs of a number. kSigned: whether a limb may be negative.
  template <bool kSigned>
  struct LooseOf {
    V t[5];
    double magnitude;
  };
  using Loose = LooseOf<true>;
  using LoosePositive = LooseOf<false>;

  // ReductionP: the products in ReduceP that come with a constant.
  struct ReductionP {
    static constexpr int LowHalvesOfReduction(int column) { return column >= 4 && column <= 8 ? 1 : 0; }
  };

  // ReduceP: the Montgomery reduction (c + q p) / 2^260, unsettled. Requires columns below 2^59 in absolute value.
  //
  // -1/p = 1 mod 2^52, so each quotient digit q is the column's low limb itself. Adding
  // q p = q 2^256 - q 2^224 + q 2^192 + q 2^96 - q clears it; what remains, in units of the limb above, is
  // q 2^44 (which is q 2^96), q 2^140 and q (2^204 - 2^172): p's upper limbs times q.
  template <bool kSigned>
  ASSAY_LANE LooseOf<kSigned> ReduceP(Columns10& c, double magnitude) {
    const Factor p4 = L::SettledLimb(L::Broadcast(0xffffffff0000));
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) {
      const typename L::Digit q = L::ToDigit(c.t[i]);
      c.t[i + 1] = L::Add(c.t[i + 1], kSigned ? L::SignedCarry(c.t[i]) : L::Carry(c.t[i]));
      L::template AddShifted<44>(c.t[i + 1], c.t[i + 2], q);
      L::template AddShifted<36>(c.t[i + 3], c.t[i + 4], q);
      L::AddProduct(c.t[i + 4], c.t[i + 5], L::DigitFactor(q), p4);
    }
    return {{c.t[5], c.t[6], c.t[7], c.t[8], c.t[9]}, magnitude};
  }

  template <bool kSigned>
  ASSAY_LANE Fe SettleP(const LooseOf<kSigned>& a) {
    return {Base::template Settle<kSigned>(a.t[0], a.t[1], a.t[2], a.t[3], a.t[4], a.magnitude)};
  }

  // SettleReduceP: a mod p, roughly: settled and below 1.01 p. Requires 0 <= a < 2^262. With h = floor(a / 2^256) taken
  // from the top limb alone (the carries of the lower limbs change it by a few units of 2^208), a - h p is
  // (a mod 2^256) + h (2^256 - p). It is not negative: either h = 0 and a is unchanged, or h (2^256 - p) ~ h 2^224
  // outweighs the carries left out, or h = -1 and p is added to a >= 0.
  ASSAY_LANE Fe SettleReduceP(const Loose& a) {
#if defined(ASSAY_VERIFY)
    ASSAY_CHECK(a.magnitude <= 64);
#endif
    const V h = L::template Sar<48>(a.t[4]);
    const V top = L::And(a.t[4], L::Broadcast((std::uint64_t{1} << 48) - 1));
    return {Base::template Settle<true>(L::Add(a.t[0], h), L::Sub(a.t[1], L::template Shl<44>(h)), a.t[2],
                                        L::Sub(a.t[3], L::template Shl<36>(h)), L::Add(top, L::template Shl<16>(h)),
                                        1.01)};
  }

  // AddTimesP: a + kTimes p.
  template <int kTimes, bool kSigned>
  ASSAY_LANE Loose AddTimesP(const LooseOf<kSigned>& a) {
    constexpr LimbConstants p = ToLimbs(kP);
    Loose r = AsSigned(a);
    for (int i = 0; i < 5; ++i) {
      if (p.l[i] != 0) r.t[i] = L::Add(r.t[i], L::Broadcast(p.l[i] * kTimes));
    }
    r.magnitude += kTimes;
    return r;
  }

  template <bool kSigned>
  ASSAY_LANE Loose AsSigned(const LooseOf<kSigned>& a) {
    return {{a.t[0], a.t[1], a.t[2], a.t[3], a.t[4]}, a.magnitude};
  }

  template <bool kSigned>
  ASSAY_LANE Loose SubLoose(const LooseOf<kSigned>& a, const Fe& b) {
    Loose r = AsSigned(a);
    for (int i = 0; i < 5; ++i) r.t[i] = L::Sub(a.t[i], b.l[i]);
    return r;
  }

  ASSAY_LANE Loose ToLoose(const Fe& a) { return {{a.l[0], a.l[1], a.l[2], a.l[3], a.l[4]}, Base::MagnitudeOf(a)}; }

  ASSAY_LANE LoosePositive MulLoose(const Fe& a, const Fe& b) {
    Base::CheckFactors(a, b);
    Columns10 c = Base::template Product<ReductionP>(a, b);
    return ReduceP<false>(c, Base::ProductMagnitude(a, b));
  }

  ASSAY_LANE LoosePositive SqrLoose(const Fe& a) {
    Base::CheckFactors(a, a);
    Columns10 c = Base::template Square<ReductionP>(a);
    return ReduceP<false>(c, Base::ProductMagnitude(a, a));
  }

  // MulSubMulLoose: a b - c d + 2p.
  ASSAY_LANE Loose MulSubMulLoose(const Fe& a, const Fe& b, const Fe& c, const Fe& d) {
    Base::CheckFactors(a, b);
    Base::CheckFactors(c, d);
    // As many products are taken away as added: what is left of their constants is the reduction's.
    Columns10 t = Base::Start([](int i) { return -2 * ReductionP::LowHalvesOfReduction(i); });
    Base::Accumulate(t, c, d);
    for (V& v : t.t) v = L::Sub(L::Zero(), v);
    Base::Accumulate(t, a, b);
    return AddTimesP<2>(ReduceP<true>(t, Base::ProductMagnitude(a, b)));
  }

  // IsZeroP: the lanes that are 0 mod p, exactly. Requires a settled number of magnitude <= 16.
  ASSAY_LANE Mask IsZeroP(const Fe& a) {
    const Mask candidates = CandidateZero(a);
    if (candidates == 0) [[likely]]
      return 0;
    return IsMultipleOfP(a, candidates);
  }

  // ReductionN: as ReductionP. The quotient digits come without a constant.
  struct ReductionN {
    static constexpr int LowHalvesOfReduction(int column) { return LowHalves(column); }
  };

  // ReduceN: the Montgomery reduction (c + q n) / 2^260 for n without structure: the quotient digit is
  // c * (-1/n mod 2^52).
  ASSAY_LANE Sn ReduceN(Columns10& c, double magnitude) {
    constexpr LimbConstants n = ToLimbs(kN);
    const Factor inverse = L::SettledLimb(L::Broadcast(kNegInverseN & kLimbMask));
    Factor limbs[5];
    for (int j = 0; j < 5; ++j) limbs[j] = L::SettledLimb(L::Broadcast(n.l[j]));
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) {
      const Factor q = L::LowProduct(L::LowBits(c.t[i]), inverse);
      L::template AddRow<5>(c.t + i, q, limbs);
      c.t[i + 1] = L::Add(c.t[i + 1], L::Carry(c.t[i]));
    }
    return {Base::template Settle<false>(c.t[5], c.t[6], c.t[7], c.t[8], c.t[9], magnitude)};
  }

  ASSAY_LANE Fe MulP(const Fe& a, const Fe& b) { return SettleP(MulLoose(a, b)); }

  static Sn MulN(const Sn& a, const Sn& b) {
    Base::CheckFactors(a, b);
    Columns10 c = Base::template Product<ReductionN>(a, b);
    return ReduceN(c, Base::ProductMagnitude(a, b));
  }

  static Sn CanonicalN(const Sn& a) { return Canonical(a, ToLimbs(kN)); }
  static Fe CanonicalP(const Fe& a) { return Canonical(a, ToLimbs(kP)); }

  // InvertAll: inverts the numbers of all lanes of chain[0..kCount): each number a becomes c / (R^k a) for the constant
  // c that `FromPlain` puts in when it turns the plain inverse of the total back into a lane element. The total is the
  // product down to the lanes: chain[0], then times chain[1], .. then lanes 1, 2 and 4 apart. Returns false if
  // total * inverse is not what it must be.
  template <class Mod, std::size_t kCount>
  static bool InvertAll(typename Mod::Element (&chain)[kCount]) {
    using E = typename Mod::Element;
    E prefix[kCount];
    prefix[0] = chain[0];
    for (std::size_t i = 1; i < kCount; ++i) prefix[i] = Mod::Mul(prefix[i - 1], chain[i]);
    const E& all = prefix[kCount - 1];
    const E swapped1{Base::template SwapLanes<1>(all)};
    const E by2 = Mod::Mul(all, swapped1);
    const E swapped2{Base::template SwapLanes<2>(by2)};
    E total = Mod::Mul(by2, swapped2);
    E swapped4{};
    if constexpr (L::kLanes == 8) {
      swapped4 = {Base::template SwapLanes<4>(total)};
      total = Mod::Mul(total, swapped4);
    }
    E down = Mod::FromPlain(Mod::InversePlain(Base::FirstLane(total, Mod::kModulus)));
    if (!Mod::IsInverse(total, down)) return false;
    if constexpr (L::kLanes == 8) down = Mod::Mul(down, swapped4);
    down = Mod::Mul(Mod::Mul(down, swapped2), swapped1);
    for (std::size_t i = kCount - 1; i > 0; --i) {
      const E inverted = Mod::Mul(down, prefix[i - 1]);
      down = Mod::Mul(down, chain[i]);
      chain[i] = inverted;
    }
    chain[0] = down;
    return true;
  }

  struct ModP {
    using Element = Fe;
    static constexpr U256 kModulus = kP;
    static Fe Mul(const Fe& a, const Fe& b) { return MulP(a, b); }
    static U256 InversePlain(const U256& a) { return InverseModPVartime(a); }
    // FromPlain: a R^2. For a = 1/x from InversePlain that is R^2 / x, the Montgomery form of the inverse of what x
    // stands for.
    static Fe FromPlain(const U256& a) {
      constexpr LimbConstants r3 = ToLimbs(PowerOfTwoMod(780, kP));
      return MulP({Base::Broadcast(ToLimbs(a), 1)}, {Base::Broadcast(r3, 1)});
    }
    static bool IsInverse(const Fe& a, const Fe& inverse) {
      constexpr LimbConstants one = ToLimbs(PowerOfTwoMod(260, kP));
      return IsZeroP(SettleP(AddTimesP<2>(SubLoose(MulLoose(a, inverse), {Base::Broadcast(one, 1)})))) == kAllLanes;
    }
  };

  struct ModN {
    using Element = Sn;
    static constexpr U256 kModulus = kN;
    static Sn Mul(const Sn& a, const Sn& b) { return MulN(a, b); }
    static U256 InversePlain(const U256& a) { return InverseModNVartime(a); }
    // FromPlain: a R. For a = 1/x from InversePlain that is R / x; see Es256Batch::ComputeScalars.
    static Sn FromPlain(const U256& a) {
      constexpr LimbConstants r2 = ToLimbs(PowerOfTwoMod(520, kN));
      return MulN({Base::Broadcast(ToLimbs(a), 1)}, {Base::Broadcast(r2, 1)});
    }
    static bool IsInverse(const Sn& a, const Sn& inverse) {
      return Base::FirstLane(MulN(a, inverse), kN) == U256{{1, 0, 0, 0}};
    }
  };

 private:
  // CandidateZero: the lanes that may be 0 mod p: k p = -k mod 2^52 for small k.
  ASSAY_LANE Mask CandidateZero(const Fe& a) {
    const V sum = L::Low(L::Add(a.l[0], L::Broadcast(16)));
    return L::Bits(L::Below(sum, L::Broadcast(17)));
  }

  // IsMultipleOfP: of `candidates`, the lanes that are k p with 0 <= k <= 16. Out of line: only for the lanes that
  // CandidateZero names.
  __attribute__((noinline)) static Mask IsMultipleOfP(const Fe& a, Mask candidates) {
    Mask zero = 0;
    for (const LimbConstants& multiple : kMultiplesOfP.times) {
      typename L::Choice equal = L::FromBits(candidates);
      for (int i = 0; i < 5; ++i) equal = L::Both(equal, L::Equal(a.l[i], L::Broadcast(multiple.l[i])));
      zero = static_cast<Mask>(zero | L::Bits(equal));
    }
    return zero;
  }

  // Canonical: a mod m. Requires a < 2m, where m is the element's modulus.
  template <class Element>
  static Element Canonical(const Element& a, const LimbConstants& m) {
    V carry = L::Zero();
    Element r;
    for (int i = 0; i < 5; ++i) {
      const V limb = L::Add(L::Sub(a.l[i], L::Broadcast(m.l[i])), carry);
      carry = L::SignedCarry(limb);
      r.l[i] = L::Low(limb);
    }
    const typename L::Choice negative = L::Negative(carry);
    for (int i = 0; i < 5; ++i) r.l[i] = L::Select(negative, a.l[i], r.l[i]);
    Base::SetMagnitude(r, 1);
    return r;
  }
};

}  // namespace assay::p256
