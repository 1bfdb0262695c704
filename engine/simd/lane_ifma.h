// Limbs of 52 bits multiplied by vpmadd52luq and vpmadd52huq. Included by a lane type, within a target region.
#pragma once

#include <cstdint>

#include "engine/simd/limb52.h"
#include "engine/simd/target_region.h"

namespace assay::simd {
namespace {

// IfmaLane: `Multiplier` has the integer operations of a lane, and
//   MultiplyLow, MultiplyHigh: sum + the low (high) 52 bits of the product.
template <class Multiplier>
struct IfmaLane : Multiplier {
  using Vec = typename Multiplier::Vec;

  ASSAY_LANE bool RoundsTowardZero() { return true; }  // nothing is rounded
  using Factor = Vec;  // the multiplier takes the low 52 bits of each lane, whatever is above them

  // StartLow, StartHigh: what sums of low (high) halves start at: products come without a constant.
  ASSAY_LANE Vec StartLow(int) { return Multiplier::Zero(); }
  ASSAY_LANE Vec StartHigh(int) { return Multiplier::Zero(); }
  // AddProduct: adds the low 52 bits of a b to `low`, the high 52 bits to `high`.
  ASSAY_LANE void AddProduct(Vec& low, Vec& high, Factor a, Factor b) {
    low = Multiplier::MultiplyLow(low, a, b);
    high = Multiplier::MultiplyHigh(high, a, b);
  }
  // AddRow: AddProduct to sums[k] and sums[k + 1] of a b[k], for k < kCount. Neighbouring instructions of different
  // sums: none waits for the other.
  template <int kCount>
  ASSAY_LANE void AddRow(Vec* sums, Factor a, const Factor* b) {
#pragma GCC unroll 5
    for (int k = 0; k < kCount; ++k) sums[k] = Multiplier::MultiplyLow(sums[k], a, b[k]);
#pragma GCC unroll 5
    for (int k = 0; k < kCount; ++k) sums[k + 1] = Multiplier::MultiplyHigh(sums[k + 1], a, b[k]);
  }
  // AddShifted: adds the low 52 bits of digit 2^kBits to `low`, the rest to `high`. Digit: the low 52 bits of `a`.
  using Digit = Vec;
  ASSAY_LANE Digit ToDigit(Vec a) { return a; }
  ASSAY_LANE Factor DigitFactor(Digit digit) { return digit; }
  template <int kBits>
  ASSAY_LANE void AddShifted(Vec& low, Vec& high, Digit digit) {
    AddProduct(low, high, digit, Multiplier::Broadcast(std::uint64_t{1} << kBits));
  }
  // LowProduct: the low 52 bits of the product.
  ASSAY_LANE Factor LowProduct(Factor a, Factor b) { return Multiplier::MultiplyLow(Multiplier::Zero(), a, b); }
  // LowBits: a factor of which the low 52 bits of `a` count. Limb: those bits alone. Integer: a limb's value.
  ASSAY_LANE Factor LowBits(Vec a) { return a; }
  // SettledLimb: of an `a` below 2^52.
  ASSAY_LANE Factor Limb(Vec a) { return Multiplier::Low(a); }
  ASSAY_LANE Factor SettledLimb(Vec a) { return a; }
  ASSAY_LANE Vec Integer(Factor a) { return a; }
};

}  // namespace
}  // namespace assay::simd
