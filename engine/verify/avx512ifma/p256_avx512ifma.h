// The avx512ifma kernel of ES256.
#pragma once

#include "engine/verify/p256/es256.h"

namespace assay::p256 {

#if defined(__x86_64__)
extern const Es256Kernel kEs256Ifma;
#endif

}  // namespace assay::p256
