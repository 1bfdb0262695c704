// What a file that compiles the P-256 lanes over emulated intrinsics includes first: all that they
// share with other kernels, which stays in namespace p256.
#pragma once

#include "engine/base/check.h"
#include "engine/p256/comb.h"
#include "engine/p256/constants.h"
#include "engine/p256/equation.h"
#include "engine/p256/es256.h"
#include "engine/p256/field64.h"
#include "engine/p256/inverse.h"
#include "engine/p256/point.h"
#include "engine/p256/portable64.h"
#include "engine/p256/single.h"
#include "engine/p256/u256.h"

namespace assay::p256_emulated {
using namespace p256;

// In the place of the native one, which needs BMI2 and ADX.
inline bool SumMatchesEmulated(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator,
                               const KeyTable& key) {
  return SumMatches<Int128Arith>(u1, u2, r, generator, key);
}
}  // namespace assay::p256_emulated
