// The lane type of the RSA kernel: eight 64-bit lanes, limbs multiplied by vpmadd52luq and
// vpmadd52huq. Included by the kernel and its test inside a target region, after every shared
// header, and before the templates that it instantiates; its unnamed namespace keeps each copy to
// its own file.
#pragma once

namespace assay::rsa {
namespace {

#define ASSAY_LANE static inline __attribute__((always_inline))

// Eight numbers side by side; the meaning of each operation is one lane's.
struct Ifma {
  using Vec = __m512i;
  static constexpr int kLanes = 8;

  ASSAY_LANE Vec Zero() { return _mm512_setzero_si512(); }
  ASSAY_LANE Vec Broadcast(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  ASSAY_LANE Vec Load(const std::uint64_t* x) { return _mm512_load_si512(x); }
  ASSAY_LANE Vec Add(Vec a, Vec b) { return _mm512_add_epi64(a, b); }
  ASSAY_LANE Vec Sub(Vec a, Vec b) { return _mm512_sub_epi64(a, b); }
  ASSAY_LANE Vec And(Vec a, Vec b) { return _mm512_and_si512(a, b); }
  ASSAY_LANE Vec Or(Vec a, Vec b) { return _mm512_or_si512(a, b); }
  // sum + the low (high) 52 bits of the product of the low 52 bits of a and b.
  ASSAY_LANE Vec MultiplyLow(Vec sum, Vec a, Vec b) { return _mm512_madd52lo_epu64(sum, a, b); }
  ASSAY_LANE Vec MultiplyHigh(Vec sum, Vec a, Vec b) { return _mm512_madd52hi_epu64(sum, a, b); }
  ASSAY_LANE Vec Low(Vec a) { return And(a, Broadcast(kLimbMask)); }
  ASSAY_LANE Vec Carry(Vec a) { return _mm512_srli_epi64(a, kLimbBits); }
  ASSAY_LANE Vec SignedCarry(Vec a) { return _mm512_srai_epi64(a, kLimbBits); }
  ASSAY_LANE Vec CarryRoundedUp(Vec a) { return Carry(Add(a, Broadcast(kLimbMask))); }
  // All ones where bit `bit` of a is set, else zero.
  ASSAY_LANE Vec SpreadBit(Vec a, unsigned bit) {
    return _mm512_srai_epi64(_mm512_slli_epi64(a, 63 - bit), 63);
  }
  // A bit for each lane that is zero.
  ASSAY_LANE unsigned ZeroLanes(Vec a) { return _mm512_testn_epi64_mask(a, a); }
  // Every lane is at most `limit`.
  ASSAY_LANE bool AllBelow(Vec a, std::uint64_t limit) {
    return _mm512_cmple_epu64_mask(a, Broadcast(limit)) == 0xFF;
  }
};

#undef ASSAY_LANE

// Columns a tile of the multiplication: 16 or 20 accumulators of the 32 registers, and a divisor of
// L.
constexpr int IfmaTile(int limbs) { return limbs % 8 == 0 ? 8 : 10; }

}  // namespace
}  // namespace assay::rsa
