#include "engine/p256/avx512ifma.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)

// Whatever other translation units may use too comes first, outside the region.
#include "engine/simd/target_region.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/p256/equation.h"
#include "engine/p256/es256.h"
#include "engine/p256/portable64.h"

// Templates, instantiated here alone, with Lane8.
ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)
#include "engine/p256/es256_batch.h"
ASSAY_TARGET_END

#include "engine/p256/avx512ifma_table.h"
#include "engine/p256/lane_avx512ifma.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

namespace assay::p256 {
namespace ifma {

namespace {
// The settled limbs of k p for k = 0..16.
struct MultiplesOfP {
  LimbConstants times[17];
};
constexpr MultiplesOfP kMultiples = [] {
  MultiplesOfP r{};
  constexpr LimbConstants p = ToLimbs(kP);
  for (int k = 1; k <= 16; ++k) {
    std::uint64_t carry = 0;
    for (int i = 0; i < 5; ++i) {
      const std::uint64_t limb = r.times[k - 1].l[i] + p.l[i] + carry;
      carry = limb >> 52;
      r.times[k].l[i] = limb & kMask52;
    }
  }
  return r;
}();
}  // namespace

Mask8 IsMultipleOfP(const Fe8& a, Mask8 candidates) {
  Mask8 zero = 0;
  for (const LimbConstants& multiple : kMultiples.times) {
    Mask8 equal = candidates;
    for (int i = 0; i < 5; ++i) {
      equal = _mm512_mask_cmpeq_epi64_mask(equal, a.l[i], Set1(multiple.l[i]));
    }
    zero = static_cast<Mask8>(zero | equal);
  }
  return zero;
}

Mask8 Lane8::RecodeWords(const V u[4], V tables, int window, Pick* row, std::size_t stride) {
  const V one = Set1(1);
  const V any = _mm512_or_si512(_mm512_or_si512(u[0], u[1]), _mm512_or_si512(u[2], u[3]));
  const Mask8 even = _mm512_testn_epi64_mask(u[0], one);
  // n - u where u is even.
  V odd[4];
  Mask8 borrow = 0;
  for (int i = 0; i < 4; ++i) {
    const V n = Set1(kN.w[i]);
    const V difference = Sub64(n, u[i]);
    const V less = _mm512_mask_sub_epi64(difference, borrow, difference, one);
    borrow = static_cast<Mask8>(_mm512_cmplt_epu64_mask(n, u[i]) | (borrow & _mm512_cmpeq_epu64_mask(n, u[i])));
    odd[i] = _mm512_mask_blend_epi64(even, u[i], less);
  }
  V v[6];
  for (int i = 0; i < 3; ++i) v[i] = _mm512_or_si512(Shr<1>(odd[i]), Shl<63>(odd[i + 1]));
  v[3] = Shr<1>(odd[3]);
  v[4] = _mm512_setzero_si512();
  v[5] = _mm512_setzero_si512();
  const int windows = Windows(window);
  const int top = window * windows - 1;
  v[top / 64] = _mm512_or_si512(v[top / 64], Set1(std::uint64_t{1} << (top % 64)));

  const std::uint64_t half = WindowEntries(window);
  const V sign_bit = Set1(half);
  const V index_mask = Set1(half - 1);
  V base = tables;
  for (int i = 0; i < windows; ++i) {
    const int word = window * i / 64;
    const int shift = window * i % 64;
    // Counts of 64 give 0.
    const V digit = _mm512_or_si512(_mm512_srl_epi64(v[word], _mm_cvtsi32_si128(shift)),
                                    _mm512_sll_epi64(v[word + 1], _mm_cvtsi32_si128(64 - shift)));
    const Mask8 negative = _mm512_testn_epi64_mask(digit, sign_bit);
    const V index = And(_mm512_mask_xor_epi64(digit, negative, digit, Set1(~std::uint64_t{0})), index_mask);
    const V entry = Add64(base, Shl<6>(index));
    const Mask8 negate = static_cast<Mask8>(negative ^ even);
    _mm512_store_si512(row, _mm512_mask_or_epi64(entry, negate, entry, Set1(kPickNegate)));
    row += stride;
    base = Add64(base, Set1(half * sizeof(TableEntry)));
  }
  return _mm512_testn_epi64_mask(any, any);
}

Mask8 Lane8::MatchesWords(const Fe& x, const Fe& zz, const V r[4]) {
  constexpr LimbConstants to_montgomery = ToLimbs(PowerOfTwoMod(520, kP));
  const Fe factor{Broadcast(to_montgomery, 1)};
  Fe value;
  WordsToLimbs<0>(r, value.l);
  SetMagnitude(value, 1);
  Mask8 matches = IsZero(Sub(Mul(Mul(value, factor), zz), x));
  // r < p - n < 2^128 allows r + n as well.
  const V high = _mm512_or_si512(r[2], r[3]);
  const Mask8 small = _mm512_testn_epi64_mask(high, high);
  if (small != 0) [[unlikely]] {
    alignas(64) std::uint64_t words[4][8];
    Mask8 allowed = 0;
    for (int k = 0; k < 4; ++k) _mm512_store_si512(words[k], r[k]);
    for (int i = 0; i < 8; ++i) {
      const U256 lane{{words[0][i], words[1][i], words[2][i], words[3][i]}};
      if (!Less(lane, kPMinusN)) continue;
      U256 second;
      p256::Add(second, lane, kN);
      for (int k = 0; k < 4; ++k) words[k][i] = second.w[k];
      allowed = static_cast<Mask8>(allowed | 1u << i);
    }
    V second[4];
    for (int k = 0; k < 4; ++k) second[k] = _mm512_load_si512(words[k]);
    WordsToLimbs<0>(second, value.l);
    const Mask8 other = IsZero(Sub(Mul(Mul(value, factor), zz), x));
    matches = static_cast<Mask8>(matches | (other & allowed));
  }
  return static_cast<Mask8>(matches & ~IsZero(zz));
}

}  // namespace ifma

bool AddPowersIfma(TableEntry* const* windows, const TableEntry* powers, std::size_t count, std::size_t half) {
  ifma::WideAdditions additions;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < half; j += 8) {
      if (!additions.Add(windows[i] + j, powers + i, windows[i] + half + j)) return false;
    }
  }
  return additions.Flush();
}

using IfmaBatch = Es256Batch<ifma::Lane8>;
const Es256Kernel kEs256Ifma = {.name = "avx512ifma",
                                .variant = "",
                                .lanes = 8,
                                .required = simd::kAvx512 | simd::kAvx512Ifma | simd::kBmi2 | simd::kAdx,
                                .scratch_bytes = sizeof(IfmaBatch),
                                .verify_batch = &IfmaBatch::Verify,
                                .verify_one = &IfmaBatch::VerifyOne};

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_KERNELS
