#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)

#include "bench/micro/p256_loops.h"
#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVX2)

#include "bench/micro/p256_loops_of.h"
#include "engine/p256/lane_vector.h"
#include "engine/simd/lane_avx2.h"

namespace assay::p256 {
extern const LaneLoops kLoopsAvx2;
const LaneLoops kLoopsAvx2 = LoopsOf<VectorLane<simd::Fma4, 3>>::Functions("avx2");
}  // namespace assay::p256

ASSAY_TARGET_END

#endif
