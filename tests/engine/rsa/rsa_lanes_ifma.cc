#include "engine/simd/target.h"
#include "tests/engine/rsa/lane_ops.h"

#if defined(ASSAY_X86_KERNELS)
#include <utility>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/simd/target_region.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

#include "engine/rsa/lane_tiles.h"
#include "engine/simd/lane_avx512ifma.h"
#include "tests/engine/rsa/lane_ops_of.h"

namespace assay::rsa {
namespace {

template <unsigned kBits>
LaneOps Sized() {
  return MakeOps<simd::Ifma, kBits, Avx512Tile(static_cast<int>(LaneLimbs(kBits)))>("avx512ifma", simd::kAvx512Ifma);
}

template <int... k>
void RunRow(__m512i (&sum)[16], __m512i x, __m512i y, std::integer_sequence<int, k...>) {
  ((sum[2 * k] = simd::Ifma::MultiplyLow(sum[2 * k], x, y),
    sum[2 * k + 1] = simd::Ifma::MultiplyHigh(sum[2 * k + 1], x, y)),
   ...);
}

std::size_t Run(std::size_t rounds) {
  __m512i sum[16];
  for (__m512i& s : sum) s = simd::Ifma::Zero();
  const __m512i x = simd::Ifma::Broadcast(kLimbMask - rounds);
  const __m512i y = simd::Ifma::Broadcast(kLimbMask - 2 * rounds);
  for (std::size_t i = 0; i < rounds; ++i) {
    RunRow(sum, x, y, std::make_integer_sequence<int, 8>());
    RunRow(sum, y, x, std::make_integer_sequence<int, 8>());
  }
  __m512i all = simd::Ifma::Zero();
  for (const __m512i& s : sum) all = simd::Ifma::Or(all, s);
  return simd::Ifma::ZeroLanes(all) == 0 ? 32 * rounds : 0;
}

}  // namespace
}  // namespace assay::rsa

ASSAY_TARGET_END

namespace assay::rsa {

std::size_t RunIfma(std::size_t rounds) { return Run(rounds); }

std::vector<LaneOps> IfmaOps() { return {Sized<2048>(), Sized<3072>(), Sized<4096>()}; }

}  // namespace assay::rsa
#else
namespace assay::rsa {

std::vector<LaneOps> IfmaOps() { return {}; }

std::size_t RunIfma(std::size_t) { return 0; }

}  // namespace assay::rsa
#endif
