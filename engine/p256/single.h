// One signature alone: no inversion but that of s, complete additions throughout. It is also where
// flagged signatures go, since nothing here is exceptional.
#pragma once

#include <cstdint>

#include "engine/p256/comb.h"
#include "engine/p256/equation.h"
#include "engine/p256/field64.h"
#include "engine/p256/key_table.h"
#include "engine/p256/point.h"

namespace assay::p256 {

// LoadPick: the point that `pick` names. Branchless, as the sign is random and would be mispredicted half the time.
template <class F>
inline Affine<F> LoadPick(Pick pick) {
  const TableEntry* entry = reinterpret_cast<const TableEntry*>(pick & ~kPickNegate);
  U256 negative;
  Sub(negative, kP, entry->y);  // no point of odd order has y = 0
  return {{entry->x}, {Select(0 - (pick & kPickNegate), negative, entry->y)}};
}

// SumMatches: whether x(u1 G + u2 Q) mod n = r. Requires 0 < r < n, u1, u2 < n.
template <class Arith>
bool SumMatches(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator, const KeyTable& key) {
  using F = Field64<Arith>;
  Pick picks[kMaxPicks];
  int count = 0;
  if (!IsZero(u1)) {
    RecodePicks(u1, generator.entries(), generator.window(), picks, 1);
    count = Windows(generator.window());
  }
  if (!IsZero(u2)) {
    RecodePicks(u2, key.entries(), key.window(), picks + count, 1);
    count += Windows(key.window());
  }
  for (int k = 0; k < count; ++k) __builtin_prefetch(reinterpret_cast<const void*>(picks[k]));
  Xyzz<F> sum{{kOneP}, {kOneP}, {}, {}};
  for (int k = 0; k < count; ++k) {
    Add(sum, LoadPick<F>(picks[k]));
  }
  if (IsInfinity(sum)) return false;
  if (F::Mul(F::FromU256(r), sum.zz) == sum.x) return true;
  if (!Less(r, kPMinusN)) return false;
  U256 second;
  p256::Add(second, r, kN);
  return F::Mul(F::FromU256(second), sum.zz) == sum.x;
}

}  // namespace assay::p256
