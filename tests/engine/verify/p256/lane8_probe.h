// Calls into the eight-lane arithmetic with plain numbers, so that tests need no vector types.
#pragma once

#include <cstdint>

#include "engine/verify/p256/comb.h"
#include "engine/verify/p256/u256.h"

namespace assay::p256 {

enum class LaneOp { kMul, kSqr, kSub, kSqrSub2, kSqrSubTwice, kMulSub, kMulSubMul, kDoubledMul };

// out[i] := op(a[i], b[i], c[i], d[i]), canonical mod p; kMul divides by 2^260. kDoubledMul is
// (a + a) (b - c), with the factors left unreduced.
void Lane8Apply(LaneOp op, const U256 a[8], const U256 b[8], const U256 c[8], const U256 d[8], U256 out[8]);
// a b / 2^260 mod n, canonical.
void Lane8MulN(const U256 a[8], const U256 b[8], U256 out[8]);
// Lanes where a = k p, for numbers given as a + k p.
unsigned Lane8IsZero(const U256 a[8], int k);
// The inverse of every lane of 4 x 8 numbers: 2^520 / a mod p. False if the check failed.
bool Lane8Invert(U256 a[32]);

// A block sum by a lane's kernel.
struct BlockResult {
  bool sound;
  bool flagged[8];
  U256 x[8];  // X and ZZ, canonical, in any Montgomery form
  U256 zz[8];
};
// Sums rows[k][i] over k for signature i, by the eight-lane or the scalar templates.
BlockResult Lane8Sum(const Pick (*rows)[8], int count, int levels);

}  // namespace assay::p256
