// The AVX-512 kernel of base64url, emulated.
#include "engine/base64url/decode.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::base64url_emulated {
using namespace base64url;
extern const Kernel kAvx512;
extern const Kernel kAvx2;
}  // namespace assay::base64url_emulated

#define base64url base64url_emulated
#include "engine/base64url/base64url_avx512.cc"
#undef base64url

namespace assay::testing {

std::vector<const base64url::Kernel*> EmulatedBase64urlKernels() {
  static const base64url::Kernel avx512 = {"avx512vbmi_emulated", 0, base64url_emulated::kAvx512.decode};
  static const base64url::Kernel avx2 = {"avx2_emulated", 0, base64url_emulated::kAvx2.decode};
  return {&avx512, &avx2};
}

}  // namespace assay::testing
