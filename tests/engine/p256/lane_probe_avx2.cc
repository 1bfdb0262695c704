#include "engine/simd/target.h"
#include "tests/engine/p256/lane_probe.h"

#if defined(ASSAY_X86_KERNELS)

#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVX2)

#include "engine/simd/lane_avx2.h"
#include "tests/engine/p256/lane_probe_of.h"

namespace assay::p256 {

const LaneProbe kProbeAvx2 = ProbeOf<simd::Fma4>::Functions("avx2", simd::kAvx2 | simd::kFma);

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_KERNELS
