// Limbs of 52 bits multiplied by double-precision FMA, for CPUs without IFMA (N. Emmart's trick).
//
// A limb is held as an exact double. Rounded toward zero, h = x y + 2^104 has the product's high half in its mantissa,
// since one unit there is 2^52; and x y + (2^104 + 2^52 - h) is the low half plus 2^52, exactly. So the bits of both
// are a constant plus the half that is wanted, and are summed as integers: 5 instructions a product, where IFMA has 2.
//
// Everything but h is exact, so that nothing else depends on the rounding mode; no operand is ever denormal, infinite
// or no number, so that nothing depends on flushing them.
//
// Included by a lane type, within a target region.
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/simd/limb52.h"
#include "engine/simd/target_region.h"

namespace assay::simd {
namespace {

// FmaLane: `Doubles` has the integer operations of a lane, and double-precision ones on as many lanes.
template <class Doubles>
struct FmaLane : Doubles {
  using Vec = typename Doubles::Vec;
  using Factor = typename Doubles::Double;

  // The bits of 2^52 and of 2^104: what a low (high) half comes with.
  static constexpr std::uint64_t kLowConstant = 0x4330000000000000;
  static constexpr std::uint64_t kHighConstant = 0x4670000000000000;
  static constexpr double k2To52 = 0x1p52;
  static constexpr double k2To104 = 0x1p104;

  // RoundsTowardZero: whether a product comes out as it must, looked at on this machine and in this mode: emulators of
  // CPUs ignore the rounding that they are asked for. 3 (2^52 - 1) = 2 2^52 + (2^52 - 3), where the nearest high half
  // would be 3.
  __attribute__((noinline)) static bool RoundsTowardZero() {
    std::uint64_t words[2] = {3, kLimbMask};
    __asm__ volatile("" : : "r"(words) : "memory");  // not known to the compiler, which rounds to nearest
    const Factor a = SettledLimb(Doubles::Broadcast(words[0])), b = SettledLimb(Doubles::Broadcast(words[1]));
    const Vec high = MultiplyHigh(Doubles::Zero(), a, b);
    const Vec low = MultiplyLow(Doubles::Zero(), a, b);
    return (Doubles::ZeroLanes(Doubles::Sub(high, Doubles::Broadcast(2))) &
            Doubles::ZeroLanes(Doubles::Sub(low, Doubles::Broadcast(kLimbMask - 2)))) == (1u << Doubles::kLanes) - 1;
  }

  ASSAY_LANE Vec StartLow(int halves) { return Relief(halves, kLowConstant); }
  ASSAY_LANE Vec StartHigh(int halves) { return Relief(halves, kHighConstant); }
  ASSAY_LANE void AddProduct(Vec& low, Vec& high, Factor a, Factor b) {
    const Factor h = HighPart(a, b);
    high = Doubles::Add(high, Doubles::AsBits(h));
    low = Doubles::Add(low, Doubles::AsBits(LowPart(a, b, h)));
  }
  template <int kCount>
  ASSAY_LANE void AddRow(Vec* sums, Factor a, const Factor* b) {
#pragma GCC unroll 5
    for (int k = 0; k < kCount; ++k) AddProduct(sums[k], sums[k + 1], a, b[k]);
  }
  // A digit is an integer: its multiples by powers of two are cheaper by shifts.
  using Digit = Vec;
  ASSAY_LANE Digit ToDigit(Vec a) { return Doubles::Low(a); }
  ASSAY_LANE Factor DigitFactor(Digit digit) { return SettledLimb(digit); }
  template <int kBits>
  ASSAY_LANE void AddShifted(Vec& low, Vec& high, Digit digit) {
    low = Doubles::Add(low, Doubles::Low(Doubles::template Shl<kBits>(digit)));
    high = Doubles::Add(high, Doubles::template Shr<static_cast<int>(kLimbBits) - kBits>(digit));
  }
  ASSAY_LANE Vec MultiplyLow(Vec sum, Factor a, Factor b) {
    return Doubles::Add(sum, WithoutConstant(LowPart(a, b, HighPart(a, b)), kLowConstant));
  }
  ASSAY_LANE Vec MultiplyHigh(Vec sum, Factor a, Factor b) {
    return Doubles::Add(sum, WithoutConstant(HighPart(a, b), kHighConstant));
  }
  ASSAY_LANE Factor LowProduct(Factor a, Factor b) {
    return Doubles::SubDoubles(LowPart(a, b, HighPart(a, b)), Doubles::SetDouble(k2To52));
  }
  ASSAY_LANE Factor LowBits(Vec a) { return Limb(a); }
  ASSAY_LANE Factor Limb(Vec a) { return SettledLimb(Doubles::Low(a)); }
  ASSAY_LANE Factor SettledLimb(Vec a) {
    const Vec bits = Doubles::Or(a, Doubles::Broadcast(kLowConstant));
    return Doubles::SubDoubles(Doubles::AsDouble(bits), Doubles::SetDouble(k2To52));
  }
  ASSAY_LANE Vec Integer(Factor a) {
    return Doubles::Low(Doubles::AsBits(Doubles::SubDoubles(a, Doubles::SetDouble(-k2To52))));
  }

 private:
  ASSAY_LANE Vec Relief(int halves, std::uint64_t constant) {
    return Doubles::Broadcast(0 - static_cast<std::uint64_t>(halves) * (constant / 2));
  }
  ASSAY_LANE Factor HighPart(Factor a, Factor b) { return Doubles::FmaDown(a, b, Doubles::SetDouble(k2To104)); }
  ASSAY_LANE Factor LowPart(Factor a, Factor b, Factor high) {
    return Doubles::Fma(a, b, Doubles::SubDoubles(Doubles::SetDouble(k2To104 + k2To52), high));
  }
  ASSAY_LANE Vec WithoutConstant(Factor a, std::uint64_t constant) {
    return Doubles::Sub(Doubles::AsBits(a), Doubles::Broadcast(constant));
  }
};

}  // namespace
}  // namespace assay::simd
