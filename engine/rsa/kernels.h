// The kernels, by file, for the registry alone.
#pragma once

#include "engine/rsa/rsa_verify.h"

namespace assay::rsa {

extern const RsaKernel kAvx512Ifma;
extern const RsaKernel kAvx512F;
extern const RsaKernel kAvxIfma;  // where the compiler knows AVX-IFMA
extern const RsaKernel kAvx2;
extern const RsaKernel kPortable64;

}  // namespace assay::rsa
