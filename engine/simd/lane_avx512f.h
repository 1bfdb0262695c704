// The lane type of the kernel avx512f, for CPUs that have AVX-512 without IFMA: see lane_fma.h for how it multiplies.
// Included as lane_avx512ifma.h.
#pragma once

#include "engine/simd/lane_avx512.h"
#include "engine/simd/lane_fma.h"

namespace assay::simd {
namespace {

struct Avx512Doubles : Avx512 {
  using Double = __m512d;
  // The instructions say how they round, but the compiler may widen what it computes to elements that mean nothing:
  // the host's traps are masked, and its flags come back.
  using Mode = TowardZero;

  ASSAY_LANE Double SetDouble(double x) { return _mm512_set1_pd(x); }
  ASSAY_LANE Double AsDouble(Vec a) { return _mm512_castsi512_pd(a); }
  ASSAY_LANE Vec AsBits(Double a) { return _mm512_castpd_si512(a); }
  ASSAY_LANE Double SubDoubles(Double a, Double b) { return _mm512_sub_pd(a, b); }
  // FmaDown: a b + c, rounded toward zero by the instruction itself, whatever MXCSR says. Fma: where it is exact.
  ASSAY_LANE Double FmaDown(Double a, Double b, Double c) {
    return _mm512_fmadd_round_pd(a, b, c, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
  }
  ASSAY_LANE Double Fma(Double a, Double b, Double c) { return _mm512_fmadd_pd(a, b, c); }
};

using Fma8 = FmaLane<Avx512Doubles>;

}  // namespace
}  // namespace assay::simd
