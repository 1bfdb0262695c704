// Calls into the lanes' arithmetic with plain numbers, eight at a time, so that tests need no vector types, and
// the native lanes and the emulated ones are rows of one list. Four lanes are called twice.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/p256/comb.h"
#include "engine/p256/u256.h"
#include "engine/simd/features.h"
#include "engine/simd/target.h"

namespace assay::p256 {

enum class LaneOp { kMul, kSqr, kSub, kSqrSub2, kSqrSubTwice, kMulSub, kMulSubMul, kDoubledMul };

// A block sum by a lane's kernel.
struct BlockResult {
  bool sound;
  bool flagged[8];
  U256 x[8];  // X and ZZ, canonical, in any Montgomery form
  U256 zz[8];
};
struct LaneProbe {
  const char* name;
  simd::FeatureSet required;
  // out[i] := op(a[i], b[i], c[i], d[i]), canonical mod p; kMul divides by 2^260. kDoubledMul is
  // (a + a) (b - c), with the factors left unreduced.
  void (*apply)(LaneOp op, const U256 a[8], const U256 b[8], const U256 c[8], const U256 d[8], U256 out[8]);
  // a b / 2^260 mod n, canonical.
  void (*mul_n)(const U256 a[8], const U256 b[8], U256 out[8]);
  // Lanes where a = k p, for numbers given as a + k p.
  unsigned (*is_zero)(const U256 a[8], int k);
  // The inverse of every lane of 4 x 8 numbers: 2^520 / a mod p. False if the check failed.
  bool (*invert)(U256 a[32]);
  // Sums rows[k][i] over k for signature i.
  BlockResult (*sum)(const Pick (*rows)[8], int count, int levels);
};

#if defined(ASSAY_X86_KERNELS)
extern const LaneProbe kProbeIfma;
extern const LaneProbe kProbeAvx512F;
extern const LaneProbe kProbeAvx2;
#if defined(ASSAY_X86_AVX_IFMA)
extern const LaneProbe kProbeAvxIfma;
#endif
#endif

}  // namespace assay::p256

namespace assay::testing {
std::vector<const p256::LaneProbe*> EmulatedLaneProbes();
}  // namespace assay::testing
