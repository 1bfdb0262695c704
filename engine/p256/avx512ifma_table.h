// Fills combs eight entries at a time: see table_build.h.
#pragma once

#include "engine/p256/lane_avx512ifma.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

namespace assay::p256::ifma {

// WideAdditions: additions entry + power = sum, eight entries of one window with one power at a time.
//
// Entries are x 2^256, which read with R = 2^260 is x / 16. A slope l = dy / dx still comes out right, and with l / 4
// in its place every step stays in the entries' form: (l / 4)^2 2^260 is l^2 2^256. The quarter enters once, with the
// shared inverse.
class WideAdditions {
 public:
  // Add: false if an inversion failed its check.
  bool Add(const TableEntry* entries, const TableEntry* power, TableEntry* sums) {
    if (count_ == kShared && !Flush()) return false;
    const Point a = Load(entries);
    Pending& add = pending_[count_];
    add = {entries, power, sums, Lane8::Sub(Spread(power->x), a.x), Fe8{}};
    Fe8& chain = chains_[count_ % Lane8::kChains];
    add.prefix = count_ < kChains ? Lane8::One() : chain;
    chain = count_ < kChains ? add.dx : Lane8::Mul(chain, add.dx);
    ++count_;
    return true;
  }

  bool Flush() {
    constexpr LimbConstants quarter = ToLimbs(PowerOfTwoMod(258, kP));
    for (std::size_t i = count_; i < kChains; ++i) chains_[i] = Lane8::One();
    if (!Lane8::Invert(chains_)) return false;
    for (Fe8& chain : chains_) chain = Lane8::Mul(chain, {Broadcast(quarter, 1)});
    while (count_ > 0) {
      const Pending& add = pending_[--count_];
      Fe8& chain = chains_[count_ % kChains];
      const Fe8 inverse = Lane8::Mul(chain, add.prefix);
      chain = Lane8::Mul(chain, add.dx);
      const Point a = Load(add.entries);
      const Fe8 slope = Lane8::Mul(Lane8::Sub(Spread(add.power->y), a.y), inverse);  // l / 4
      const Fe8 x = Lane8::SqrSub2(slope, a.x, Spread(add.power->x));
      const Fe8 y = Lane8::MulSub(FourTimes(slope), Lane8::Sub(a.x, x), a.y);
      Store({x, y}, add.sums);
    }
    return true;
  }

 private:
  static constexpr std::size_t kShared = 64;  // that share an inversion
  static constexpr std::size_t kChains = Lane8::kChains;

  struct Point {
    Fe8 x, y;
  };
  struct Pending {
    const TableEntry* entries;
    const TableEntry* power;
    TableEntry* sums;
    Fe8 dx, prefix;
  };

  static Point Load(const TableEntry* entries) {
    V row[8];
    for (int i = 0; i < 8; ++i) row[i] = _mm512_load_si512(entries + i);
    Transpose(row);
    Point r;
    WordsToLimbs<0>(row, r.x.l);
    WordsToLimbs<0>(row + 4, r.y.l);
    SetMagnitude(r.x, 1);
    SetMagnitude(r.y, 1);
    return r;
  }

  static void Store(const Point& a, TableEntry* entries) {
    V row[8];
    LimbsToWords(CanonicalP(a.x), row);
    LimbsToWords(CanonicalP(a.y), row + 4);
    Transpose(row);
    for (int i = 0; i < 8; ++i) _mm512_store_si512(entries + i, row[i]);
  }

  static Fe8 Spread(const U256& a) { return {Broadcast(ToLimbs(a), 1)}; }
  static Fe8 FourTimes(const Fe8& a) {
    Loose r = ToLoose(a);
    for (V& limb : r.t) limb = Shl<2>(limb);
    r.magnitude *= 4;
    return SettleP(r);
  }

  std::size_t count_ = 0;
  Fe8 chains_[kChains];
  Pending pending_[kShared];
};

}  // namespace assay::p256::ifma

ASSAY_TARGET_END
