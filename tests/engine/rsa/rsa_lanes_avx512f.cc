#include "engine/simd/target.h"
#include "tests/engine/rsa/lane_ops.h"

#if defined(ASSAY_X86_KERNELS)
#include <utility>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVX512)

#include "engine/rsa/lane_tiles.h"
#include "engine/simd/lane_avx512f.h"
#include "tests/engine/rsa/lane_ops_of.h"

namespace assay::rsa {
namespace {

template <unsigned kBits>
LaneOps Fma8Sized() {
  return MakeOps<simd::Fma8, kBits, Avx512Tile(static_cast<int>(LaneLimbs(kBits)))>("avx512f",
                                                                                    simd::kAvx512 | simd::kFma);
}

}  // namespace
}  // namespace assay::rsa

ASSAY_TARGET_END

namespace assay::rsa {

std::vector<LaneOps> Avx512FOps() { return {Fma8Sized<2048>(), Fma8Sized<3072>(), Fma8Sized<4096>()}; }

}  // namespace assay::rsa
#else
namespace assay::rsa {

std::vector<LaneOps> Avx512FOps() { return {}; }

}  // namespace assay::rsa
#endif
