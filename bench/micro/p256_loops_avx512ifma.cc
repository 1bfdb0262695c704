#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)

#include "bench/micro/p256_loops.h"
#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

#include "bench/micro/p256_loops_of.h"
#include "engine/p256/lane_vector.h"
#include "engine/simd/lane_avx512ifma.h"

namespace assay::p256 {
extern const LaneLoops kLoopsIfma;
const LaneLoops kLoopsIfma = LoopsOf<VectorLane<simd::Ifma>>::Functions("avx512ifma");
}  // namespace assay::p256

ASSAY_TARGET_END

#endif
