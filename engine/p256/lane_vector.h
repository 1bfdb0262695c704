// A signature in every lane of a vector: the Lane of tree.h and es256_batch.h over any lane type of engine/simd.
//
// Tables hold Montgomery forms with R = 2^256, this lane computes with R = 2^260, and x 2^256 read
// with R = 2^260 is x / 16. In slopes of table entries the factor cancels, and where x itself
// is needed, x 2^256 * 16 is a shift of limbs by 4 bits, left to the next reduction.
#pragma once

#include "engine/p256/comb.h"
#include "engine/p256/lane_field.h"
#include "engine/p256/point.h"
#include "engine/p256/portable64.h"

namespace assay::p256 {

// kFewest: kFewestSpread, below.
template <class L, std::size_t kFewest = 1>
struct VectorLane : LaneField<L> {
  using Field = LaneField<L>;
  using V = typename L::Vec;
  using Fe = typename Field::Fe;
  using Sn = typename Field::Sn;
  using Loose = typename Field::Loose;
  using Mask = typename Field::Mask;
  using Mode = typename L::Mode;
  static constexpr int kLanes = L::kLanes;
  static constexpr std::size_t kChains = 4;
  static constexpr int kInterleave = kLanes == 8 ? 2 : 1;  // 16 registers do not hold two sums
  static constexpr int kBlockVectors = 128 / kLanes;
  // kFewestSpread: from this many signatures on, spreading them over the lanes (spread.h) is faster than SumMatches.
  static constexpr std::size_t kFewestSpread = kFewest;

  // Entry: x 2^256 in [0, p), settled; y 2^256 with its sign applied, in (-p, p), limbs of one sign.
  struct Entry {
    V x[5];
    V y[5];
  };

  ASSAY_LANE bool RoundsTowardZero() { return L::RoundsTowardZero(); }

  static bool SumMatches(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator,
                         const KeyTable& key) {
    return SumMatchesPortable(u1, u2, r, generator, key);
  }

  static int AffineLevels(int vectors) {
    if (vectors < 3) return 0;
    if (vectors < 5) return 2;
    return vectors < 8 ? 3 : 4;
  }

  ASSAY_LANE void Prefetch(const Pick* picks) {
    for (int i = 0; i < kLanes; ++i) __builtin_prefetch(reinterpret_cast<const void*>(picks[i]));
  }

  ASSAY_LANE Entry Load(const Pick* picks) {
    const Rows rows(picks);
    V words[8];
    L::Words8(rows.of, words);
    Entry r;
    Field::WordsToLimbs(words, r.x);
    Field::WordsToLimbs(words + 4, r.y);
    const typename L::Choice negate = L::Meet(L::Load(picks), L::Broadcast(kPickNegate));
    for (V& y : r.y) y = L::NegateWhere(negate, y);
    return r;
  }

  // EntryX, LoadX: Entry::x alone.
  struct EntryX {
    V x[5];
  };
  ASSAY_LANE EntryX LoadX(const Pick* picks) {
    const Rows rows(picks);
    V words[4];
    L::Words4(rows.of, words);
    EntryX r;
    Field::WordsToLimbs(words, r.x);
    return r;
  }

  // ToPoint: 16 (x, y): the coordinates with R = 2^260.
  ASSAY_LANE Affine<VectorLane> ToPoint(const Entry& a) {
    return {Field::SettleReduceP(Times16(a.x, 16)), Field::SettleReduceP(AddTimesP<16>(Times16(a.y, 16)))};
  }

  ASSAY_LANE Fe EntryDx(const EntryX& a, const EntryX& b) {
    return Field::SettleP(AddTimesP<1>(Difference(b.x, a.x, 1)));
  }
  ASSAY_LANE Fe EntryDy(const Entry& a, const Entry& b) {
    return Field::SettleP(AddTimesP<2>(Difference(b.y, a.y, 2)));
  }
  ASSAY_LANE Fe EntryThirdX(const Fe& l, const Entry& a, const Entry& b) {
    Loose r = AddTimesP<32>(Field::SqrLoose(l));
    for (int i = 0; i < 5; ++i) r.t[i] = L::Sub(r.t[i], L::template Shl<4>(L::Add(a.x[i], b.x[i])));
    return Field::SettleReduceP(r);
  }
  ASSAY_LANE Fe EntryThirdY(const Fe& l, const Entry& a, const Fe& x) {
    const Fe rise = Field::SettleReduceP(AddTimesP<2>(Field::SubLoose(Times16(a.x, 16), x)));
    Loose r = AddTimesP<16>(Field::MulLoose(l, rise));
    for (int i = 0; i < 5; ++i) r.t[i] = L::Sub(r.t[i], L::template Shl<4>(a.y[i]));
    r.magnitude += 16;
    return Field::SettleReduceP(r);
  }

  ASSAY_LANE Fe Mul(const Fe& a, const Fe& b) { return Field::MulP(a, b); }
  ASSAY_LANE Fe Sqr(const Fe& a) { return Field::SettleP(Field::SqrLoose(a)); }
  ASSAY_LANE Fe Sub(const Fe& a, const Fe& b) {
    return Field::SettleP(AddTimesP<2>(Field::SubLoose(Field::ToLoose(a), b)));
  }
  ASSAY_LANE Fe SqrSub2(const Fe& a, const Fe& b, const Fe& c) {
    return Field::SettleReduceP(AddTimesP<4>(Field::SubLoose(Field::SubLoose(Field::SqrLoose(a), b), c)));
  }
  ASSAY_LANE Fe SqrSubTwice(const Fe& a, const Fe& b, const Fe& c) {
    return Field::SettleReduceP(
        AddTimesP<6>(Field::SubLoose(Field::SubLoose(Field::SubLoose(Field::SqrLoose(a), b), c), c)));
  }
  ASSAY_LANE Fe MulSub(const Fe& a, const Fe& b, const Fe& c) {
    return Field::SettleReduceP(AddTimesP<2>(Field::SubLoose(Field::MulLoose(a, b), c)));
  }
  ASSAY_LANE Fe MulSubMul(const Fe& a, const Fe& b, const Fe& c, const Fe& d) {
    return Field::SettleReduceP(Field::MulSubMulLoose(a, b, c, d));
  }

  ASSAY_LANE Fe One() {
    constexpr LimbConstants one = ToLimbs(PowerOfTwoMod(260, kP));
    return {Field::Broadcast(one, 1)};
  }
  ASSAY_LANE Mask IsZero(const Fe& a) { return Field::IsZeroP(a); }
  ASSAY_LANE bool Any(Mask mask) { return mask != 0; }
  ASSAY_LANE bool Bit(Mask mask, int i) { return (mask >> i & 1) != 0; }
  ASSAY_LANE Fe Select(Mask mask, const Fe& a, const Fe& b) {
    Fe r = b;
    for (int i = 0; i < 5; ++i) r.l[i] = L::Select(L::FromBits(mask), a.l[i], b.l[i]);
    return r;
  }
  template <int kDistance>
  ASSAY_LANE Fe Swap(const Fe& a) {
    return {Field::template SwapLanes<kDistance>(a)};
  }
  static bool Invert(Fe (&chain)[kChains]) { return Field::template InvertAll<typename Field::ModP>(chain); }

  template <class Words>
  ASSAY_LANE Sn LoadN(const Words& w, int i) {
    V words[4];
    LoadWords(w, i, words);
    Sn r;
    Field::WordsToLimbs(words, r.l);
    Field::SetMagnitude(r, 1);
    return r;
  }
  template <class Words>
  ASSAY_LANE void StoreN(Words& w, int i, const Sn& a) {
    V words[4];
    Field::LimbsToWords(Field::CanonicalN(a), words);
    for (int k = 0; k < 4; ++k) L::Store(w[k] + i, words[k]);
  }
  ASSAY_LANE Sn OneN() {
    constexpr LimbConstants one = ToLimbs(PowerOfTwoMod(260, kN));
    return {Field::Broadcast(one, 1)};
  }
  static bool InvertN(Sn (&chain)[kChains]) { return Field::template InvertAll<typename Field::ModN>(chain); }

  template <class Words>
  ASSAY_LANE Mask Recode(const Words& u, int i, const TableEntry* const* tables, int window, Pick* row,
                         std::size_t stride) {
    V words[4];
    LoadWords(u, i, words);
    return RecodeWords(words, L::Load(reinterpret_cast<const std::uint64_t*>(tables)), window, row, stride);
  }

  template <class Words>
  ASSAY_LANE Mask MatchesX(const XOnly<VectorLane>& sum, const Words& r, int i) {
    V words[4];
    LoadWords(r, i, words);
    return MatchesWords(sum.x, sum.zz, words);
  }

 private:
  // Rows: the table entries that kLanes picks name, as words.
  struct Rows {
    ASSAY_LANE const std::uint64_t* Words(Pick pick) {
      return reinterpret_cast<const std::uint64_t*>(pick & ~kPickNegate);
    }
    explicit Rows(const Pick* picks) {
      for (int i = 0; i < kLanes; ++i) of[i] = Words(picks[i]);
    }
    const std::uint64_t* of[std::size_t{kLanes}];
  };

  template <int kTimes, class AnyLoose>
  ASSAY_LANE Loose AddTimesP(const AnyLoose& a) {
    return Field::template AddTimesP<kTimes>(a);
  }

  template <class Words>
  ASSAY_LANE void LoadWords(const Words& w, int i, V words[4]) {
    for (int k = 0; k < 4; ++k) words[k] = L::Load(w[k] + i);
  }

  ASSAY_LANE Loose Times16(const V a[5], double magnitude) {
    Loose r;
    for (int i = 0; i < 5; ++i) r.t[i] = L::template Shl<4>(a[i]);
    r.magnitude = magnitude;
    return r;
  }
  ASSAY_LANE Loose Difference(const V b[5], const V a[5], double magnitude) {
    Loose r;
    for (int i = 0; i < 5; ++i) r.t[i] = L::Sub(b[i], a[i]);
    r.magnitude = magnitude;
    return r;
  }

  // RecodeWords: RecodePicks, in every lane.
  static Mask RecodeWords(const V u[4], V tables, int window, Pick* row, std::size_t stride) {
    using Choice = typename L::Choice;
    const V one = L::Broadcast(1);
    const Choice odd_already = L::Meet(u[0], one);
    // n - u where u is even.
    V odd[4];
    V borrow = L::Zero();
    for (int i = 0; i < 4; ++i) {
      const V n = L::Broadcast(kN.w[i]);
      const V difference = L::Sub(n, u[i]);
      const V less = L::Sub(difference, borrow);
      const Choice lacks = L::Either(L::Below(n, u[i]), L::Below(difference, borrow));
      borrow = L::Select(lacks, one, L::Zero());
      odd[i] = L::Select(odd_already, u[i], less);
    }
    V v[6];
    for (int i = 0; i < 3; ++i) v[i] = L::Or(L::template Shr<1>(odd[i]), L::template Shl<63>(odd[i + 1]));
    v[3] = L::template Shr<1>(odd[3]);
    v[4] = L::Zero();
    v[5] = L::Zero();
    const int windows = Windows(window);
    const int top = window * windows - 1;
    v[top / 64] = L::Or(v[top / 64], L::Broadcast(std::uint64_t{1} << (top % 64)));

    const std::uint64_t half = WindowEntries(window);
    const V sign_bit = L::Broadcast(half);
    const V index_mask = L::Broadcast(half - 1);
    const V negate_bit = L::Broadcast(kPickNegate);
    V base = tables;
    for (int i = 0; i < windows; ++i) {
      const int word = window * i / 64;
      const unsigned shift = static_cast<unsigned>(window * i % 64);
      // Counts of 64 give 0.
      const V digit = L::Or(L::ShiftRight(v[word], shift), L::ShiftLeft(v[word + 1], 64 - shift));
      const Choice positive = L::Meet(digit, sign_bit);
      // ~digit where it is negative.
      const V index = L::And(L::Select(positive, digit, L::Sub(L::Broadcast(~std::uint64_t{0}), digit)), index_mask);
      const V entry = L::Add(base, L::template Shl<6>(index));
      const Choice negate = L::Differ(positive, odd_already);
      L::Store(row, L::Or(entry, L::Select(negate, negate_bit, L::Zero())));
      row += stride;
      base = L::Add(base, L::Broadcast(half * sizeof(TableEntry)));
    }
    return static_cast<Mask>(L::ZeroLanes(L::Or(L::Or(u[0], u[1]), L::Or(u[2], u[3]))));
  }

  // MatchesWords: the lanes where zz != 0 and r zz = x, or r < p - n and (r + n) zz = x.
  static Mask MatchesWords(const Fe& x, const Fe& zz, const V r[4]) {
    Mask matches = MatchesNumber(x, zz, r);
    // r < p - n < 2^128 allows r + n as well.
    const Mask small = static_cast<Mask>(L::ZeroLanes(L::Or(r[2], r[3])));
    if (small != 0) [[unlikely]] {
      alignas(64) std::uint64_t words[4][std::size_t{kLanes}];
      Mask allowed = 0;
      for (int k = 0; k < 4; ++k) L::Store(words[k], r[k]);
      for (int i = 0; i < kLanes; ++i) {
        const U256 lane{{words[0][i], words[1][i], words[2][i], words[3][i]}};
        if (!Less(lane, kPMinusN)) continue;
        U256 second;
        p256::Add(second, lane, kN);
        for (int k = 0; k < 4; ++k) words[k][i] = second.w[k];
        allowed = static_cast<Mask>(allowed | 1u << i);
      }
      V second[4];
      for (int k = 0; k < 4; ++k) second[k] = L::Load(words[k]);
      matches = static_cast<Mask>(matches | (MatchesNumber(x, zz, second) & allowed));
    }
    return static_cast<Mask>(matches & ~IsZero(zz));
  }
  ASSAY_LANE Mask MatchesNumber(const Fe& x, const Fe& zz, const V words[4]) {
    constexpr LimbConstants to_montgomery = ToLimbs(PowerOfTwoMod(520, kP));
    Fe value;
    Field::WordsToLimbs(words, value.l);
    Field::SetMagnitude(value, 1);
    return IsZero(Sub(Mul(Mul(value, {Field::Broadcast(to_montgomery, 1)}), zz), x));
  }
};

}  // namespace assay::p256
