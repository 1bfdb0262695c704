// # SpreadSum: few signatures over many lanes (latency instead of throughput)
//
// When there are fewer signatures than lanes, each takes kLanes / slots lanes: the points of its
// sum are dealt out to them round-robin, every lane adds up its share, and a butterfly reduction adds the
// shares across lanes. XYZZ coordinates throughout: no inversion. Exceptional additions are flagged as
// in tree.h.
//
// Beyond tree.h a Lane supplies Swap<kDistance>(a) (lane i gets lane i ^ kDistance); its Mask is an
// integer with a bit a lane.
#pragma once

#include <cstddef>

#include "engine/p256/comb.h"
#include "engine/p256/point.h"

namespace assay::p256 {

template <class Lane>
class SpreadSum {
 public:
  using Fe = typename Lane::Fe;
  using Mask = typename Lane::Mask;
  static constexpr int kLanes = Lane::kLanes;
  static constexpr int kMaxSlots = kLanes / 2;

  // Set: sets the k-th of Run's `count` points of the signature in a slot. `slots` is 1, 2 or 4, and all are filled.
  void Set(int slots, int slot, int k, Pick pick) {
    const int share = kLanes / slots;
    rows_[k / share][slot * share + k % share] = pick;
  }

  // Run: sets sum and flags, broadcast to every lane of a slot.
  void Run(int slots, int count) {
    const int share = kLanes / slots;
    const int rows = (count + share - 1) / share;
    // Lanes without a point in the last row load some point and keep their sum.
    Mask active = static_cast<Mask>(-1);
    if (count % share != 0) {
      active = Mask{};
      for (int slot = 0; slot < slots; ++slot) {
        for (int i = 0; i < share; ++i) {
          if (i < count % share) {
            active = static_cast<Mask>(active | 1u << (slot * share + i));
          } else {
            rows_[rows - 1][slot * share + i] = rows_[0][slot * share + i];
          }
        }
      }
    }
    flags = Mask{};
    Xyzz<Lane> acc;
    flags |= Lane::IsZero(AddAffineAffine(acc, Point(0), Point(1)));
    for (int row = 2; row < rows - 1; ++row) flags |= Lane::IsZero(AddAffine(acc, Point(row)));
    Xyzz<Lane> last = acc;
    const Mask zero = Lane::IsZero(AddAffine(last, Point(rows - 1)));
    flags |= static_cast<Mask>(zero & active);
    acc.x = Lane::Select(active, last.x, acc.x);
    acc.y = Lane::Select(active, last.y, acc.y);
    acc.zz = Lane::Select(active, last.zz, acc.zz);
    acc.zzz = Lane::Select(active, last.zzz, acc.zzz);
    if (share > 1) Fold<1>(acc);
    if (share > 2) Fold<2>(acc);
    if constexpr (kLanes > 4) {
      if (share > 4) Fold<4>(acc);
    }
    sum = {acc.x, acc.zz};
  }

  XOnly<Lane> sum;
  Mask flags;

 private:
  // Fold: one step of the reduction: adds the lanes at this distance and ORs their flags.
  template <int kDistance>
  void Fold(Xyzz<Lane>& acc) {
    const Xyzz<Lane> other = {Lane::template Swap<kDistance>(acc.x), Lane::template Swap<kDistance>(acc.y),
                              Lane::template Swap<kDistance>(acc.zz), Lane::template Swap<kDistance>(acc.zzz)};
    flags |= Lane::IsZero(AddXyzz(acc, other));
    Mask passed = flags;
    for (int i = 0; i < kLanes; ++i) {
      if (Lane::Bit(flags, i)) passed = static_cast<Mask>(passed | 1u << (i ^ kDistance));
    }
    flags = passed;
  }

  Affine<Lane> Point(int row) const { return Lane::ToPoint(Lane::Load(rows_[row])); }

  alignas(64) Pick rows_[kMaxPicks][std::size_t{Lane::kLanes}];
};

}  // namespace assay::p256
