// The SHA-256 kernels, emulated.
#include "engine/digest/sha256_lanes.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::sha256_emulated {
using namespace sha256;
extern const Sha256Kernel kAvx512;
extern const Sha256Kernel kAvx2;
extern const Sha256Kernel kShaNi3;
extern const Sha256Kernel kShaNi2;
}  // namespace assay::sha256_emulated

#define sha256 sha256_emulated
#include "engine/digest/sha256_avx2.cc"
#include "engine/digest/sha256_avx512.cc"
#undef sha256

namespace assay::testing {

std::vector<const Sha256Kernel*> EmulatedSha256Kernels() {
  const auto emulated = [](const char* name, Sha256Kernel kernel) {
    kernel.name = name;
    kernel.required = 0;
    return kernel;
  };
  static const Sha256Kernel avx512 = emulated("avx512_emulated", sha256_emulated::kAvx512);
  static const Sha256Kernel three = emulated("sha_ni_x3_emulated", sha256_emulated::kShaNi3);
  static const Sha256Kernel two = emulated("sha_ni_x2_emulated", sha256_emulated::kShaNi2);
  static const Sha256Kernel avx2 = emulated("avx2_emulated", sha256_emulated::kAvx2);
  return {&avx512, &three, &two, &avx2};
}

}  // namespace assay::testing
