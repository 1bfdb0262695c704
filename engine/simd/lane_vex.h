// What the lane types of AVX2 have in common: four 64-bit lanes. Included as lane_avx512.h.
#pragma once

#include "engine/simd/limb52.h"
#include "engine/simd/target_region.h"
#include "engine/simd/toward_zero.h"

namespace assay::simd {
namespace {

// Avx2: four numbers side by side; each operation as in lane_avx512.h.
struct Avx2 {
  using Vec = __m256i;
  static constexpr int kLanes = 4;
  using Choice = __m256i;  // all ones or zero

  ASSAY_LANE Vec Zero() { return _mm256_setzero_si256(); }
  ASSAY_LANE Vec Broadcast(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
  ASSAY_LANE Vec Load(const std::uint64_t* x) { return _mm256_load_si256(reinterpret_cast<const Vec*>(x)); }
  ASSAY_LANE void Store(std::uint64_t* x, Vec a) { _mm256_store_si256(reinterpret_cast<Vec*>(x), a); }
  ASSAY_LANE std::uint64_t FirstLane(Vec a) {
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(a)));
  }
  ASSAY_LANE Vec Add(Vec a, Vec b) { return _mm256_add_epi64(a, b); }
  ASSAY_LANE Vec Sub(Vec a, Vec b) { return _mm256_sub_epi64(a, b); }
  ASSAY_LANE Vec And(Vec a, Vec b) { return _mm256_and_si256(a, b); }
  ASSAY_LANE Vec Or(Vec a, Vec b) { return _mm256_or_si256(a, b); }
  ASSAY_LANE Vec Low(Vec a) { return And(a, Broadcast(kLimbMask)); }
  ASSAY_LANE Vec Carry(Vec a) { return _mm256_srli_epi64(a, kLimbBits); }
  template <int kBits>
  ASSAY_LANE Vec Shl(Vec a) {
    return _mm256_slli_epi64(a, kBits);
  }
  template <int kBits>
  ASSAY_LANE Vec Shr(Vec a) {
    return _mm256_srli_epi64(a, kBits);
  }
  // Sar: by an offset that makes `a` positive: there is no arithmetic shift of 64 bits.
  template <int kBits>
  ASSAY_LANE Vec Sar(Vec a) {
    constexpr std::uint64_t kOffset = std::uint64_t{1} << 63;
    return Sub(Shr<kBits>(Add(a, Broadcast(kOffset))), Broadcast(kOffset >> kBits));
  }
  static constexpr bool kCheapSar = false;
  ASSAY_LANE Vec SignedCarry(Vec a) { return Sar<static_cast<int>(kLimbBits)>(a); }
  ASSAY_LANE Vec CarryRoundedUp(Vec a) { return Carry(Add(a, Broadcast(kLimbMask))); }
  ASSAY_LANE Vec SpreadBit(Vec a, unsigned bit) { return Sub(Zero(), And(ShiftRight(a, bit), Broadcast(1))); }
  ASSAY_LANE Vec ShiftRight(Vec a, unsigned bits) {
    return _mm256_srl_epi64(a, _mm_cvtsi32_si128(static_cast<int>(bits)));
  }
  ASSAY_LANE Vec ShiftLeft(Vec a, unsigned bits) {
    return _mm256_sll_epi64(a, _mm_cvtsi32_si128(static_cast<int>(bits)));
  }
  // Transpose: out[k] = word first + k of rows[0], .., rows[3], for k < 4.
  ASSAY_LANE void Transpose(const std::uint64_t* const* rows, int first, Vec* out) {
    Vec row[4];
    for (int lane = 0; lane < 4; ++lane) {
      row[lane] = _mm256_loadu_si256(reinterpret_cast<const Vec*>(rows[lane] + first));
    }
    Transpose(row, out);
  }
  ASSAY_LANE void Words4(const std::uint64_t* const* rows, Vec* out) { Transpose(rows, 0, out); }
  ASSAY_LANE void Words8(const std::uint64_t* const* rows, Vec* out) {
    Transpose(rows, 0, out);
    Transpose(rows, 4, out + 4);
  }
  ASSAY_LANE void StoreWords8(const Vec (&words)[8], std::uint64_t* out) {
    for (int half = 0; half < 2; ++half) {
      const Vec part[4] = {words[4 * half], words[4 * half + 1], words[4 * half + 2], words[4 * half + 3]};
      Vec row[4];
      Transpose(part, row);
      for (int i = 0; i < 4; ++i) Store(out + 8 * i + 4 * half, row[i]);
    }
  }
  // TransposeBigEndian: out[k] = the big-endian word that ends 8 k bytes before rows[lane] + first + 32, for k < 4.
  ASSAY_LANE void TransposeBigEndian(const std::uint8_t* const* rows, int first, Vec* out) {
    // Within each half the bytes are reversed; the halves are swapped.
    const Vec swap = _mm256_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9,
                                      8, 7, 6, 5, 4, 3, 2, 1, 0);
    Vec row[4];
    for (int lane = 0; lane < 4; ++lane) {
      const Vec bytes = _mm256_loadu_si256(reinterpret_cast<const Vec*>(rows[lane] + first));
      row[lane] = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(bytes, swap), 0x4E);
    }
    Transpose(row, out);
  }
  ASSAY_LANE void Transpose(const Vec (&row)[4], Vec* out) {
    for (int i = 0; i < 2; ++i) {
      const Vec first = i == 0 ? _mm256_unpacklo_epi64(row[0], row[1]) : _mm256_unpackhi_epi64(row[0], row[1]);
      const Vec second = i == 0 ? _mm256_unpacklo_epi64(row[2], row[3]) : _mm256_unpackhi_epi64(row[2], row[3]);
      out[i] = _mm256_permute2x128_si256(first, second, 0x20);
      out[i + 2] = _mm256_permute2x128_si256(first, second, 0x31);
    }
  }
  template <int kDistance>
  ASSAY_LANE Vec SwapLanes(Vec a) {
    static_assert(kDistance == 1 || kDistance == 2);
    return _mm256_permute4x64_epi64(a, kDistance == 1 ? 0xB1 : 0x4E);
  }

  ASSAY_LANE std::uint8_t Bits(Choice choice) { return static_cast<std::uint8_t>(SignBits(choice)); }
  ASSAY_LANE Choice FromBits(unsigned bits) {
    const Vec lanes = _mm256_setr_epi64x(1, 2, 4, 8);
    return Equal(And(Broadcast(bits), lanes), lanes);
  }
  ASSAY_LANE Choice Both(Choice a, Choice b) { return And(a, b); }
  ASSAY_LANE Choice Either(Choice a, Choice b) { return Or(a, b); }
  ASSAY_LANE Choice Differ(Choice a, Choice b) { return Xor(a, b); }
  ASSAY_LANE Choice Equal(Vec a, Vec b) { return _mm256_cmpeq_epi64(a, b); }
  // Below: of unsigned numbers, where there is a comparison of signed ones alone.
  ASSAY_LANE Choice Below(Vec a, Vec b) {
    const Vec sign = Broadcast(std::uint64_t{1} << 63);
    return _mm256_cmpgt_epi64(Xor(b, sign), Xor(a, sign));
  }
  ASSAY_LANE Choice Meet(Vec a, Vec b) { return Not(Equal(And(a, b), Zero())); }
  ASSAY_LANE Choice Negative(Vec a) { return _mm256_cmpgt_epi64(Zero(), a); }
  ASSAY_LANE Vec Select(Choice choice, Vec chosen, Vec other) { return _mm256_blendv_epi8(other, chosen, choice); }
  ASSAY_LANE Vec NegateWhere(Choice choice, Vec a) { return Sub(Xor(a, choice), choice); }

  ASSAY_LANE unsigned ZeroLanes(Vec a) { return SignBits(_mm256_cmpeq_epi64(a, Zero())); }
  // AllBelow: for limits below 2^63.
  ASSAY_LANE bool AllBelow(Vec a, std::uint64_t limit) {
    return SignBits(Or(a, _mm256_cmpgt_epi64(a, Broadcast(limit)))) == 0;
  }

 private:
  ASSAY_LANE Vec Xor(Vec a, Vec b) { return _mm256_xor_si256(a, b); }
  ASSAY_LANE Vec Not(Vec a) { return Xor(a, Broadcast(~std::uint64_t{0})); }
  ASSAY_LANE unsigned SignBits(Vec a) { return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(a))); }
};

}  // namespace
}  // namespace assay::simd
