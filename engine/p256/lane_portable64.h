// One signature to a lane: the Lane of tree.h and es256_batch.h on plain 64-bit words.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/p256/comb.h"
#include "engine/p256/field64.h"
#include "engine/p256/point.h"
#include "engine/p256/single.h"
#include "engine/p256/tree.h"

namespace assay::p256 {

template <class MulArith>
struct ScalarLane : Field64<MulArith> {
  using F = Field64<MulArith>;
  using Fe = Fp;
  using Mask = bool;
  using Entry = Affine<F>;
  using Sn = Fn;
  static constexpr int kLanes = 1;
  static constexpr std::size_t kChains = 2;
  static constexpr int kInterleave = 1;
  static constexpr int kBlockVectors = 64;
  static constexpr std::size_t kFewestSpread = 2;  // of one lane: never
  struct Mode {};
  static bool RoundsTowardZero() { return true; }

  static bool SumMatches(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator,
                         const KeyTable& key) {
    return p256::SumMatches<MulArith>(u1, u2, r, generator, key);
  }

  // AffineLevels: one level saves 5 of the 11 multiplications of an addition and costs one inversion, about 120
  // multiplications.
  static int AffineLevels(int vectors) {
    if (vectors < 3) return 0;
    if (vectors < 6) return 1;
    if (vectors < 12) return 2;
    return vectors < 24 ? 3 : 4;
  }

  static Entry Load(const Pick* pick) { return LoadPick<F>(*pick); }
  static Fe LoadX(const Pick* pick) { return {reinterpret_cast<const TableEntry*>(*pick & ~kPickNegate)->x}; }
  static void Prefetch(const Pick* pick) { __builtin_prefetch(reinterpret_cast<const void*>(*pick)); }
  static Affine<ScalarLane> ToPoint(const Entry& a) { return {a.x, a.y}; }

  static Fe EntryDx(const Fe& a, const Fe& b) { return F::Sub(b, a); }
  static Fe EntryDy(const Entry& a, const Entry& b) { return F::Sub(b.y, a.y); }
  static Fe EntryThirdX(const Fe& l, const Entry& a, const Entry& b) { return SqrSub2(l, a.x, b.x); }
  static Fe EntryThirdY(const Fe& l, const Entry& a, const Fe& x) { return MulSub(l, F::Sub(a.x, x), a.y); }
  static Fe SqrSub2(const Fe& a, const Fe& b, const Fe& c) { return F::Sub(F::Sub(F::Sqr(a), b), c); }
  static Fe MulSub(const Fe& a, const Fe& b, const Fe& c) { return F::Sub(F::Mul(a, b), c); }

  static bool Any(bool mask) { return mask; }
  static bool Bit(bool mask, int) { return mask; }
  static Fe Select(bool mask, const Fe& a, const Fe& b) { return mask ? a : b; }

  static bool Invert(Fe (&chain)[kChains]) {
    const Fe product = F::Mul(chain[0], chain[1]);
    const Fe inverse = F::InvertVartime(product);
    const Fe first = F::Mul(inverse, chain[1]);
    chain[1] = F::Mul(inverse, chain[0]);
    chain[0] = first;
    return F::Mul(product, inverse) == F::One();
  }

  template <class Words>
  static Sn LoadN(const Words& w, int i) {
    return {{w[0][i], w[1][i], w[2][i], w[3][i]}};
  }
  template <class Words>
  static void StoreN(Words& w, int i, const Sn& a) {
    for (int k = 0; k < 4; ++k) w[k][i] = a.v.w[k];
  }
  static Sn OneN() { return {kOneN}; }
  static Sn MulN(const Sn& a, const Sn& b) { return p256::MulN(a, b); }

  static bool InvertN(Sn (&chain)[kChains]) {
    const Sn product = MulN(chain[0], chain[1]);
    // R / product: one factor R^2 / R, where a Montgomery inverse would take two.
    const Sn inverse = MulN({InverseModNVartime(product.v)}, {kRSquaredN});
    const Sn first = MulN(inverse, chain[1]);
    chain[1] = MulN(inverse, chain[0]);
    chain[0] = first;
    return MulN(product, inverse) == Sn{kPlainOne};
  }

  template <class Words>
  static bool Recode(const Words& u, int i, const TableEntry* const* tables, int window, Pick* row,
                     std::size_t stride) {
    const U256 value = LoadN(u, i).v;
    RecodePicks(value, *tables, window, row, stride);
    return p256::IsZero(value);
  }

  template <class Words>
  static bool MatchesX(const XOnly<ScalarLane>& sum, const Words& r, int i) {
    if (F::IsZero(sum.zz)) return false;
    const U256 value = LoadN(r, i).v;
    if (F::Mul(F::FromU256(value), sum.zz) == sum.x) return true;
    if (!Less(value, kPMinusN)) return false;
    U256 second;
    p256::Add(second, value, kN);
    return F::Mul(F::FromU256(second), sum.zz) == sum.x;
  }
};

}  // namespace assay::p256
