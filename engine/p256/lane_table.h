// Fills combs, an entry in every lane: see table_build.h.
#pragma once

#include "engine/p256/lane_vector.h"

namespace assay::p256 {

// WideAdditions: additions entry + power = sum, as many entries of one window as there are lanes with one power at a
// time.
//
// Entries are x 2^256, which read with R = 2^260 is x / 16. A slope l = dy / dx still comes out right, and with l / 4
// in its place every step stays in the entries' form: (l / 4)^2 2^260 is l^2 2^256. The quarter enters once, with the
// shared inverse.
template <class L>
class WideAdditions {
 public:
  // AddPowers: of table_build.h.
  static bool AddPowers(TableEntry* const* windows, const TableEntry* powers, std::size_t count, std::size_t half) {
    WideAdditions additions;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < half; j += L::kLanes) {
        if (!additions.Add(windows[i] + j, powers + i, windows[i] + half + j)) return false;
      }
    }
    return additions.Flush();
  }

 private:
  using Lane = VectorLane<L>;
  using V = typename L::Vec;
  using Fe = typename Lane::Fe;

  // Add: false if an inversion failed its check.
  bool Add(const TableEntry* entries, const TableEntry* power, TableEntry* sums) {
    if (count_ == kShared && !Flush()) return false;
    const Point a = Load(entries);
    Pending& add = pending_[count_];
    add = {entries, power, sums, Lane::Sub(Spread(power->x), a.x), Fe{}};
    Fe& chain = chains_[count_ % Lane::kChains];
    add.prefix = count_ < kChains ? Lane::One() : chain;
    chain = count_ < kChains ? add.dx : Lane::Mul(chain, add.dx);
    ++count_;
    return true;
  }

  bool Flush() {
    constexpr LimbConstants quarter = ToLimbs(PowerOfTwoMod(258, kP));
    for (std::size_t i = count_; i < kChains; ++i) chains_[i] = Lane::One();
    if (!Lane::Invert(chains_)) return false;
    for (Fe& chain : chains_) chain = Lane::Mul(chain, {Lane::Broadcast(quarter, 1)});
    while (count_ > 0) {
      const Pending& add = pending_[--count_];
      Fe& chain = chains_[count_ % kChains];
      const Fe inverse = Lane::Mul(chain, add.prefix);
      chain = Lane::Mul(chain, add.dx);
      const Point a = Load(add.entries);
      const Fe slope = Lane::Mul(Lane::Sub(Spread(add.power->y), a.y), inverse);  // l / 4
      const Fe x = Lane::SqrSub2(slope, a.x, Spread(add.power->x));
      const Fe y = Lane::MulSub(FourTimes(slope), Lane::Sub(a.x, x), a.y);
      Store({x, y}, add.sums);
    }
    return true;
  }

  static constexpr std::size_t kShared = 64;  // that share an inversion
  static constexpr std::size_t kChains = Lane::kChains;

  struct Point {
    Fe x, y;
  };
  struct Pending {
    const TableEntry* entries;
    const TableEntry* power;
    TableEntry* sums;
    Fe dx, prefix;
  };

  static Point Load(const TableEntry* entries) {
    const std::uint64_t* rows[L::kLanes];
    for (int i = 0; i < L::kLanes; ++i) rows[i] = entries[i].x.w;
    V words[8];
    L::Words8(rows, words);
    Point r;
    Lane::WordsToLimbs(words, r.x.l);
    Lane::WordsToLimbs(words + 4, r.y.l);
    Lane::SetMagnitude(r.x, 1);
    Lane::SetMagnitude(r.y, 1);
    return r;
  }

  static void Store(const Point& a, TableEntry* entries) {
    V words[8];
    Lane::LimbsToWords(Lane::CanonicalP(a.x), words);
    Lane::LimbsToWords(Lane::CanonicalP(a.y), words + 4);
    L::StoreWords8(words, entries->x.w);
  }

  static Fe Spread(const U256& a) { return {Lane::Broadcast(ToLimbs(a), 1)}; }
  static Fe FourTimes(const Fe& a) {
    typename Lane::Loose r = Lane::ToLoose(a);
    for (V& limb : r.t) limb = L::template Shl<2>(limb);
    r.magnitude *= 4;
    return Lane::SettleP(r);
  }

  std::size_t count_ = 0;
  Fe chains_[kChains];
  Pending pending_[kShared];
};

}  // namespace assay::p256
