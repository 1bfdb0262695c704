#include "engine/simd/target.h"
#include "tests/engine/p256/lane_probe.h"

#if defined(ASSAY_X86_AVX_IFMA)

#include <cstring>
#include <memory>

#include "engine/p256/equation.h"
#include "engine/p256/inverse.h"
#include "engine/p256/portable64.h"
#include "engine/simd/limb52.h"
#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVXIFMA)

#include "engine/simd/lane_avxifma.h"
#include "tests/engine/p256/lane_probe_of.h"

namespace assay::p256 {

const LaneProbe kProbeAvxIfma = ProbeOf<simd::Ifma4>::Functions("avxifma", simd::kAvx2 | simd::kAvxIfma);

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_AVX_IFMA
