// RSA in four lanes of AVX2 by double-precision FMA.
#include "engine/rsa/kernels.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/prepared_rsa.h"
#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVX2)

#include "engine/rsa/lane_kernel.h"
#include "engine/rsa/lane_tiles.h"
#include "engine/simd/lane_avx2.h"

namespace assay::rsa {

const RsaKernel kAvx2 = {"avx2", 4, simd::kAvx2 | simd::kFma, &VerifyBlock<simd::Fma4, &Avx2Tile>, {3, 3, 3}};

}  // namespace assay::rsa

ASSAY_TARGET_END
#endif
