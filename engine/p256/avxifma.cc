// ES256 in four lanes of AVX-IFMA.
#include "engine/p256/kernels.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_AVX_IFMA)

#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_AVXIFMA)

#include "engine/p256/es256_batch.h"
#include "engine/p256/lane_vector.h"
#include "engine/simd/lane_avxifma.h"

namespace assay::p256 {

using AvxIfmaBatch = Es256Batch<VectorLane<simd::Ifma4>>;
const Es256Kernel kEs256AvxIfma = {.name = "avxifma",
                                   .variant = "",
                                   .lanes = 4,
                                   .required = simd::kAvx2 | simd::kAvxIfma,
                                   .scratch_bytes = sizeof(AvxIfmaBatch),
                                   .verify_batch = &AvxIfmaBatch::Verify,
                                   .verify_one = &AvxIfmaBatch::VerifyOne};

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_AVX_IFMA
