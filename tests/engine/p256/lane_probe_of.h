// LaneProbe of one lane type. Included after the lane type, within its target region.
#pragma once

#include <memory>

#include "engine/p256/lane_vector.h"
#include "engine/p256/tree.h"
#include "tests/engine/p256/lane_probe.h"

namespace assay::p256 {

template <class L>
struct ProbeOf {
  using Lane = VectorLane<L>;
  using V = typename L::Vec;
  using Fe = typename Lane::Fe;
  using Sn = typename Lane::Sn;
  static constexpr int kLanes = L::kLanes;

  static void LoadLimbs(const U256* a, V limbs[5]) {
    alignas(64) std::uint64_t words[4][std::size_t{kLanes}];
    V w[4];
    for (int k = 0; k < 4; ++k) {
      for (int i = 0; i < kLanes; ++i) words[k][i] = a[i].w[k];
      w[k] = L::Load(words[k]);
    }
    Lane::WordsToLimbs(w, limbs);
  }

  static Fe LoadFe(const U256* a) {
    Fe r;
    LoadLimbs(a, r.l);
    Lane::SetMagnitude(r, 1);
    return r;
  }

  // Store: every lane through FirstLane, which reduces once: enough below 2p.
  static void Store(const typename Lane::Limbs& a, const U256& m, U256* out) {
    alignas(64) std::uint64_t lane[5][std::size_t{kLanes}];
    for (int k = 0; k < 5; ++k) L::Store(lane[k], a.l[k]);
    for (int i = 0; i < kLanes; ++i) {
      typename Lane::Limbs one = a;
      for (int k = 0; k < 5; ++k) one.l[k] = L::Broadcast(lane[k][i]);
      out[i] = Lane::FirstLane(one, m);
    }
  }

  __attribute__((noinline)) static void ApplyInMode(LaneOp op, const U256* a, const U256* b, const U256* c,
                                                    const U256* d, U256* out) {
    const Fe x = LoadFe(a), y = LoadFe(b), z = LoadFe(c), t = LoadFe(d);
    Fe r = x;
    switch (op) {
      case LaneOp::kMul:
        r = Lane::Mul(x, y);
        break;
      case LaneOp::kSqr:
        r = Lane::Sqr(x);
        break;
      case LaneOp::kSub:
        r = Lane::SettleReduceP(Lane::ToLoose(Lane::Sub(x, y)));
        break;
      case LaneOp::kSqrSub2:
        r = Lane::SqrSub2(x, y, z);
        break;
      case LaneOp::kSqrSubTwice:
        r = Lane::SqrSubTwice(x, y, z);
        break;
      case LaneOp::kMulSub:
        r = Lane::MulSub(x, y, z);
        break;
      case LaneOp::kMulSubMul:
        r = Lane::MulSubMul(x, y, z, t);
        break;
      case LaneOp::kDoubledMul: {
        const Fe zero = Lane::SettleReduceP(Lane::ToLoose(Lane::Sub(x, x)));
        const Fe minus = Lane::SettleReduceP(Lane::ToLoose(Lane::Sub(zero, x)));
        r = Lane::Mul(Lane::Sub(x, minus), Lane::Sub(y, z));
        break;
      }
    }
    Store(r, kP, out);
  }
  static void Apply(LaneOp op, const U256 a[8], const U256 b[8], const U256 c[8], const U256 d[8], U256 out[8]) {
    [[maybe_unused]] const typename L::Mode mode{};
    for (int i = 0; i < 8; i += kLanes) ApplyInMode(op, a + i, b + i, c + i, d + i, out + i);
  }

  __attribute__((noinline)) static void MulNInMode(const U256* a, const U256* b, U256* out) {
    Sn x, y;
    LoadLimbs(a, x.l);
    LoadLimbs(b, y.l);
    Lane::SetMagnitude(x, 1);
    Lane::SetMagnitude(y, 1);
    Store(Lane::CanonicalN(Lane::MulN(x, y)), kN, out);
  }
  static void MulN(const U256 a[8], const U256 b[8], U256 out[8]) {
    [[maybe_unused]] const typename L::Mode mode{};
    for (int i = 0; i < 8; i += kLanes) MulNInMode(a + i, b + i, out + i);
  }

  static unsigned IsZero(const U256 a[8], int k) {
    unsigned zero = 0;
    for (int i = 0; i < 8; i += kLanes) {
      typename Lane::Loose sum = Lane::ToLoose(LoadFe(a + i));
      for (int times = 0; times < k; ++times) sum = Lane::Field::template AddTimesP<1>(sum);
      zero |= static_cast<unsigned>(Lane::IsZero(Lane::SettleP(sum))) << i;
    }
    return zero;
  }

  __attribute__((noinline)) static bool InvertInMode(U256* a) {
    Fe chain[4] = {LoadFe(a), LoadFe(a + kLanes), LoadFe(a + 2 * kLanes), LoadFe(a + 3 * kLanes)};
    if (!Lane::Invert(chain)) return false;
    for (int i = 0; i < 4; ++i) Store(chain[i], kP, a + kLanes * i);
    return true;
  }
  static bool Invert(U256 a[32]) {
    [[maybe_unused]] const typename L::Mode mode{};
    bool sound = true;
    for (int i = 0; i < 32; i += 4 * kLanes) sound = InvertInMode(a + i) && sound;
    return sound;
  }

  __attribute__((noinline)) static BlockResult SumInMode(const Pick (*rows)[8], int count, int levels) {
    const auto block = std::make_unique<BlockSum<Lane>>();
    for (int k = 0; k < count; ++k) {
      for (int i = 0; i < 8; ++i) block->Row(k)[i] = rows[k][i];
    }
    BlockResult result{};
    result.sound = block->Run(count, 8 / kLanes, levels);
    for (int v = 0; v < 8 / kLanes; ++v) {
      for (int i = 0; i < kLanes; ++i) result.flagged[v * kLanes + i] = Lane::Bit(block->flags[v], i);
      Store(block->sum[v].x, kP, result.x + v * kLanes);
      Store(block->sum[v].zz, kP, result.zz + v * kLanes);
    }
    return result;
  }
  static BlockResult Sum(const Pick (*rows)[8], int count, int levels) {
    [[maybe_unused]] const typename L::Mode mode{};
    return SumInMode(rows, count, levels);
  }

  static constexpr LaneProbe Functions(const char* name, simd::FeatureSet required) {
    return {name, required, &Apply, &MulN, &IsZero, &Invert, &Sum};
  }
};

}  // namespace assay::p256
