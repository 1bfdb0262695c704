// The lane type of the kernel avx512ifma. Included by the kernel and its test inside a target region, after every
// shared header, and before the templates that it instantiates; its unnamed namespace keeps each copy to its own file.
#pragma once

#include "engine/simd/lane_avx512.h"
#include "engine/simd/lane_ifma.h"

namespace assay::simd {
namespace {

struct Avx512Multiplier : Avx512 {
  ASSAY_LANE Vec MultiplyLow(Vec sum, Vec a, Vec b) { return _mm512_madd52lo_epu64(sum, a, b); }
  ASSAY_LANE Vec MultiplyHigh(Vec sum, Vec a, Vec b) { return _mm512_madd52hi_epu64(sum, a, b); }
};

using Ifma = IfmaLane<Avx512Multiplier>;

}  // namespace
}  // namespace assay::simd
