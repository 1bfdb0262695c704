// The x86-64 kernels of RSA, emulated.
#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/kernels.h"
#include "engine/rsa/prepared_rsa.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::rsa_emulated {
using namespace rsa;
extern const RsaKernel kAvx512Ifma;
extern const RsaKernel kAvx512F;
extern const RsaKernel kAvx2;
extern const RsaKernel kAvxIfma;
}  // namespace assay::rsa_emulated

#define rsa rsa_emulated
#include "engine/rsa/avx2.cc"
#include "engine/rsa/avx512f.cc"
#include "engine/rsa/avx512ifma.cc"
#include "engine/rsa/avxifma.cc"
#undef rsa

namespace assay::testing {

std::vector<const rsa::RsaKernel*> EmulatedRsaKernels() {
  const auto emulated = [](rsa::RsaKernel kernel, const char* name) {
    kernel.name = name;
    kernel.required = 0;
    return kernel;
  };
  static const rsa::RsaKernel kernels[] = {
      emulated(rsa_emulated::kAvx512Ifma, "avx512ifma_emulated"), emulated(rsa_emulated::kAvxIfma, "avxifma_emulated"),
      emulated(rsa_emulated::kAvx512F, "avx512f_emulated"), emulated(rsa_emulated::kAvx2, "avx2_emulated")};
  return {&kernels[0], &kernels[1], &kernels[2], &kernels[3]};
}

RoundingIgnored::RoundingIgnored() { emulated::IgnoreRounding(true); }
RoundingIgnored::~RoundingIgnored() { emulated::IgnoreRounding(false); }

}  // namespace assay::testing
