// The lane type of the kernel avx512ifma: limbs multiplied by vpmadd52luq and vpmadd52huq. Included by the kernel and
// its test inside a target region, after every shared header, and before the templates that it instantiates; its
// unnamed namespace keeps each copy to its own file.
#pragma once

#include "engine/rsa/lane_avx512.h"

namespace assay::rsa {
namespace {

#define ASSAY_LANE static inline __attribute__((always_inline))

struct Ifma : Avx512 {
  using Factor = Vec;  // the multiplier takes the low 52 bits of each lane, whatever is above them

  // StartLow, StartHigh: what sums of low (high) halves start at: products come without a constant.
  ASSAY_LANE Vec StartLow(int) { return Zero(); }
  ASSAY_LANE Vec StartHigh(int) { return Zero(); }
  // AddProduct: adds the low 52 bits of a b to `low`, the high 52 bits to `high`.
  ASSAY_LANE void AddProduct(Vec& low, Vec& high, Factor a, Factor b) {
    low = MultiplyLow(low, a, b);
    high = MultiplyHigh(high, a, b);
  }
  // MultiplyLow, MultiplyHigh: sum + the low (high) 52 bits of the product.
  ASSAY_LANE Vec MultiplyLow(Vec sum, Factor a, Factor b) { return _mm512_madd52lo_epu64(sum, a, b); }
  ASSAY_LANE Vec MultiplyHigh(Vec sum, Factor a, Factor b) { return _mm512_madd52hi_epu64(sum, a, b); }
  // LowProduct: the low 52 bits of the product.
  ASSAY_LANE Factor LowProduct(Factor a, Factor b) { return MultiplyLow(Zero(), a, b); }
  // LowBits: a factor of which the low 52 bits of `a` count. Limb: those bits alone. Integer: a limb's value.
  ASSAY_LANE Factor LowBits(Vec a) { return a; }
  ASSAY_LANE Factor Limb(Vec a) { return Low(a); }
  ASSAY_LANE Vec Integer(Factor a) { return a; }
};

#undef ASSAY_LANE

}  // namespace
}  // namespace assay::rsa
