#include "engine/verify/avx512ifma/p256_target.h"

#if defined(__x86_64__)

#include <cstring>
#include <memory>

#include "bench/p256_loops.h"
#include "engine/verify/p256/equation.h"
#include "engine/verify/portable64/p256_kernels.h"

ASSAY_IFMA_BEGIN
#include "engine/verify/p256/tree.h"
ASSAY_IFMA_END

#include "engine/verify/avx512ifma/p256_lane.h"

ASSAY_IFMA_BEGIN
#include "bench/p256_loops_of.h"
ASSAY_IFMA_END

namespace assay::p256 {
extern const LaneLoops kLoopsIfma;
const LaneLoops kLoopsIfma = LoopsOf<ifma::Lane8>::Functions("avx512ifma");
}  // namespace assay::p256

#endif
