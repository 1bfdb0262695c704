// The IFMA kernel of RSA, emulated.
#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/kernels.h"
#include "engine/rsa/prepared_rsa.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::rsa_emulated {
using namespace rsa;
extern const RsaKernel kAvx512Ifma;
}  // namespace assay::rsa_emulated

#define rsa rsa_emulated
#include "engine/rsa/avx512ifma.cc"
#undef rsa

namespace assay::testing {

std::vector<const rsa::RsaKernel*> EmulatedRsaKernels() {
  static const rsa::RsaKernel ifma = [] {
    rsa::RsaKernel kernel = rsa_emulated::kAvx512Ifma;
    kernel.name = "avx512ifma_emulated";
    kernel.required = 0;
    return kernel;
  }();
  return {&ifma};
}

}  // namespace assay::testing
