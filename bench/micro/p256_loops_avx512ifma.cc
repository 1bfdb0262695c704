#include "engine/simd/avx512ifma.h"

#if defined(__x86_64__)

#include <cstring>
#include <memory>

#include "bench/micro/p256_loops.h"
#include "engine/p256/equation.h"
#include "engine/p256/portable64.h"

ASSAY_IFMA_BEGIN
#include "engine/p256/tree.h"
ASSAY_IFMA_END

#include "engine/p256/lane_avx512ifma.h"

ASSAY_IFMA_BEGIN
#include "bench/micro/p256_loops_of.h"
ASSAY_IFMA_END

namespace assay::p256 {
extern const LaneLoops kLoopsIfma;
const LaneLoops kLoopsIfma = LoopsOf<ifma::Lane8>::Functions("avx512ifma");
}  // namespace assay::p256

#endif
