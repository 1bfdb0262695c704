// The lane type of the kernel avxifma: IFMA in four lanes, without AVX-512 (AVX-IFMA). Included as lane_avx512ifma.h.
#pragma once

#include "engine/simd/lane_ifma.h"
#include "engine/simd/lane_vex.h"

namespace assay::simd {
namespace {

struct VexMultiplier : Avx2 {
  using Mode = AsTheHostHas;

  ASSAY_LANE Vec MultiplyLow(Vec sum, Vec a, Vec b) { return _mm256_madd52lo_avx_epu64(sum, a, b); }
  ASSAY_LANE Vec MultiplyHigh(Vec sum, Vec a, Vec b) { return _mm256_madd52hi_avx_epu64(sum, a, b); }
};

using Ifma4 = IfmaLane<VexMultiplier>;

}  // namespace
}  // namespace assay::simd
