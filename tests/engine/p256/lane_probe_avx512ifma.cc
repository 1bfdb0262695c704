#include "engine/simd/target.h"
#include "tests/engine/p256/lane_probe.h"

#if defined(ASSAY_X86_KERNELS)

#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

#include "engine/simd/lane_avx512ifma.h"
#include "tests/engine/p256/lane_probe_of.h"

namespace assay::p256 {

const LaneProbe kProbeIfma =
    ProbeOf<simd::Ifma>::Functions("avx512ifma", simd::kAvx512 | simd::kAvx512Ifma | simd::kBmi2 | simd::kAdx);

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_KERNELS
