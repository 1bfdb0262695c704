// The portable64 kernels of ES256.
#pragma once

#include "engine/p256/es256.h"

namespace assay::p256 {

extern const Es256Kernel kEs256Int128;  // any CPU
#if defined(__x86_64__)
extern const Es256Kernel kEs256Mulx;  // x86-64 with BMI2 and ADX
#endif

// SumMatchesPortable: SumMatches of single.h with the fastest arithmetic that this CPU has, for the vector kernels,
// which must not instantiate templates that these kernels share.
bool SumMatchesPortable(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator, const KeyTable& key);

}  // namespace assay::p256
