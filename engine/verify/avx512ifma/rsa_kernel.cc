// RSA in the eight 64-bit lanes of AVX-512, limbs multiplied by vpmadd52luq and vpmadd52huq.
#include "engine/verify/rsa/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>
#include <cstring>
#include <utility>

#include "engine/base/check.h"
#include "engine/verify/rsa/encoding.h"
#include "engine/verify/rsa/prepared_rsa.h"

#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma")
// GCC 12's own AVX-512 headers pass an undefined register to every unmasked intrinsic.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

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

}  // namespace
}  // namespace assay::rsa

#include "engine/verify/rsa/lane_block.h"

namespace assay::rsa {
namespace {

void VerifyBlock(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid,
                 RsaScratch& scratch) {
  bool trusted = false;
  switch (jobs[order[0]].key->bits()) {
    case 2048:
      trusted = VerifyLanes<Ifma, LaneLimbs(2048), 8>(jobs, order, count, valid, scratch);
      break;
    case 3072:
      trusted = VerifyLanes<Ifma, LaneLimbs(3072), 10>(jobs, order, count, valid, scratch);
      break;
    default:
      trusted = VerifyLanes<Ifma, LaneLimbs(4096), 8>(jobs, order, count, valid, scratch);
      break;
  }
  if (trusted) return;
  ++scratch.distrusted_blocks;
  for (unsigned i = 0; i < count; ++i) {
    kPortable64.verify_block(jobs, &order[i], 1, valid, scratch);
  }
}

}  // namespace

const RsaKernel kAvx512Ifma = {"avx512ifma", 8, cpu::kAvx512Ifma, &VerifyBlock, {2, 2, 2}};

}  // namespace assay::rsa

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
