#include "engine/simd/target.h"
#include "tests/engine/p256/lane_probe.h"

#if defined(ASSAY_X86_AVX_IFMA)

#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVXIFMA)

#include "engine/simd/lane_avxifma.h"
#include "tests/engine/p256/lane_probe_of.h"

namespace assay::p256 {

const LaneProbe kProbeAvxIfma = ProbeOf<simd::Ifma4>::Functions("avxifma", simd::kAvx2 | simd::kAvxIfma);

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_AVX_IFMA
