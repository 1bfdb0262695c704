// The portable64 kernels of ES256.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/verify/p256/es256.h"

namespace assay::p256 {

extern const Es256Kernel kEs256Int128;  // any CPU
#if defined(__x86_64__)
extern const Es256Kernel kEs256Mulx;  // x86-64 with BMI2 and ADX
#endif

}  // namespace assay::p256
