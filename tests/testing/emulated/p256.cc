// The vector kernels of ES256, emulated.
#include "tests/testing/emulated/p256.h"

#include "tests/testing/emulated/emulated_kernels.h"

#define p256 p256_emulated
#include "engine/p256/avx2.cc"
#include "engine/p256/avx512f.cc"
#include "engine/p256/avx512ifma.cc"
#include "engine/p256/avxifma.cc"
#undef p256

namespace assay::testing {

std::vector<const p256::Es256Kernel*> EmulatedEs256Kernels() {
  const auto emulated = [](p256::Es256Kernel kernel) {
    kernel.variant = "emulated";
    kernel.required = 0;
    return kernel;
  };
  static const p256::Es256Kernel kernels[] = {
      emulated(p256_emulated::kEs256Ifma), emulated(p256_emulated::kEs256AvxIfma),
      emulated(p256_emulated::kEs256Avx512F), emulated(p256_emulated::kEs256Avx2)};
  return {&kernels[0], &kernels[1], &kernels[2], &kernels[3]};
}

}  // namespace assay::testing
