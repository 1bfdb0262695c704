// The IFMA kernel of ES256, emulated.
#include "tests/testing/emulated/p256.h"

#include "tests/testing/emulated/emulated_kernels.h"

#define p256 p256_emulated
#define SumMatchesMulx SumMatchesEmulated
#include "engine/p256/avx512ifma.cc"
#undef p256

namespace assay::testing {

std::vector<const p256::Es256Kernel*> EmulatedEs256Kernels() {
  static const p256::Es256Kernel ifma = [] {
    p256::Es256Kernel kernel = p256_emulated::kEs256Ifma;
    kernel.variant = "emulated";
    kernel.required = 0;
    return kernel;
  }();
  return {&ifma};
}

}  // namespace assay::testing
