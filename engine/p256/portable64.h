// The portable64 kernels of ES256.
#pragma once

#include "engine/p256/es256.h"

namespace assay::p256 {

extern const Es256Kernel kEs256Int128;  // any CPU
#if defined(__x86_64__)
extern const Es256Kernel kEs256Mulx;  // x86-64 with BMI2 and ADX

// SumMatchesMulx: SumMatches<MulxArith> of single.h, for the vector kernels of the same CPUs, which must not
// instantiate templates that this kernel shares.
bool SumMatchesMulx(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator, const KeyTable& key);
#endif

}  // namespace assay::p256
