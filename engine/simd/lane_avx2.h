// The lane type of the kernel avx2: see lane_fma.h for how it multiplies. Included as lane_avx512ifma.h.
#pragma once

#include "engine/simd/lane_fma.h"
#include "engine/simd/lane_vex.h"

namespace assay::simd {
namespace {

struct Avx2Doubles : Avx2 {
  using Double = __m256d;
  using Mode = TowardZero;

  ASSAY_LANE Double SetDouble(double x) { return _mm256_set1_pd(x); }
  ASSAY_LANE Double AsDouble(Vec a) { return _mm256_castsi256_pd(a); }
  ASSAY_LANE Vec AsBits(Double a) { return _mm256_castpd_si256(a); }
  ASSAY_LANE Double SubDoubles(Double a, Double b) { return _mm256_sub_pd(a, b); }
  ASSAY_LANE Double FmaDown(Double a, Double b, Double c) { return _mm256_fmadd_pd(a, b, c); }
  ASSAY_LANE Double Fma(Double a, Double b, Double c) { return _mm256_fmadd_pd(a, b, c); }
};

using Fma4 = FmaLane<Avx2Doubles>;

}  // namespace
}  // namespace assay::simd
