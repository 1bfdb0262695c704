// RSA in eight lanes of AVX-512 IFMA.
#include "engine/rsa/kernels.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/prepared_rsa.h"
#include "engine/simd/avx512ifma.h"

ASSAY_IFMA_BEGIN

#include "engine/rsa/lane_avx512ifma.h"
#include "engine/rsa/lane_block.h"

namespace assay::rsa {
namespace {

template <int L>
bool VerifySized(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid, RsaScratch& scratch) {
  return VerifyLanes<Ifma, L, IfmaTile(L)>(jobs, order, count, valid, scratch);
}

void VerifyBlock(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid, RsaScratch& scratch) {
  bool trusted = false;
  switch (jobs[order[0]].key->bits()) {
    case 2048:
      trusted = VerifySized<LaneLimbs(2048)>(jobs, order, count, valid, scratch);
      break;
    case 3072:
      trusted = VerifySized<LaneLimbs(3072)>(jobs, order, count, valid, scratch);
      break;
    default:
      trusted = VerifySized<LaneLimbs(4096)>(jobs, order, count, valid, scratch);
      break;
  }
  if (trusted) return;
  ++scratch.distrusted_blocks;
  for (unsigned i = 0; i < count; ++i) {
    kPortable64.verify_block(jobs, &order[i], 1, valid, scratch);
  }
}

}  // namespace

const RsaKernel kAvx512Ifma = {"avx512ifma", 8, simd::kAvx512Ifma, &VerifyBlock, {2, 2, 2}};

}  // namespace assay::rsa

ASSAY_IFMA_END
#endif
