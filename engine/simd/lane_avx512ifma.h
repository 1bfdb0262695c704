// The lane type of the kernel avx512ifma: limbs multiplied by vpmadd52luq and vpmadd52huq. Included by the kernel and
// its test inside a target region, after every shared header, and before the templates that it instantiates; its
// unnamed namespace keeps each copy to its own file.
#pragma once

#include "engine/simd/lane_avx512.h"

namespace assay::simd {
namespace {

struct Ifma : Avx512 {
  ASSAY_LANE bool RoundsTowardZero() { return true; }  // nothing is rounded
  using Factor = Vec;  // the multiplier takes the low 52 bits of each lane, whatever is above them

  // StartLow, StartHigh: what sums of low (high) halves start at: products come without a constant.
  ASSAY_LANE Vec StartLow(int) { return Zero(); }
  ASSAY_LANE Vec StartHigh(int) { return Zero(); }
  // AddProduct: adds the low 52 bits of a b to `low`, the high 52 bits to `high`.
  ASSAY_LANE void AddProduct(Vec& low, Vec& high, Factor a, Factor b) {
    low = MultiplyLow(low, a, b);
    high = MultiplyHigh(high, a, b);
  }
  // AddRow: AddProduct to sums[k] and sums[k + 1] of a b[k], for k < kCount. Neighbouring instructions of different
  // sums: none waits for the other.
  template <int kCount>
  ASSAY_LANE void AddRow(Vec* sums, Factor a, const Factor* b) {
#pragma GCC unroll 5
    for (int k = 0; k < kCount; ++k) sums[k] = MultiplyLow(sums[k], a, b[k]);
#pragma GCC unroll 5
    for (int k = 0; k < kCount; ++k) sums[k + 1] = MultiplyHigh(sums[k + 1], a, b[k]);
  }
  // AddShifted: adds the low 52 bits of digit 2^kBits to `low`, the rest to `high`. Digit: the low 52 bits of `a`.
  using Digit = Vec;
  ASSAY_LANE Digit ToDigit(Vec a) { return a; }
  ASSAY_LANE Factor DigitFactor(Digit digit) { return digit; }
  template <int kBits>
  ASSAY_LANE void AddShifted(Vec& low, Vec& high, Digit digit) {
    AddProduct(low, high, digit, Broadcast(std::uint64_t{1} << kBits));
  }
  // MultiplyLow, MultiplyHigh: sum + the low (high) 52 bits of the product.
  ASSAY_LANE Vec MultiplyLow(Vec sum, Factor a, Factor b) { return _mm512_madd52lo_epu64(sum, a, b); }
  ASSAY_LANE Vec MultiplyHigh(Vec sum, Factor a, Factor b) { return _mm512_madd52hi_epu64(sum, a, b); }
  // LowProduct: the low 52 bits of the product.
  ASSAY_LANE Factor LowProduct(Factor a, Factor b) { return MultiplyLow(Zero(), a, b); }
  // LowBits: a factor of which the low 52 bits of `a` count. Limb: those bits alone. Integer: a limb's value.
  ASSAY_LANE Factor LowBits(Vec a) { return a; }
  // SettledLimb: of an `a` below 2^52.
  ASSAY_LANE Factor Limb(Vec a) { return Low(a); }
  ASSAY_LANE Factor SettledLimb(Vec a) { return a; }
  ASSAY_LANE Vec Integer(Factor a) { return a; }
};

}  // namespace
}  // namespace assay::simd
