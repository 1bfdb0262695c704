// The lane type of the kernel avx2: see lane_fma.h for how it multiplies. Included as lane_avx512ifma.h.
#pragma once

#include "engine/rsa/lane_fma.h"

namespace assay::rsa {
namespace {

#define ASSAY_LANE static inline __attribute__((always_inline))

// Avx2Doubles: four numbers side by side; each operation as in lane_avx512.h.
struct Avx2Doubles {
  using Vec = __m256i;
  using Double = __m256d;
  static constexpr int kLanes = 4;

  // Mode: MXCSR rounds toward zero, masks every exception and flushes nothing to zero, whatever the host had; then the
  // host's comes back, its flags included. The compiler knows nothing of rounding: what works under a mode must be in
  // functions that are not inlined into the one that sets it.
  class Mode {
   public:
    Mode() : host_(_mm_getcsr()) { _mm_setcsr(0x7F80); }
    ~Mode() { _mm_setcsr(host_); }
    Mode(const Mode&) = delete;
    Mode& operator=(const Mode&) = delete;

   private:
    const unsigned host_;
  };

  ASSAY_LANE Vec Zero() { return _mm256_setzero_si256(); }
  ASSAY_LANE Vec Broadcast(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
  ASSAY_LANE Vec Load(const std::uint64_t* x) { return _mm256_load_si256(reinterpret_cast<const Vec*>(x)); }
  ASSAY_LANE Vec Add(Vec a, Vec b) { return _mm256_add_epi64(a, b); }
  ASSAY_LANE Vec Sub(Vec a, Vec b) { return _mm256_sub_epi64(a, b); }
  ASSAY_LANE Vec And(Vec a, Vec b) { return _mm256_and_si256(a, b); }
  ASSAY_LANE Vec Or(Vec a, Vec b) { return _mm256_or_si256(a, b); }
  ASSAY_LANE Vec Low(Vec a) { return And(a, Broadcast(kLimbMask)); }
  ASSAY_LANE Vec Carry(Vec a) { return _mm256_srli_epi64(a, kLimbBits); }
  // SignedCarry: by an offset that makes `a` positive: there is no arithmetic shift of 64 bits.
  ASSAY_LANE Vec SignedCarry(Vec a) {
    constexpr std::uint64_t kOffset = std::uint64_t{1} << 63;
    return Sub(Carry(Add(a, Broadcast(kOffset))), Broadcast(kOffset >> kLimbBits));
  }
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
  ASSAY_LANE unsigned ZeroLanes(Vec a) { return SignBits(_mm256_cmpeq_epi64(a, Zero())); }
  // AllBelow: for limits below 2^63.
  ASSAY_LANE bool AllBelow(Vec a, std::uint64_t limit) {
    return SignBits(Or(a, _mm256_cmpgt_epi64(a, Broadcast(limit)))) == 0;
  }

  ASSAY_LANE Double SetDouble(double x) { return _mm256_set1_pd(x); }
  ASSAY_LANE Double AsDouble(Vec a) { return _mm256_castsi256_pd(a); }
  ASSAY_LANE Vec AsBits(Double a) { return _mm256_castpd_si256(a); }
  ASSAY_LANE Double SubDoubles(Double a, Double b) { return _mm256_sub_pd(a, b); }
  ASSAY_LANE Double FmaDown(Double a, Double b, Double c) { return _mm256_fmadd_pd(a, b, c); }
  ASSAY_LANE Double Fma(Double a, Double b, Double c) { return _mm256_fmadd_pd(a, b, c); }

 private:
  ASSAY_LANE unsigned SignBits(Vec a) { return static_cast<unsigned>(_mm256_movemask_pd(AsDouble(a))); }
};

#undef ASSAY_LANE

using Fma4 = FmaLane<Avx2Doubles>;

// Avx2Tile: columns a tile: 4 accumulators of the 16 registers, since a product needs as many besides.
constexpr int Avx2Tile(int) { return 2; }

}  // namespace
}  // namespace assay::rsa
