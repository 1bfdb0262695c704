#include "engine/simd/target.h"
#include "tests/engine/rsa/lane_ops.h"

#if defined(ASSAY_X86_AVX_IFMA)
#include <utility>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVXIFMA)

#include "engine/rsa/lane_tiles.h"
#include "engine/simd/lane_avxifma.h"
#include "tests/engine/rsa/lane_ops_of.h"

namespace assay::rsa {
namespace {

template <unsigned kBits>
LaneOps Ifma4Sized() {
  return MakeOps<simd::Ifma4, kBits, AvxIfmaTile(static_cast<int>(LaneLimbs(kBits)))>("avxifma",
                                                                                      simd::kAvx2 | simd::kAvxIfma);
}

}  // namespace
}  // namespace assay::rsa

ASSAY_TARGET_END

namespace assay::rsa {

std::vector<LaneOps> AvxIfmaOps() { return {Ifma4Sized<2048>(), Ifma4Sized<3072>(), Ifma4Sized<4096>()}; }

}  // namespace assay::rsa
#else
namespace assay::rsa {

std::vector<LaneOps> AvxIfmaOps() { return {}; }

}  // namespace assay::rsa
#endif
