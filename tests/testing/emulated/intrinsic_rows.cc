#include "tests/testing/emulated/intrinsic_rows.h"

#include <cstring>
#include <iterator>

#include "engine/simd/target.h"

// Compiled twice: as it is, and with ASSAY_EMULATED.
#if defined(ASSAY_EMULATED)
#define ASSAY_ROWS EmulatedIntrinsicRows
#define ASSAY_MADD52LO_256 _mm256_madd52lo_avx_epu64
#define ASSAY_MADD52HI_256 _mm256_madd52hi_avx_epu64
#else
#define ASSAY_ROWS NativeIntrinsicRows
// By the encoding of AVX-512: the same operation, on CPUs that are at hand.
#define ASSAY_MADD52LO_256 _mm256_madd52lo_epu64
#define ASSAY_MADD52HI_256 _mm256_madd52hi_epu64
#endif

#if defined(ASSAY_X86_KERNELS)
#include <immintrin.h>

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own AVX-512 headers pass an undefined register to every unmasked intrinsic.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define ASSAY_TARGET \
  ASSAY_FOR_CPUS_WITH("avx2,avx512f,avx512bw,avx512vl,avx512dq,avx512ifma,avx512vbmi,sha,sse4.1,ssse3")

namespace assay::testing {
namespace {

// a, b, c of 512 bits, p and q of 256, x, y and z of 128, and masks of every size, to an expression's value.
#define ASSAY_ROW(name, ...)                                           \
  {#name, [](const std::uint8_t* in, std::uint8_t* out) ASSAY_TARGET { \
     [[maybe_unused]] __m512i a, b, c;                                 \
     [[maybe_unused]] __m256i p, q;                                    \
     [[maybe_unused]] __m128i x, y, z;                                 \
     [[maybe_unused]] std::uint64_t k64;                               \
     std::memcpy(&a, in, 64), std::memcpy(&b, in + 64, 64);            \
     std::memcpy(&c, in + 128, 64), std::memcpy(&p, in, 32);           \
     std::memcpy(&q, in + 64, 32), std::memcpy(&x, in, 16);            \
     std::memcpy(&y, in + 64, 16), std::memcpy(&z, in + 128, 16);      \
     std::memcpy(&k64, in + 192, 8);                                   \
     [[maybe_unused]] const auto k = static_cast<__mmask8>(k64);       \
     [[maybe_unused]] const auto k2 = static_cast<__mmask8>(k64 >> 8); \
     [[maybe_unused]] const auto k16 = static_cast<__mmask16>(k64);    \
     const auto value = __VA_ARGS__;                                   \
     std::memcpy(out + 64, &value, sizeof(value));                     \
   }}

const IntrinsicRow kRows[] = {
    ASSAY_ROW(_mm512_add_epi64, _mm512_add_epi64(a, b)),
    ASSAY_ROW(_mm512_sub_epi64, _mm512_sub_epi64(a, b)),
    ASSAY_ROW(_mm512_and_si512, _mm512_and_si512(a, b)),
    ASSAY_ROW(_mm512_or_si512, _mm512_or_si512(a, b)),
    ASSAY_ROW(_mm512_add_epi32, _mm512_add_epi32(a, b)),
    ASSAY_ROW(_mm512_maddubs_epi16, _mm512_maddubs_epi16(a, b)),
    ASSAY_ROW(_mm512_madd_epi16, _mm512_madd_epi16(a, b)),
    ASSAY_ROW(_mm512_shuffle_epi8, _mm512_shuffle_epi8(a, b)),
    ASSAY_ROW(_mm512_unpacklo_epi64, _mm512_unpacklo_epi64(a, b)),
    ASSAY_ROW(_mm512_unpacklo_epi32, _mm512_unpacklo_epi32(a, b)),
    ASSAY_ROW(_mm512_unpackhi_epi64, _mm512_unpackhi_epi64(a, b)),
    ASSAY_ROW(_mm512_unpackhi_epi32, _mm512_unpackhi_epi32(a, b)),
    ASSAY_ROW(_mm512_cmpeq_epu64_mask, _mm512_cmpeq_epu64_mask(a, b)),
    ASSAY_ROW(_mm512_cmple_epu64_mask, _mm512_cmple_epu64_mask(a, b)),
    ASSAY_ROW(_mm512_cmplt_epu64_mask, _mm512_cmplt_epu64_mask(a, b)),
    ASSAY_ROW(_mm512_test_epi64_mask, _mm512_test_epi64_mask(a, b)),
    ASSAY_ROW(_mm512_testn_epi64_mask, _mm512_testn_epi64_mask(a, b)),
    ASSAY_ROW(cmpeq_of_equals, _mm512_cmpeq_epu64_mask(_mm512_mask_blend_epi64(k, a, b),
                                                       _mm512_and_si512(a, _mm512_mask_blend_epi64(k, a, b)))),
    ASSAY_ROW(cmple_of_equals, _mm512_cmple_epu64_mask(_mm512_mask_blend_epi64(k, a, b),
                                                       _mm512_and_si512(a, _mm512_mask_blend_epi64(k, a, b)))),
    ASSAY_ROW(cmplt_of_equals, _mm512_cmplt_epu64_mask(_mm512_mask_blend_epi64(k, a, b),
                                                       _mm512_and_si512(a, _mm512_mask_blend_epi64(k, a, b)))),
    ASSAY_ROW(testn_of_equals, _mm512_testn_epi64_mask(_mm512_mask_blend_epi64(k, a, b),
                                                       _mm512_and_si512(a, _mm512_mask_blend_epi64(k, a, b)))),
    ASSAY_ROW(_mm_add_epi32, _mm_add_epi32(x, y)),
    ASSAY_ROW(_mm_shuffle_epi8, _mm_shuffle_epi8(x, y)),
    ASSAY_ROW(_mm256_and_si256, _mm256_and_si256(p, q)),
    ASSAY_ROW(_mm256_add_epi8, _mm256_add_epi8(p, q)),
    ASSAY_ROW(_mm256_cmpeq_epi8, _mm256_cmpeq_epi8(p, q)),
    ASSAY_ROW(_mm256_maddubs_epi16, _mm256_maddubs_epi16(p, q)),
    ASSAY_ROW(_mm256_madd_epi16, _mm256_madd_epi16(p, q)),
    ASSAY_ROW(_mm256_shuffle_epi8, _mm256_shuffle_epi8(p, q)),
    ASSAY_ROW(slli_epi64_0, _mm512_slli_epi64(a, 0)),
    ASSAY_ROW(slli_epi64_7, _mm512_slli_epi64(a, 7)),
    ASSAY_ROW(slli_epi64_52, _mm512_slli_epi64(a, 52)),
    ASSAY_ROW(slli_epi64_63, _mm512_slli_epi64(a, 63)),
    ASSAY_ROW(slli_epi64_64, _mm512_slli_epi64(a, 64)),
    ASSAY_ROW(srli_epi64_0, _mm512_srli_epi64(a, 0)),
    ASSAY_ROW(srli_epi64_7, _mm512_srli_epi64(a, 7)),
    ASSAY_ROW(srli_epi64_52, _mm512_srli_epi64(a, 52)),
    ASSAY_ROW(srli_epi64_64, _mm512_srli_epi64(a, 64)),
    ASSAY_ROW(srai_epi64_0, _mm512_srai_epi64(a, 0)),
    ASSAY_ROW(srai_epi64_12, _mm512_srai_epi64(a, 12)),
    ASSAY_ROW(srai_epi64_52, _mm512_srai_epi64(a, 52)),
    ASSAY_ROW(srai_epi64_63, _mm512_srai_epi64(a, 63)),
    ASSAY_ROW(srai_epi64_70, _mm512_srai_epi64(a, 70)),
    ASSAY_ROW(srli_epi32_3, _mm512_srli_epi32(a, 3)),
    ASSAY_ROW(srli_epi32_31, _mm512_srli_epi32(a, 31)),
    ASSAY_ROW(srli_epi32_32, _mm512_srli_epi32(a, 32)),
    ASSAY_ROW(ror_epi32_0, _mm512_ror_epi32(a, 0)),
    ASSAY_ROW(ror_epi32_7, _mm512_ror_epi32(a, 7)),
    ASSAY_ROW(ror_epi32_31, _mm512_ror_epi32(a, 31)),
    ASSAY_ROW(srli_epi16_0, _mm256_srli_epi16(p, 0)),
    ASSAY_ROW(srli_epi16_4, _mm256_srli_epi16(p, 4)),
    ASSAY_ROW(srli_epi16_16, _mm256_srli_epi16(p, 16)),
    ASSAY_ROW(sll_epi64_0, _mm512_sll_epi64(a, _mm_cvtsi32_si128(0))),
    ASSAY_ROW(sll_epi64_12, _mm512_sll_epi64(a, _mm_cvtsi32_si128(12))),
    ASSAY_ROW(sll_epi64_52, _mm512_sll_epi64(a, _mm_cvtsi32_si128(52))),
    ASSAY_ROW(sll_epi64_63, _mm512_sll_epi64(a, _mm_cvtsi32_si128(63))),
    ASSAY_ROW(sll_epi64_64, _mm512_sll_epi64(a, _mm_cvtsi32_si128(64))),
    ASSAY_ROW(sll_epi64_of_any, _mm512_sll_epi64(a, x)),
    ASSAY_ROW(srl_epi64_0, _mm512_srl_epi64(a, _mm_cvtsi32_si128(0))),
    ASSAY_ROW(srl_epi64_12, _mm512_srl_epi64(a, _mm_cvtsi32_si128(12))),
    ASSAY_ROW(srl_epi64_52, _mm512_srl_epi64(a, _mm_cvtsi32_si128(52))),
    ASSAY_ROW(srl_epi64_63, _mm512_srl_epi64(a, _mm_cvtsi32_si128(63))),
    ASSAY_ROW(srl_epi64_64, _mm512_srl_epi64(a, _mm_cvtsi32_si128(64))),
    ASSAY_ROW(srl_epi64_of_any, _mm512_srl_epi64(a, x)),
    ASSAY_ROW(madd52lo, _mm512_madd52lo_epu64(a, b, c)),
    ASSAY_ROW(madd52lo_256, ASSAY_MADD52LO_256(p, q, _mm256_xor_si256(p, q))),
    ASSAY_ROW(madd52hi_256, ASSAY_MADD52HI_256(p, q, _mm256_xor_si256(p, q))),
    ASSAY_ROW(madd52hi, _mm512_madd52hi_epu64(a, b, c)),
    ASSAY_ROW(mask_cmpeq, _mm512_mask_cmpeq_epi64_mask(k, a, _mm512_mask_blend_epi64(k2, a, b))),
    ASSAY_ROW(movepi64, _mm512_movepi64_mask(a)),
    ASSAY_ROW(movepi8, _mm512_movepi8_mask(a)),
    ASSAY_ROW(movemask, _mm256_movemask_epi8(p)),
    ASSAY_ROW(mask_blend, _mm512_mask_blend_epi64(k, a, b)),
    ASSAY_ROW(mask_or, _mm512_mask_or_epi64(a, k, b, c)),
    ASSAY_ROW(mask_sub, _mm512_mask_sub_epi64(a, k, b, c)),
    ASSAY_ROW(mask_xor, _mm512_mask_xor_epi64(a, k, b, c)),
    ASSAY_ROW(broadcast, _mm512_broadcast_i32x4(x)),
    ASSAY_ROW(mask_broadcast, _mm512_mask_broadcast_i32x4(a, k16, x)),
    ASSAY_ROW(broadcast256, _mm256_broadcastsi128_si256(x)),
    ASSAY_ROW(ternary_0x96, _mm512_ternarylogic_epi32(a, b, c, 0x96)),
    ASSAY_ROW(ternary_0xE8, _mm512_ternarylogic_epi32(a, b, c, 0xE8)),
    ASSAY_ROW(ternary_0xCA, _mm512_ternarylogic_epi32(a, b, c, 0xCA)),
    ASSAY_ROW(ternary_0x1B, _mm512_ternarylogic_epi32(a, b, c, 0x1B)),
    ASSAY_ROW(shuffle_i64x2_0x88, _mm512_shuffle_i64x2(a, b, 0x88)),
    ASSAY_ROW(permutex_0x88, _mm512_permutex_epi64(a, 0x88)),
    ASSAY_ROW(shuffle_epi32_0x88, _mm_shuffle_epi32(x, 0x88)),
    ASSAY_ROW(blend16_0x88, _mm_blend_epi16(x, y, 0x88)),
    ASSAY_ROW(shuffle_i64x2_0xDD, _mm512_shuffle_i64x2(a, b, 0xDD)),
    ASSAY_ROW(permutex_0xDD, _mm512_permutex_epi64(a, 0xDD)),
    ASSAY_ROW(shuffle_epi32_0xDD, _mm_shuffle_epi32(x, 0xDD)),
    ASSAY_ROW(blend16_0xDD, _mm_blend_epi16(x, y, 0xDD)),
    ASSAY_ROW(shuffle_i64x2_0x44, _mm512_shuffle_i64x2(a, b, 0x44)),
    ASSAY_ROW(permutex_0x44, _mm512_permutex_epi64(a, 0x44)),
    ASSAY_ROW(shuffle_epi32_0x44, _mm_shuffle_epi32(x, 0x44)),
    ASSAY_ROW(blend16_0x44, _mm_blend_epi16(x, y, 0x44)),
    ASSAY_ROW(shuffle_i64x2_0x1B, _mm512_shuffle_i64x2(a, b, 0x1B)),
    ASSAY_ROW(permutex_0x1B, _mm512_permutex_epi64(a, 0x1B)),
    ASSAY_ROW(shuffle_epi32_0x1B, _mm_shuffle_epi32(x, 0x1B)),
    ASSAY_ROW(blend16_0x1B, _mm_blend_epi16(x, y, 0x1B)),
    ASSAY_ROW(permutex2var64, _mm512_permutex2var_epi64(a, b, c)),
    ASSAY_ROW(permutex2var8, _mm512_permutex2var_epi8(a, b, c)),
    ASSAY_ROW(permutexvar8, _mm512_permutexvar_epi8(a, b)),
    ASSAY_ROW(permutevar8x32, _mm256_permutevar8x32_epi32(p, q)),
    ASSAY_ROW(inserti64x4_0, _mm512_inserti64x4(a, q, 0)),
    ASSAY_ROW(extracti128_0, _mm256_extracti128_si256(p, 0)),
    ASSAY_ROW(inserti64x4_1, _mm512_inserti64x4(a, q, 1)),
    ASSAY_ROW(extracti128_1, _mm256_extracti128_si256(p, 1)),
    ASSAY_ROW(casts256, _mm512_castsi512_si128(_mm512_castsi256_si512(p))),
    ASSAY_ROW(zext, _mm512_zextsi128_si512(x)),
    ASSAY_ROW(cast512, _mm512_castsi512_si128(a)),
    ASSAY_ROW(cast256, _mm256_castsi256_si128(p)),
    ASSAY_ROW(load512, _mm512_load_si512(in + 64)),
    ASSAY_ROW(loadu512, _mm512_loadu_si512(in + 3)),
    ASSAY_ROW(load256, _mm256_load_si256(reinterpret_cast<const __m256i*>(in + 32))),
    ASSAY_ROW(loadu256, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + 5))),
    ASSAY_ROW(load128, _mm_load_si128(reinterpret_cast<const __m128i*>(in + 16))),
    ASSAY_ROW(loadu128, _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 7))),
    ASSAY_ROW(store512, (_mm512_store_si512(out, a), 0)),
    ASSAY_ROW(store256, (_mm256_store_si256(reinterpret_cast<__m256i*>(out + 32), p), 0)),
    ASSAY_ROW(store128, (_mm_store_si128(reinterpret_cast<__m128i*>(out + 16), x), 0)),
    ASSAY_ROW(storeu128, (_mm_storeu_si128(reinterpret_cast<__m128i*>(out + 3), x), 0)),
    ASSAY_ROW(storel, (_mm_storel_epi64(reinterpret_cast<__m128i*>(out + 3), x), 0)),
    ASSAY_ROW(mask_loadu, _mm512_mask_loadu_epi8(a, k64, in + 9)),
    ASSAY_ROW(mask_storeu, (_mm512_mask_storeu_epi8(out, k64, a), 0)),
    ASSAY_ROW(zero512, _mm512_setzero_si512()),
    ASSAY_ROW(zero256, _mm256_setzero_si256()),
    ASSAY_ROW(set1_epi64, _mm512_set1_epi64(static_cast<long long>(k64))),
    ASSAY_ROW(set1_epi32, _mm512_set1_epi32(static_cast<int>(k64))),
    ASSAY_ROW(set1_epi8, _mm512_set1_epi8(static_cast<char>(k64))),
    ASSAY_ROW(set1_epi32_256, _mm256_set1_epi32(static_cast<int>(k64))),
    ASSAY_ROW(set1_epi8_256, _mm256_set1_epi8(static_cast<char>(k64))),
    ASSAY_ROW(cvtsi32, _mm_cvtsi32_si128(static_cast<int>(k64))),
    ASSAY_ROW(cvtsi128, _mm_cvtsi128_si64(x)),
    ASSAY_ROW(alignr_0, _mm_alignr_epi8(x, y, 0)),
    ASSAY_ROW(alignr_4, _mm_alignr_epi8(x, y, 4)),
    ASSAY_ROW(alignr_8, _mm_alignr_epi8(x, y, 8)),
    ASSAY_ROW(alignr_15, _mm_alignr_epi8(x, y, 15)),
    ASSAY_ROW(alignr_16, _mm_alignr_epi8(x, y, 16)),
    ASSAY_ROW(alignr_20, _mm_alignr_epi8(x, y, 20)),
    ASSAY_ROW(sha256msg1, _mm_sha256msg1_epu32(x, y)),
    ASSAY_ROW(sha256msg2, _mm_sha256msg2_epu32(x, y)),
    ASSAY_ROW(sha256rnds2, _mm_sha256rnds2_epu32(x, y, z)),
    ASSAY_ROW(add_epi64_256, _mm256_add_epi64(p, q)),
    ASSAY_ROW(sub_epi64_256, _mm256_sub_epi64(p, q)),
    ASSAY_ROW(or_256, _mm256_or_si256(p, q)),
    ASSAY_ROW(xor_256, _mm256_xor_si256(p, q)),
    ASSAY_ROW(cmpeq_epi64_256, _mm256_cmpeq_epi64(p, _mm256_blendv_epi8(p, q, _mm256_cmpgt_epi64(p, q)))),
    ASSAY_ROW(cmpgt_epi64_256, _mm256_cmpgt_epi64(p, q)),
    ASSAY_ROW(blendv_256, _mm256_blendv_epi8(p, q, _mm256_xor_si256(p, q))),
    ASSAY_ROW(slli_epi64_256_0, _mm256_slli_epi64(p, 0)),
    ASSAY_ROW(slli_epi64_256_44, _mm256_slli_epi64(p, 44)),
    ASSAY_ROW(slli_epi64_256_64, _mm256_slli_epi64(p, 64)),
    ASSAY_ROW(srli_epi64_256_52, _mm256_srli_epi64(p, 52)),
    ASSAY_ROW(srli_epi64_256_64, _mm256_srli_epi64(p, 64)),
    ASSAY_ROW(sll_epi64_256_of_any, _mm256_sll_epi64(p, x)),
    ASSAY_ROW(sll_epi64_256_12, _mm256_sll_epi64(p, _mm_cvtsi32_si128(12))),
    ASSAY_ROW(srl_epi64_256_12, _mm256_srl_epi64(p, _mm_cvtsi32_si128(12))),
    ASSAY_ROW(unpacklo_epi64_256, _mm256_unpacklo_epi64(p, q)),
    ASSAY_ROW(unpackhi_epi64_256, _mm256_unpackhi_epi64(p, q)),
    ASSAY_ROW(permute4x64_0x4E, _mm256_permute4x64_epi64(p, 0x4E)),
    ASSAY_ROW(permute4x64_0xB1, _mm256_permute4x64_epi64(p, 0xB1)),
    ASSAY_ROW(permute2x128_0x20, _mm256_permute2x128_si256(p, q, 0x20)),
    ASSAY_ROW(permute2x128_0x31, _mm256_permute2x128_si256(p, q, 0x31)),
    ASSAY_ROW(movemask_pd, _mm256_movemask_pd(_mm256_castsi256_pd(p))),
    ASSAY_ROW(set1_epi64x, _mm256_set1_epi64x(static_cast<long long>(k64))),
    ASSAY_ROW(setr_epi64x, _mm256_setr_epi64x(1, -2, 3, 4)),
    ASSAY_ROW(add_epi32_256, _mm256_add_epi32(p, q)),
    ASSAY_ROW(slli_epi32_256_7, _mm256_slli_epi32(p, 7)),
    ASSAY_ROW(slli_epi32_256_32, _mm256_slli_epi32(p, 32)),
    ASSAY_ROW(srli_epi32_256_10, _mm256_srli_epi32(p, 10)),
    ASSAY_ROW(unpacklo_epi32_256, _mm256_unpacklo_epi32(p, q)),
    ASSAY_ROW(unpackhi_epi32_256, _mm256_unpackhi_epi32(p, q)),
    ASSAY_ROW(inserti128, _mm256_inserti128_si256(_mm256_castsi128_si256(x), y, 1)),
    ASSAY_ROW(setr_epi64, _mm512_setr_epi64(1, -2, 3, 4, 5, 6, 7, 8)),
    ASSAY_ROW(set_epi64, _mm512_set_epi64(1, -2, 3, 4, 5, 6, 7, 8)),
    ASSAY_ROW(setr_epi32, _mm256_setr_epi32(1, -2, 3, 4, 5, 6, 7, 8)),
    ASSAY_ROW(setr_epi8, _mm256_setr_epi8(1, 2, -3, 4, 5, -6, 7, 8, -9, 10, 11, -12, 13, 14, -15, 16, 17, -18, 19, 20,
                                          -21, 22, 23, -24, 25, 26, -27, 28, 29, -30, 31, 32)),
    ASSAY_ROW(set_epi8, _mm_set_epi8(1, 2, -3, 4, 5, -6, 7, 8, -9, 10, 11, -12, 13, 14, -15, 16)),
};

}  // namespace

std::vector<IntrinsicRow> ASSAY_ROWS() { return {std::begin(kRows), std::end(kRows)}; }

}  // namespace assay::testing
#else
namespace assay::testing {

std::vector<IntrinsicRow> ASSAY_ROWS() { return {}; }

}  // namespace assay::testing
#endif
