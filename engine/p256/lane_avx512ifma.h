// Eight signatures side by side: the Lane of tree.h and es256_batch.h on AVX-512 IFMA.
//
// Tables hold Montgomery forms with R = 2^256, this lane computes with R = 2^260, and x 2^256 read
// with R = 2^260 is x / 16. In slopes of table entries the factor cancels, and where x itself
// is needed, x 2^256 * 16 is a shift of limbs by 4 bits, left to the next reduction.
#pragma once

#include "engine/p256/avx512ifma_field.h"
#include "engine/p256/comb.h"
#include "engine/p256/point.h"
#include "engine/p256/portable64.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

namespace assay::p256::ifma {

// Transpose: lane i of row[k] := word k of what row[i] held.
ASSAY_IFMA_INLINE void Transpose(V row[8]) {
  V a[8];
  for (int i = 0; i < 4; ++i) {
    a[2 * i] = _mm512_unpacklo_epi64(row[2 * i], row[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi64(row[2 * i], row[2 * i + 1]);
  }
  // a[2i + h]: 128-bit parts c = 0..3 hold words 2c + h of lanes 2i, 2i + 1.
  for (int h = 0; h < 2; ++h) {
    const V low01 = _mm512_shuffle_i64x2(a[h], a[2 + h], 0x88);   // parts 0, 2 of lanes 0..3
    const V high01 = _mm512_shuffle_i64x2(a[h], a[2 + h], 0xDD);  // parts 1, 3
    const V low23 = _mm512_shuffle_i64x2(a[4 + h], a[6 + h], 0x88);
    const V high23 = _mm512_shuffle_i64x2(a[4 + h], a[6 + h], 0xDD);
    row[h] = _mm512_shuffle_i64x2(low01, low23, 0x88);
    row[4 + h] = _mm512_shuffle_i64x2(low01, low23, 0xDD);
    row[2 + h] = _mm512_shuffle_i64x2(high01, high23, 0x88);
    row[6 + h] = _mm512_shuffle_i64x2(high01, high23, 0xDD);
  }
}

struct Lane8 {
  using Fe = Fe8;
  using Mask = Mask8;
  using Sn = Sn8;
  static constexpr int kLanes = 8;
  static constexpr std::size_t kChains = 4;
  static constexpr int kInterleave = 2;
  static constexpr int kBlockVectors = 16;

  // Entry: x 2^256 in [0, p), settled; y 2^256 with its sign applied, in (-p, p), limbs of one sign.
  struct Entry {
    V x[5];
    V y[5];
  };

  static bool SumMatches(const U256& u1, const U256& u2, const U256& r, const KeyTable& generator,
                         const KeyTable& key) {
    return SumMatchesMulx(u1, u2, r, generator, key);
  }

  static int AffineLevels(int vectors) {
    if (vectors < 3) return 0;
    if (vectors < 5) return 2;
    return vectors < 8 ? 3 : 4;
  }

  ASSAY_IFMA_INLINE static void Prefetch(const Pick* picks) {
    for (int i = 0; i < 8; ++i) __builtin_prefetch(reinterpret_cast<const void*>(picks[i]));
  }

  ASSAY_IFMA_INLINE static Entry Load(const Pick* picks) {
    V row[8];
    for (int i = 0; i < 8; ++i) {
      row[i] = _mm512_load_si512(reinterpret_cast<const void*>(picks[i] & ~kPickNegate));
    }
    const Mask8 negate = _mm512_test_epi64_mask(_mm512_load_si512(picks), Set1(kPickNegate));
    Transpose(row);
    Entry r;
    WordsToLimbs<0>(row, r.x);
    WordsToLimbs<0>(row + 4, r.y);
    for (V& y : r.y) y = _mm512_mask_sub_epi64(y, negate, _mm512_setzero_si512(), y);
    return r;
  }

  // EntryX, LoadX: Entry::x alone. Lanes i and i + 4 share a register from the start.
  struct EntryX {
    V x[5];
  };
  ASSAY_IFMA_INLINE static EntryX LoadX(const Pick* picks) {
    V row[4];
    for (int i = 0; i < 4; ++i) {
      row[i] = _mm512_inserti64x4(_mm512_castsi256_si512(LoadHalf(picks[i])), LoadHalf(picks[i + 4]), 1);
    }
    // 128-bit parts: words h and 2 + h of two lanes, then of those four above.
    const V first = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const V second = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    V words[4];
    const V low01 = _mm512_unpacklo_epi64(row[0], row[1]);
    const V low23 = _mm512_unpacklo_epi64(row[2], row[3]);
    const V high01 = _mm512_unpackhi_epi64(row[0], row[1]);
    const V high23 = _mm512_unpackhi_epi64(row[2], row[3]);
    words[0] = _mm512_permutex2var_epi64(low01, first, low23);
    words[1] = _mm512_permutex2var_epi64(high01, first, high23);
    words[2] = _mm512_permutex2var_epi64(low01, second, low23);
    words[3] = _mm512_permutex2var_epi64(high01, second, high23);
    EntryX r;
    WordsToLimbs<0>(words, r.x);
    return r;
  }

  // ToPoint: 16 (x, y): the coordinates with R = 2^260.
  ASSAY_IFMA_INLINE static Affine<Lane8> ToPoint(const Entry& a) {
    return {SettleReduceP(Times16(a.x, 16)), SettleReduceP(AddTimesP<16>(Times16(a.y, 16)))};
  }

  ASSAY_IFMA_INLINE static Fe EntryDx(const EntryX& a, const EntryX& b) {
    return SettleP(AddTimesP<1>(Difference(b.x, a.x, 1)));
  }
  ASSAY_IFMA_INLINE static Fe EntryDy(const Entry& a, const Entry& b) {
    return SettleP(AddTimesP<2>(Difference(b.y, a.y, 2)));
  }
  ASSAY_IFMA_INLINE static Fe EntryThirdX(const Fe& l, const Entry& a, const Entry& b) {
    Loose r = AddTimesP<32>(SqrLoose(l));
    for (int i = 0; i < 5; ++i) r.t[i] = Sub64(r.t[i], Shl<4>(Add64(a.x[i], b.x[i])));
    return SettleReduceP(r);
  }
  ASSAY_IFMA_INLINE static Fe EntryThirdY(const Fe& l, const Entry& a, const Fe& x) {
    const Fe rise = SettleReduceP(AddTimesP<2>(SubLoose(Times16(a.x, 16), x)));
    Loose r = AddTimesP<16>(MulLoose(l, rise));
    for (int i = 0; i < 5; ++i) r.t[i] = Sub64(r.t[i], Shl<4>(a.y[i]));
    r.magnitude += 16;
    return SettleReduceP(r);
  }

  ASSAY_IFMA_INLINE static Fe Mul(const Fe& a, const Fe& b) { return SettleP(MulLoose(a, b)); }
  ASSAY_IFMA_INLINE static Fe Sqr(const Fe& a) { return SettleP(SqrLoose(a)); }
  ASSAY_IFMA_INLINE static Fe Sub(const Fe& a, const Fe& b) { return SettleP(AddTimesP<2>(SubLoose(ToLoose(a), b))); }
  ASSAY_IFMA_INLINE static Fe SqrSub2(const Fe& a, const Fe& b, const Fe& c) {
    return SettleReduceP(AddTimesP<4>(SubLoose(SubLoose(SqrLoose(a), b), c)));
  }
  ASSAY_IFMA_INLINE static Fe SqrSubTwice(const Fe& a, const Fe& b, const Fe& c) {
    return SettleReduceP(AddTimesP<6>(SubLoose(SubLoose(SubLoose(SqrLoose(a), b), c), c)));
  }
  ASSAY_IFMA_INLINE static Fe MulSub(const Fe& a, const Fe& b, const Fe& c) {
    return SettleReduceP(AddTimesP<2>(SubLoose(MulLoose(a, b), c)));
  }
  ASSAY_IFMA_INLINE static Fe MulSubMul(const Fe& a, const Fe& b, const Fe& c, const Fe& d) {
    return SettleReduceP(MulSubMulLoose(a, b, c, d));
  }

  ASSAY_IFMA_INLINE static Fe One() {
    constexpr LimbConstants one = ToLimbs(PowerOfTwoMod(260, kP));
    return {Broadcast(one, 1)};
  }
  ASSAY_IFMA_INLINE static Mask IsZero(const Fe& a) { return IsZeroP(a); }
  ASSAY_IFMA_INLINE static bool Any(Mask mask) { return mask != 0; }
  ASSAY_IFMA_INLINE static bool Bit(Mask mask, int i) { return (mask >> i & 1) != 0; }
  ASSAY_IFMA_INLINE static Fe Select(Mask mask, const Fe& a, const Fe& b) {
    Fe r = b;
    for (int i = 0; i < 5; ++i) r.l[i] = _mm512_mask_blend_epi64(mask, b.l[i], a.l[i]);
    return r;
  }
  template <int kDistance>
  ASSAY_IFMA_INLINE static Fe Swap(const Fe& a) {
    return {SwapLanes<kDistance>(a)};
  }
  static bool Invert(Fe (&chain)[kChains]) { return InvertAll<ModP>(chain); }

  template <class Words>
  ASSAY_IFMA_INLINE static Sn LoadN(const Words& w, int i) {
    V words[4];
    LoadWords(w, i, words);
    Sn r;
    WordsToLimbs<0>(words, r.l);
    SetMagnitude(r, 1);
    return r;
  }
  template <class Words>
  ASSAY_IFMA_INLINE static void StoreN(Words& w, int i, const Sn& a) {
    V words[4];
    LimbsToWords(CanonicalN(a), words);
    for (int k = 0; k < 4; ++k) _mm512_store_si512(w[k] + i, words[k]);
  }
  ASSAY_IFMA_INLINE static Sn OneN() {
    constexpr LimbConstants one = ToLimbs(PowerOfTwoMod(260, kN));
    return {Broadcast(one, 1)};
  }
  ASSAY_IFMA_INLINE static Sn MulN(const Sn& a, const Sn& b) { return MulN8(a, b); }
  static bool InvertN(Sn (&chain)[kChains]) { return InvertAll<ModN>(chain); }

  template <class Words>
  ASSAY_IFMA_INLINE static Mask Recode(const Words& u, int i, const TableEntry* const* tables, int window, Pick* row,
                                       std::size_t stride) {
    V words[4];
    LoadWords(u, i, words);
    return RecodeWords(words, _mm512_load_si512(tables), window, row, stride);
  }

  template <class Words>
  ASSAY_IFMA_INLINE static Mask MatchesX(const XOnly<Lane8>& sum, const Words& r, int i) {
    V words[4];
    LoadWords(r, i, words);
    return MatchesWords(sum.x, sum.zz, words);
  }

  // RecodeWords: RecodePicks, eight at a time.
  static Mask RecodeWords(const V u[4], V tables, int window, Pick* row, std::size_t stride);
  // MatchesWords: the lanes where zz != 0 and r zz = x, or r < p - n and (r + n) zz = x.
  static Mask MatchesWords(const Fe& x, const Fe& zz, const V r[4]);

 private:
  template <class Words>
  ASSAY_IFMA_INLINE static void LoadWords(const Words& w, int i, V words[4]) {
    for (int k = 0; k < 4; ++k) words[k] = _mm512_load_si512(w[k] + i);
  }

  ASSAY_IFMA_INLINE static __m256i LoadHalf(Pick pick) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(pick & ~kPickNegate));
  }

  ASSAY_IFMA_INLINE static Loose Times16(const V a[5], double magnitude) {
    return {{Shl<4>(a[0]), Shl<4>(a[1]), Shl<4>(a[2]), Shl<4>(a[3]), Shl<4>(a[4])}, magnitude};
  }
  ASSAY_IFMA_INLINE static Loose Difference(const V b[5], const V a[5], double magnitude) {
    return {{Sub64(b[0], a[0]), Sub64(b[1], a[1]), Sub64(b[2], a[2]), Sub64(b[3], a[3]), Sub64(b[4], a[4])}, magnitude};
  }
};

}  // namespace assay::p256::ifma

ASSAY_TARGET_END
