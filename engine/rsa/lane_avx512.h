// What the lane types of AVX-512 have in common: eight 64-bit lanes. Included by a lane type, inside its target region;
// the unnamed namespace keeps each copy to its own file.
#pragma once

namespace assay::rsa {
namespace {

#define ASSAY_LANE static inline __attribute__((always_inline))

// Avx512: eight numbers side by side; each operation is described for one lane. All that a lane type has besides is its
// multiplier: see lane_avx512ifma.h.
struct Avx512 {
  using Vec = __m512i;
  static constexpr int kLanes = 8;
  // Mode: in force while lanes work. None is needed: what has to be rounded says so in its instruction.
  struct Mode {};

  ASSAY_LANE Vec Zero() { return _mm512_setzero_si512(); }
  ASSAY_LANE Vec Broadcast(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  ASSAY_LANE Vec Load(const std::uint64_t* x) { return _mm512_load_si512(x); }
  ASSAY_LANE Vec Add(Vec a, Vec b) { return _mm512_add_epi64(a, b); }
  ASSAY_LANE Vec Sub(Vec a, Vec b) { return _mm512_sub_epi64(a, b); }
  ASSAY_LANE Vec And(Vec a, Vec b) { return _mm512_and_si512(a, b); }
  ASSAY_LANE Vec Or(Vec a, Vec b) { return _mm512_or_si512(a, b); }
  ASSAY_LANE Vec Low(Vec a) { return And(a, Broadcast(kLimbMask)); }
  ASSAY_LANE Vec Carry(Vec a) { return _mm512_srli_epi64(a, kLimbBits); }
  ASSAY_LANE Vec SignedCarry(Vec a) { return _mm512_srai_epi64(a, kLimbBits); }
  ASSAY_LANE Vec CarryRoundedUp(Vec a) { return Carry(Add(a, Broadcast(kLimbMask))); }
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
  // ZeroLanes: a bit for each lane that is zero.
  ASSAY_LANE unsigned ZeroLanes(Vec a) { return _mm512_testn_epi64_mask(a, a); }
  // AllBelow: whether every lane is at most `limit`.
  ASSAY_LANE bool AllBelow(Vec a, std::uint64_t limit) { return _mm512_cmple_epu64_mask(a, Broadcast(limit)) == 0xFF; }
};

#undef ASSAY_LANE

// Avx512Tile: columns a tile of the multiplication: 16 or 20 accumulators of the 32 registers, and a divisor of L.
constexpr int Avx512Tile(int limbs) { return limbs % 8 == 0 ? 8 : 10; }

}  // namespace
}  // namespace assay::rsa
