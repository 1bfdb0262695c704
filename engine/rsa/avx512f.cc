// RSA in eight lanes of AVX-512 by double-precision FMA.
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

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVX512)

#include "engine/rsa/lane_kernel.h"
#include "engine/rsa/lane_tiles.h"
#include "engine/simd/lane_avx512f.h"

namespace assay::rsa {

const RsaKernel kAvx512F = {"avx512f", 8, simd::kAvx512 | simd::kFma, &VerifyBlock<simd::Fma8, &Avx512Tile>, {2, 2, 2}};

}  // namespace assay::rsa

ASSAY_TARGET_END
#endif
