#include "engine/simd/target.h"
#include "tests/engine/rsa/lane_ops.h"

#if defined(ASSAY_X86_KERNELS)
#include <utility>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVX2)

#include "engine/rsa/lane_tiles.h"
#include "engine/simd/lane_avx2.h"
#include "tests/engine/rsa/lane_ops_of.h"

namespace assay::rsa {
namespace {

template <unsigned kBits>
LaneOps Fma4Sized() {
  return MakeOps<simd::Fma4, kBits, Avx2Tile(static_cast<int>(LaneLimbs(kBits)))>("avx2", simd::kAvx2 | simd::kFma);
}

}  // namespace
}  // namespace assay::rsa

ASSAY_TARGET_END

namespace assay::rsa {

std::vector<LaneOps> Avx2Ops() { return {Fma4Sized<2048>(), Fma4Sized<3072>(), Fma4Sized<4096>()}; }

}  // namespace assay::rsa
#else
namespace assay::rsa {

std::vector<LaneOps> Avx2Ops() { return {}; }

}  // namespace assay::rsa
#endif
