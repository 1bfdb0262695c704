// What the lane types of AVX-512 have in common: eight 64-bit lanes. Included by a lane type, inside its target region;
// the unnamed namespace keeps each copy to its own file.
#pragma once

#include "engine/simd/limb52.h"
#include "engine/simd/target_region.h"
#include "engine/simd/toward_zero.h"

namespace assay::simd {
namespace {

// Avx512: eight numbers side by side; each operation is described for one lane. All that a lane type has besides is its
// multiplier: see lane_avx512ifma.h.
struct Avx512 {
  using Vec = __m512i;
  static constexpr int kLanes = 8;
  using Mode = AsTheHostHas;  // in force while lanes work

  // Choice: what a comparison gives: for each lane, whether.
  using Choice = __mmask8;

  ASSAY_LANE Vec Zero() { return _mm512_setzero_si512(); }
  ASSAY_LANE Vec Broadcast(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  ASSAY_LANE Vec Load(const std::uint64_t* x) { return _mm512_load_si512(x); }
  ASSAY_LANE void Store(std::uint64_t* x, Vec a) { _mm512_store_si512(x, a); }
  ASSAY_LANE std::uint64_t FirstLane(Vec a) {
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm512_castsi512_si128(a)));
  }
  ASSAY_LANE Vec Add(Vec a, Vec b) { return _mm512_add_epi64(a, b); }
  ASSAY_LANE Vec Sub(Vec a, Vec b) { return _mm512_sub_epi64(a, b); }
  ASSAY_LANE Vec And(Vec a, Vec b) { return _mm512_and_si512(a, b); }
  ASSAY_LANE Vec Or(Vec a, Vec b) { return _mm512_or_si512(a, b); }
  ASSAY_LANE Vec Low(Vec a) { return And(a, Broadcast(kLimbMask)); }
  ASSAY_LANE Vec Carry(Vec a) { return _mm512_srli_epi64(a, kLimbBits); }
  ASSAY_LANE Vec SignedCarry(Vec a) { return _mm512_srai_epi64(a, kLimbBits); }
  ASSAY_LANE Vec CarryRoundedUp(Vec a) { return Carry(Add(a, Broadcast(kLimbMask))); }
  template <int kBits>
  ASSAY_LANE Vec Shl(Vec a) {
    return _mm512_slli_epi64(a, kBits);
  }
  template <int kBits>
  ASSAY_LANE Vec Shr(Vec a) {
    return _mm512_srli_epi64(a, kBits);
  }
  // Sar: of signed numbers. kCheapSar: whether it is one instruction.
  template <int kBits>
  ASSAY_LANE Vec Sar(Vec a) {
    return _mm512_srai_epi64(a, kBits);
  }
  static constexpr bool kCheapSar = true;
  // SpreadBit: all ones where bit `bit` of a is set, else zero.
  ASSAY_LANE Vec SpreadBit(Vec a, unsigned bit) { return _mm512_srai_epi64(_mm512_slli_epi64(a, 63 - bit), 63); }
  ASSAY_LANE Vec ShiftRight(Vec a, unsigned bits) {
    return _mm512_srl_epi64(a, _mm_cvtsi32_si128(static_cast<int>(bits)));
  }
  ASSAY_LANE Vec ShiftLeft(Vec a, unsigned bits) {
    return _mm512_sll_epi64(a, _mm_cvtsi32_si128(static_cast<int>(bits)));
  }
  // Transpose: out[k] = word first + k of rows[0], .., rows[7], for k < 8.
  ASSAY_LANE void Transpose(const std::uint64_t* const* rows, int first, Vec* out) {
    Vec row[8];
    for (int lane = 0; lane < 8; ++lane) row[lane] = _mm512_loadu_si512(rows[lane] + first);
    Transpose(row, out);
  }
  // Words8: out[k] = word k of rows[0], .., rows[7], for k < 8. Words4: likewise for k < 4: lanes i and i + 4 share a
  // register from the start.
  ASSAY_LANE void Words8(const std::uint64_t* const* rows, Vec* out) { Transpose(rows, 0, out); }
  ASSAY_LANE void Words4(const std::uint64_t* const* rows, Vec* out) {
    Vec row[4];
    for (int i = 0; i < 4; ++i) {
      row[i] = _mm512_inserti64x4(_mm512_castsi256_si512(LoadHalf(rows[i])), LoadHalf(rows[i + 4]), 1);
    }
    // 128-bit parts: words h and 2 + h of two lanes, then of those four above.
    const Vec first = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const Vec second = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    const Vec low01 = _mm512_unpacklo_epi64(row[0], row[1]);
    const Vec low23 = _mm512_unpacklo_epi64(row[2], row[3]);
    const Vec high01 = _mm512_unpackhi_epi64(row[0], row[1]);
    const Vec high23 = _mm512_unpackhi_epi64(row[2], row[3]);
    out[0] = _mm512_permutex2var_epi64(low01, first, low23);
    out[1] = _mm512_permutex2var_epi64(high01, first, high23);
    out[2] = _mm512_permutex2var_epi64(low01, second, low23);
    out[3] = _mm512_permutex2var_epi64(high01, second, high23);
  }
  // StoreWords8: the inverse of Words8, with the rows one after the other in `out`.
  ASSAY_LANE void StoreWords8(const Vec (&words)[8], std::uint64_t* out) {
    Vec row[8];
    Transpose(words, row);
    for (int i = 0; i < 8; ++i) Store(out + 8 * i, row[i]);
  }
  // TransposeBigEndian: out[k] = the big-endian word that ends 8 k bytes before rows[lane] + first + 64, for k < 8.
  ASSAY_LANE void TransposeBigEndian(const std::uint8_t* const* rows, int first, Vec* out) {
    // Within each 128-bit quarter the bytes are reversed; the quarters are taken from the end.
    const Vec swap = _mm512_set_epi64(0x0001020304050607, 0x08090a0b0c0d0e0f, 0x0001020304050607, 0x08090a0b0c0d0e0f,
                                      0x0001020304050607, 0x08090a0b0c0d0e0f, 0x0001020304050607, 0x08090a0b0c0d0e0f);
    Vec row[8];
    for (int lane = 0; lane < 8; ++lane) {
      const Vec bytes = _mm512_shuffle_epi8(_mm512_loadu_si512(rows[lane] + first), swap);
      row[lane] = _mm512_shuffle_i64x2(bytes, bytes, 0x1B);
    }
    Transpose(row, out);
  }
  ASSAY_LANE void Transpose(const Vec (&row)[8], Vec* out) {
    Vec pair[8];  // pair[2 i + p]: words of parity p of rows 2 i and 2 i + 1, alternating
    for (int i = 0; i < 4; ++i) {
      pair[2 * i] = _mm512_unpacklo_epi64(row[2 * i], row[2 * i + 1]);
      pair[2 * i + 1] = _mm512_unpackhi_epi64(row[2 * i], row[2 * i + 1]);
    }
    for (int p = 0; p < 2; ++p) {
      // Quarters 0 and 2 (1 and 3) of the four pairs: words p and p + 4 (p + 2 and p + 6).
      const Vec even_low = _mm512_shuffle_i64x2(pair[p], pair[2 + p], 0x88);
      const Vec odd_low = _mm512_shuffle_i64x2(pair[p], pair[2 + p], 0xDD);
      const Vec even_high = _mm512_shuffle_i64x2(pair[4 + p], pair[6 + p], 0x88);
      const Vec odd_high = _mm512_shuffle_i64x2(pair[4 + p], pair[6 + p], 0xDD);
      out[p] = _mm512_shuffle_i64x2(even_low, even_high, 0x88);
      out[p + 4] = _mm512_shuffle_i64x2(even_low, even_high, 0xDD);
      out[p + 2] = _mm512_shuffle_i64x2(odd_low, odd_high, 0x88);
      out[p + 6] = _mm512_shuffle_i64x2(odd_low, odd_high, 0xDD);
    }
  }
  // SwapLanes: lane i gets lane i ^ kDistance (1, 2 or 4).
  template <int kDistance>
  ASSAY_LANE Vec SwapLanes(Vec a) {
    if constexpr (kDistance == 1) return _mm512_permutex_epi64(a, 0xB1);
    if constexpr (kDistance == 2) return _mm512_permutex_epi64(a, 0x4E);
    return _mm512_shuffle_i64x2(a, a, 0x4E);
  }

  // Bits, FromBits: a choice as a bit a lane, and back.
  ASSAY_LANE std::uint8_t Bits(Choice choice) { return choice; }
  ASSAY_LANE Choice FromBits(unsigned bits) { return static_cast<Choice>(bits); }
  ASSAY_LANE Choice Both(Choice a, Choice b) { return static_cast<Choice>(a & b); }
  ASSAY_LANE Choice Either(Choice a, Choice b) { return static_cast<Choice>(a | b); }
  ASSAY_LANE Choice Differ(Choice a, Choice b) { return static_cast<Choice>(a ^ b); }
  ASSAY_LANE Choice Equal(Vec a, Vec b) { return _mm512_cmpeq_epu64_mask(a, b); }
  ASSAY_LANE Choice Below(Vec a, Vec b) { return _mm512_cmplt_epu64_mask(a, b); }
  // Meet: whether a & b is not 0. Negative: by the sign bit.
  ASSAY_LANE Choice Meet(Vec a, Vec b) { return _mm512_test_epi64_mask(a, b); }
  ASSAY_LANE Choice Negative(Vec a) { return _mm512_movepi64_mask(a); }
  ASSAY_LANE Vec Select(Choice choice, Vec chosen, Vec other) { return _mm512_mask_blend_epi64(choice, other, chosen); }
  ASSAY_LANE Vec NegateWhere(Choice choice, Vec a) { return _mm512_mask_sub_epi64(a, choice, Zero(), a); }

  // ZeroLanes: a bit for each lane that is zero.
  ASSAY_LANE unsigned ZeroLanes(Vec a) { return _mm512_testn_epi64_mask(a, a); }
  // AllBelow: whether every lane is at most `limit`.
  ASSAY_LANE bool AllBelow(Vec a, std::uint64_t limit) { return _mm512_cmple_epu64_mask(a, Broadcast(limit)) == 0xFF; }

 private:
  ASSAY_LANE __m256i LoadHalf(const std::uint64_t* x) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(x)); }
};

}  // namespace
}  // namespace assay::simd
