// ES256 in eight lanes of AVX-512 IFMA.
#include "engine/p256/kernels.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)

#include "engine/p256/outside_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

#include "engine/p256/es256_batch.h"
#include "engine/p256/lane_table.h"
#include "engine/simd/lane_avx512ifma.h"

namespace assay::p256 {

bool AddPowersIfma(TableEntry* const* windows, const TableEntry* powers, std::size_t count, std::size_t half) {
  return WideAdditions<simd::Ifma>::AddPowers(windows, powers, count, half);
}

using IfmaBatch = Es256Batch<VectorLane<simd::Ifma>>;
const Es256Kernel kEs256Ifma = {.name = "avx512ifma",
                                .variant = "",
                                .lanes = 8,
                                .required = simd::kAvx512 | simd::kAvx512Ifma | simd::kBmi2 | simd::kAdx,
                                .scratch_bytes = sizeof(IfmaBatch),
                                .verify_batch = &IfmaBatch::Verify,
                                .verify_one = &IfmaBatch::VerifyOne};

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_KERNELS
