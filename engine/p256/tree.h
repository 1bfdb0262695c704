// # BlockSum: multi-scalar sums of table entries by addition trees, a block of signatures at a time
//
// Templates over a Lane: SIMD arithmetic on kLanes numbers (operations listed below). A block holds `vectors` groups of
// kLanes signatures; row k of the picks selects the k-th point of every signature's sum.
//
// Level by level, neighbouring points are added in affine coordinates: 5M + 1S, as Montgomery's trick
// (simultaneous inversion) shares the inversion 1/(x2 - x1) among all additions of a level. When few points are left,
// or from the start in small blocks, XYZZ additions without inversions finish the sum, and the last of them computes
// only what the verdict needs.
//
// # Exceptions
// x2 - x1 is tested for 0 mod p on canonical values at every addition. A zero flags its signature
// and is replaced by 1, so it cannot disturb another one; what a flagged signature's sum holds
// afterwards means nothing. After every shared inversion product * inverse = 1 is checked.
//
// # What a Lane supplies
// kLanes, kChains, kInterleave (sums worked on at once), Fe, Mask, Entry (a table entry with its
// sign applied, perhaps in another form than Fe); Load(picks), LoadX(picks) (its x alone),
// Prefetch(picks), ToPoint(entry); EntryDx (b - a, of two x), EntryDy (b - a), EntryThirdX (l^2 -
// a.x - b.x), EntryThirdY (l (a.x - x3) - a.y); Mul, Sqr, Sub, SqrSub2 (a^2 - b - c), MulSub (ab -
// c), and what point.h needs; IsZero, Any, Select (mask ? a : b), One; Invert(chains), which
// inverts the numbers of all lanes of kChains elements and returns false if a check fails.
#pragma once

#include <cstddef>

#include "engine/p256/comb.h"
#include "engine/p256/point.h"

namespace assay::p256 {

template <class Lane>
class BlockSum {
 public:
  using Fe = typename Lane::Fe;
  using Mask = typename Lane::Mask;
  using Entry = typename Lane::Entry;
  static constexpr int kVectors = Lane::kBlockVectors;
  static constexpr int kTokens = kVectors * Lane::kLanes;
  static constexpr std::size_t kSlots = kMaxPicks / 2 * static_cast<std::size_t>(kVectors);

  // Row(k)[i]: the k-th pick of token i.
  Pick* Row(int k) { return picks_[k]; }

  // Run: sums `count` >= 3 rows of the first `vectors` groups: sum[v] and flags[v] are set. Does up to
  // `levels` levels of affine additions. False if an inversion failed its check.
  bool Run(int count, int vectors, int levels) {
    vectors_ = vectors;
    for (int v = 0; v < vectors; ++v) flags[v] = Mask{};
    if (levels > 0) {
      if (!FirstLevel(count)) return false;
      count = (count + 1) / 2;
    }
    for (int level = 1; level < levels && count > 3; ++level) {
      if (!Level(count)) return false;
      count = (count + 1) / 2;
    }
    for (int v = 0; v < vectors; ++v) {
      if (levels > 0) {
        Finish(v, count);
      } else {
        FinishFromTable(v, count);
      }
    }
    return true;
  }

  XOnly<Lane> sum[static_cast<std::size_t>(kVectors)];
  Mask flags[static_cast<std::size_t>(kVectors)];

 private:
  static constexpr int kInterleave = Lane::kInterleave;

  Affine<Lane>& Point(int k, int v) { return points_[k * vectors_ + v]; }

  // Checked: x2 - x1, or 1 with the flag set where that is 0.
  Fe Checked(const Fe& difference, int v) {
    const Mask zero = Lane::IsZero(difference);
    if (Lane::Any(zero)) [[unlikely]] {
      flags[v] |= zero;
      return Lane::Select(zero, Lane::One(), difference);
    }
    return difference;
  }

  // FirstLevel: the additions of table entries. The forward pass multiplies the differences up, last pair first; the
  // backward pass takes them apart first pair first, so that sums may overwrite the points of pairs already done.
  bool FirstLevel(int count) {
    const int pairs = count / 2;
    Fe chain[Lane::kChains];
    for (Fe& c : chain) c = Lane::One();
    for (int j = pairs; j-- > 0;) {
      for (int v = vectors_; v-- > 0;) {
        if (j >= kPrefetchPairs) {
          Lane::Prefetch(At(2 * (j - kPrefetchPairs), v));
          Lane::Prefetch(At(2 * (j - kPrefetchPairs) + 1, v));
        }
        const int k = j * vectors_ + v;
        const Fe dx = Lane::EntryDx(Lane::LoadX(At(2 * j, v)), Lane::LoadX(At(2 * j + 1, v)));
        Push(chain, k, Checked(dx, v));
      }
    }
    if (!Lane::Invert(chain)) return false;
    for (int k = 0; k < pairs * vectors_; k += kInterleave) {
      const int left = pairs * vectors_ - k;
      if (left >= kInterleave) {
        AddFromTable<std::size_t{kInterleave}>(chain, k);
      } else {
        for (int i = 0; i < left; ++i) AddFromTable<1>(chain, k + i);
      }
    }
    if (count % 2 != 0) {
      for (int v = 0; v < vectors_; ++v) {
        Point(pairs, v) = Lane::ToPoint(Lane::Load(At(count - 1, v)));
      }
    }
    return true;
  }

  // Level: the same for points of the level before.
  bool Level(int count) {
    const int pairs = count / 2;
    Fe chain[Lane::kChains];
    for (Fe& c : chain) c = Lane::One();
    for (int j = pairs; j-- > 0;) {
      for (int v = vectors_; v-- > 0;) {
        const int k = j * vectors_ + v;
        const Fe dx = Lane::Sub(Point(2 * j + 1, v).x, Point(2 * j, v).x);
        Push(chain, k, Checked(dx, v));
      }
    }
    if (!Lane::Invert(chain)) return false;
    for (int k = 0; k < pairs * vectors_; k += kInterleave) {
      const int left = pairs * vectors_ - k;
      if (left >= kInterleave) {
        AddPoints<std::size_t{kInterleave}>(chain, k);
      } else {
        for (int i = 0; i < left; ++i) AddPoints<1>(chain, k + i);
      }
    }
    if (count % 2 != 0) {
      for (int v = 0; v < vectors_; ++v) Point(pairs, v) = Point(count - 1, v);
    }
    return true;
  }

  // AddFromTable: the sums k .. k + kCount - 1 of a level, where sum k belongs to pair k / vectors and group
  // k % vectors. They are independent and interleaved step by step, to hide their latencies, which exceed the
  // processor's out-of-order window.
  template <std::size_t kCount>
  void AddFromTable(Fe (&chain)[Lane::kChains], int k) {
    constexpr int kEnd = static_cast<int>(kCount);
    Fe slope[kCount], x[kCount];
    Entry a[kCount], b[kCount];
    for (int i = 0; i < kEnd; ++i) slope[i] = Pop(chain, k + i);
    for (int i = 0; i < kEnd; ++i) {
      const int j = (k + i) / vectors_;
      const int v = (k + i) % vectors_;
      a[i] = Lane::Load(At(2 * j, v));
      b[i] = Lane::Load(At(2 * j + 1, v));
      slope[i] = Lane::Mul(Lane::EntryDy(a[i], b[i]), slope[i]);
    }
    for (int i = 0; i < kEnd; ++i) x[i] = Lane::EntryThirdX(slope[i], a[i], b[i]);
    for (int i = 0; i < kEnd; ++i) {
      points_[k + i].y = Lane::EntryThirdY(slope[i], a[i], x[i]);
      points_[k + i].x = x[i];
    }
  }

  template <std::size_t kCount>
  void AddPoints(Fe (&chain)[Lane::kChains], int k) {
    constexpr int kEnd = static_cast<int>(kCount);
    Fe slope[kCount], x[kCount], y[kCount];
    const Affine<Lane>* a[kCount];
    const Affine<Lane>* b[kCount];
    for (int i = 0; i < kEnd; ++i) slope[i] = Pop(chain, k + i);
    for (int i = 0; i < kEnd; ++i) {
      const int j = (k + i) / vectors_;
      const int v = (k + i) % vectors_;
      a[i] = &Point(2 * j, v);
      b[i] = &Point(2 * j + 1, v);
      slope[i] = Lane::Mul(Lane::Sub(b[i]->y, a[i]->y), slope[i]);
    }
    for (int i = 0; i < kEnd; ++i) x[i] = Lane::SqrSub2(slope[i], a[i]->x, b[i]->x);
    for (int i = 0; i < kEnd; ++i) {
      y[i] = Lane::MulSub(slope[i], Lane::Sub(a[i]->x, x[i]), a[i]->y);
    }
    // Sum k may lie where a point of its own neighbour did: write when all are read.
    for (int i = 0; i < kEnd; ++i) {
      points_[k + i].x = x[i];
      points_[k + i].y = y[i];
    }
  }

  // Push, Pop: Montgomery's trick. chain is the product of the differences so far, and on the way back
  // the inverse of the product of those not yet popped.
  void Push(Fe (&chains)[Lane::kChains], int k, const Fe& difference) {
    Fe& chain = chains[static_cast<std::size_t>(k) % Lane::kChains];
    prefix_[k] = chain;
    difference_[k] = difference;
    chain = Lane::Mul(chain, difference);
  }
  Fe Pop(Fe (&chains)[Lane::kChains], int k) {
    Fe& chain = chains[static_cast<std::size_t>(k) % Lane::kChains];
    const Fe inverse = Lane::Mul(chain, prefix_[k]);
    chain = Lane::Mul(chain, difference_[k]);
    return inverse;
  }

  void Finish(int v, int count) {
    if (count == 2) {
      Flag(v, AddAffineAffineX(sum[v], Point(0, v), Point(1, v)));
      return;
    }
    Xyzz<Lane> acc;
    Flag(v, AddAffineAffine(acc, Point(0, v), Point(1, v)));
    for (int k = 2; k < count - 1; ++k) Flag(v, AddAffine(acc, Point(k, v)));
    Flag(v, AddAffineX(sum[v], acc, Point(count - 1, v)));
  }

  void FinishFromTable(int v, int count) {
    Xyzz<Lane> acc;
    Flag(v, AddAffineAffine(acc, TablePoint(0, v), TablePoint(1, v)));
    for (int k = 2; k < count - 1; ++k) Flag(v, AddAffine(acc, TablePoint(k, v)));
    Flag(v, AddAffineX(sum[v], acc, TablePoint(count - 1, v)));
  }

  void Flag(int v, const Fe& p) { flags[v] |= Lane::IsZero(p); }

  const Pick* At(int k, int v) const { return picks_[k] + v * Lane::kLanes; }
  Affine<Lane> TablePoint(int k, int v) const { return Lane::ToPoint(Lane::Load(At(k, v))); }

  static constexpr int kPrefetchPairs = 2;  // prefetch distance

  int vectors_ = 0;
  alignas(64) Pick picks_[kMaxPicks][static_cast<std::size_t>(kTokens)];
  Fe prefix_[kSlots];
  Fe difference_[kSlots];
  Affine<Lane> points_[kSlots];
};

}  // namespace assay::p256
