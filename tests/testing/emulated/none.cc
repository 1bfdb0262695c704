// In a tree that emulates nothing: no emulated kernels.
#include "tests/engine/verify/p256/lane8_probe.h"
#include "tests/engine/verify/rsa/lane_ops.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::testing {

std::vector<const Sha256Kernel*> EmulatedSha256Kernels() { return {}; }
std::vector<const base64url::Kernel*> EmulatedBase64urlKernels() { return {}; }
std::vector<const p256::Es256Kernel*> EmulatedEs256Kernels() { return {}; }
std::vector<const rsa::RsaKernel*> EmulatedRsaKernels() { return {}; }
const p256::Lane8Probe* EmulatedLane8() { return nullptr; }
std::vector<rsa::LaneOps> EmulatedIfmaOps() { return {}; }

}  // namespace assay::testing
