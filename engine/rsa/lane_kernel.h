// A kernel's verify_block over a lane type. Included like lane_multiply.h, within a target region.
#pragma once

#include "engine/rsa/kernels.h"
#include "engine/rsa/lane_block.h"

namespace assay::rsa {

// VerifyBySize: VerifyLanes() for the block's modulus size, with tiles of kTile(limbs) columns and up to G groups of
// lanes.
template <class Lane, int (*kTile)(int)>
__attribute__((noinline)) bool VerifyBySize(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid,
                                            RsaScratch& scratch) {
  constexpr int k2048 = LaneLimbs(2048), k3072 = LaneLimbs(3072), k4096 = LaneLimbs(4096);
  switch (jobs[order[0]].key->bits()) {
    case 2048:
      return VerifyLanes<Lane, k2048, kTile(k2048)>(jobs, order, count, valid, scratch);
    case 3072:
      return VerifyLanes<Lane, k3072, kTile(k3072)>(jobs, order, count, valid, scratch);
    default:
      return VerifyLanes<Lane, k4096, kTile(k4096)>(jobs, order, count, valid, scratch);
  }
}

// VerifyBlock: RsaKernel::verify_block. Lanes that cannot be trusted, or do not round as they must, have their
// signatures verified one by one.
template <class Lane, int (*kTile)(int)>
void VerifyBlock(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid, RsaScratch& scratch) {
  bool trusted = false;
  {
    [[maybe_unused]] const typename Lane::Mode mode{};
    trusted = Lane::RoundsTowardZero() && VerifyBySize<Lane, kTile>(jobs, order, count, valid, scratch);
  }
  if (trusted) return;
  ++scratch.distrusted_blocks;
  for (unsigned i = 0; i < count; ++i) {
    kPortable64.verify_block(jobs, &order[i], 1, valid, scratch);
  }
}

}  // namespace assay::rsa
