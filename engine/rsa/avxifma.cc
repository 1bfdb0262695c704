// RSA in four lanes of AVX-IFMA.
#include "engine/rsa/kernels.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_AVX_IFMA)
#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/prepared_rsa.h"
#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVXIFMA)

#include "engine/rsa/lane_kernel.h"
#include "engine/rsa/lane_tiles.h"
#include "engine/simd/lane_avxifma.h"

namespace assay::rsa {

const RsaKernel kAvxIfma = {
    "avxifma", 4, simd::kAvx2 | simd::kAvxIfma, &VerifyBlock<simd::Ifma4, &AvxIfmaTile>, {2, 2, 2}};

}  // namespace assay::rsa

ASSAY_TARGET_END
#endif
