#include "tests/engine/verify/rsa/lane_ops.h"

#if defined(__x86_64__)
#include <utility>

#include "engine/base/check.h"
#include "engine/verify/avx512ifma/p256_target.h"
#include "engine/verify/rsa/encoding.h"

ASSAY_IFMA_BEGIN

#include "engine/verify/avx512ifma/rsa_lane.h"
#include "tests/engine/verify/rsa/lane_ops_of.h"

namespace assay::rsa {
namespace {

template <unsigned kBits>
LaneOps Sized() {
  return MakeOps<Ifma, kBits, IfmaTile(static_cast<int>(LaneLimbs(kBits)))>("avx512ifma",
                                                                            cpu::kAvx512Ifma);
}

}  // namespace
}  // namespace assay::rsa

ASSAY_IFMA_END

namespace assay::rsa {

std::vector<LaneOps> IfmaOps() { return {Sized<2048>(), Sized<3072>(), Sized<4096>()}; }

}  // namespace assay::rsa
#else
namespace assay::rsa {

std::vector<LaneOps> IfmaOps() { return {}; }

}  // namespace assay::rsa
#endif
