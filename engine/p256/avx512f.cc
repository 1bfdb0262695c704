// ES256 in eight lanes of AVX-512 by double-precision FMA.
#include "engine/p256/kernels.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)

#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVX512)

#include "engine/p256/es256_batch.h"
#include "engine/p256/lane_vector.h"
#include "engine/simd/lane_avx512f.h"

namespace assay::p256 {

using Avx512FBatch = Es256Batch<VectorLane<simd::Fma8, 2>>;
const Es256Kernel kEs256Avx512F = {.name = "avx512f",
                                   .variant = "",
                                   .lanes = 8,
                                   .required = simd::kAvx512 | simd::kFma,
                                   .scratch_bytes = sizeof(Avx512FBatch),
                                   .verify_batch = &Avx512FBatch::Verify,
                                   .verify_one = &Avx512FBatch::VerifyOne};

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_KERNELS
