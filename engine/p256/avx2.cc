// ES256 in four lanes of AVX2 by double-precision FMA.
#include "engine/p256/kernels.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)

#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVX2)

#include "engine/p256/es256_batch.h"
#include "engine/p256/lane_vector.h"
#include "engine/simd/lane_avx2.h"

namespace assay::p256 {

using Avx2Batch = Es256Batch<VectorLane<simd::Fma4, 3>>;
const Es256Kernel kEs256Avx2 = {.name = "avx2",
                                .variant = "",
                                .lanes = 4,
                                .required = simd::kAvx2 | simd::kFma,
                                .scratch_bytes = sizeof(Avx2Batch),
                                .verify_batch = &Avx2Batch::Verify,
                                .verify_one = &Avx2Batch::VerifyOne};

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_KERNELS
