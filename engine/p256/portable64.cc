#include "engine/p256/portable64.h"

#include "engine/p256/es256_batch.h"
#include "engine/p256/lane_portable64.h"
#include "engine/p256/mulx.h"

namespace assay::p256 {

using Int128Batch = Es256Batch<ScalarLane<Int128Arith>>;
const Es256Kernel kEs256Int128 = {.name = "portable64",
                                  .variant = "int128",
                                  .lanes = 1,
                                  .required = 0,
                                  .scratch_bytes = sizeof(Int128Batch),
                                  .verify_batch = &Int128Batch::Verify,
                                  .verify_one = &Int128Batch::VerifyOne};

#if defined(__x86_64__)
using MulxBatch = Es256Batch<ScalarLane<MulxArith>>;
const Es256Kernel kEs256Mulx = {.name = "portable64",
                                .variant = "mulx",
                                .lanes = 1,
                                .required = simd::kBmi2 | simd::kAdx,
                                .scratch_bytes = sizeof(MulxBatch),
                                .verify_batch = &MulxBatch::Verify,
                                .verify_one = &MulxBatch::VerifyOne};
#endif

bool SumMatchesPortable(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator, const KeyTable& key) {
#if defined(__x86_64__)
  if (simd::IsSupported(kEs256Mulx)) return SumMatches<MulxArith>(u1, u2, r, generator, key);
#endif
  return SumMatches<Int128Arith>(u1, u2, r, generator, key);
}

}  // namespace assay::p256
