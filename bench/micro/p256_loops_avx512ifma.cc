#include "engine/simd/target_region.h"

#if defined(__x86_64__)

#include <cstring>
#include <memory>

#include "bench/micro/p256_loops.h"
#include "engine/p256/equation.h"
#include "engine/p256/portable64.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)
#include "engine/p256/tree.h"
ASSAY_TARGET_END

#include "engine/p256/lane_avx512ifma.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)
#include "bench/micro/p256_loops_of.h"
ASSAY_TARGET_END

namespace assay::p256 {
extern const LaneLoops kLoopsIfma;
const LaneLoops kLoopsIfma = LoopsOf<ifma::Lane8>::Functions("avx512ifma");
}  // namespace assay::p256

#endif
