// The vector kernels of ES256, by file.
#pragma once

#include "engine/p256/es256.h"
#include "engine/simd/target.h"

namespace assay::p256 {

#if defined(ASSAY_X86_KERNELS)
extern const Es256Kernel kEs256Ifma;
extern const Es256Kernel kEs256Avx512F;
extern const Es256Kernel kEs256Avx2;
#if defined(ASSAY_X86_AVX_IFMA)
extern const Es256Kernel kEs256AvxIfma;
#endif

// AddPowersIfma: an AddPowers (table_build.h) for the CPUs of kEs256Ifma.
bool AddPowersIfma(TableEntry* const* windows, const TableEntry* powers, std::size_t count, std::size_t half);
#endif

}  // namespace assay::p256
