// The intrinsics that the x86-64 kernels use, in plain C++, for any CPU. Stands in the place of the
// compiler's <immintrin.h> where tests compile the kernels a second time (emulated_kernels.h): it is
// found first, because only those files have its folder among theirs. Names and meanings are Intel's.
#pragma once

#include <cstdint>

namespace assay::emulated {

struct alignas(64) __m512i {
  std::uint64_t w[8];
};
struct alignas(32) __m256i {
  std::uint64_t w[4];
};
struct alignas(16) __m128i {
  std::uint64_t w[2];
};
// Doubles by their bits, so that what is emulated works on them as on everything else.
struct alignas(64) __m512d {
  std::uint64_t w[8];
};
struct alignas(32) __m256d {
  std::uint64_t w[4];
};
using __mmask8 = std::uint8_t;
using __mmask16 = std::uint16_t;
using __mmask64 = std::uint64_t;

__m512i _mm512_add_epi64(__m512i a, __m512i b);
__m512i _mm512_sub_epi64(__m512i a, __m512i b);
__m512i _mm512_and_si512(__m512i a, __m512i b);
__m512i _mm512_or_si512(__m512i a, __m512i b);
__m512i _mm512_add_epi32(__m512i a, __m512i b);
__m256i _mm256_add_epi64(__m256i a, __m256i b);
__m256i _mm256_sub_epi64(__m256i a, __m256i b);
__m256i _mm256_or_si256(__m256i a, __m256i b);
__m256i _mm256_add_epi32(__m256i a, __m256i b);
__m256i _mm256_slli_epi32(__m256i a, int count);
__m256i _mm256_srli_epi32(__m256i a, int count);
__m256i _mm256_unpacklo_epi32(__m256i a, __m256i b);
__m256i _mm256_unpackhi_epi32(__m256i a, __m256i b);
__m256i _mm256_castsi128_si256(__m128i a);
__m256i _mm256_inserti128_si256(__m256i a, __m128i b, int half);
__m256i _mm256_xor_si256(__m256i a, __m256i b);
__m256i _mm256_slli_epi64(__m256i a, int count);
__m256i _mm256_blendv_epi8(__m256i a, __m256i b, __m256i signs);
__m256i _mm256_setr_epi64x(long long e0, long long e1, long long e2, long long e3);
__m256i _mm256_cmpeq_epi64(__m256i a, __m256i b);
__m256i _mm256_cmpgt_epi64(__m256i a, __m256i b);
__m256i _mm256_srli_epi64(__m256i a, int count);
__m256i _mm256_srl_epi64(__m256i a, __m128i count);
__m256i _mm256_sll_epi64(__m256i a, __m128i count);
__m256i _mm256_unpacklo_epi64(__m256i a, __m256i b);
__m256i _mm256_unpackhi_epi64(__m256i a, __m256i b);
__m256i _mm256_permute4x64_epi64(__m256i a, int order);
__m256i _mm256_permute2x128_si256(__m256i a, __m256i b, int order);
__m256i _mm256_set1_epi64x(long long x);
int _mm256_movemask_pd(__m256d a);
__m512d _mm512_set1_pd(double x);
__m256d _mm256_set1_pd(double x);
__m512d _mm512_castsi512_pd(__m512i a);
__m256d _mm256_castsi256_pd(__m256i a);
__m512i _mm512_castpd_si512(__m512d a);
__m256i _mm256_castpd_si256(__m256d a);
__m512d _mm512_sub_pd(__m512d a, __m512d b);
__m256d _mm256_sub_pd(__m256d a, __m256d b);
__m512d _mm512_fmadd_pd(__m512d a, __m512d b, __m512d c);
__m256d _mm256_fmadd_pd(__m256d a, __m256d b, __m256d c);
__m512d _mm512_fmadd_round_pd(__m512d a, __m512d b, __m512d c, int rounding);
// Under names of their own: clang knows the others without a header.
unsigned EmulatedGetCsr();
void EmulatedSetCsr(unsigned csr);
// IgnoreRounding: from now on this thread rounds to nearest, whatever it is asked for, as some emulators of CPUs do.
void IgnoreRounding(bool ignored);
__m128i _mm_add_epi32(__m128i a, __m128i b);
__m256i _mm256_and_si256(__m256i a, __m256i b);
__m256i _mm256_add_epi8(__m256i a, __m256i b);
__m256i _mm256_cmpeq_epi8(__m256i a, __m256i b);
__m512i _mm512_maddubs_epi16(__m512i a, __m512i b);
__m512i _mm512_madd_epi16(__m512i a, __m512i b);
__m256i _mm256_maddubs_epi16(__m256i a, __m256i b);
__m256i _mm256_madd_epi16(__m256i a, __m256i b);
__m512i _mm512_shuffle_epi8(__m512i a, __m512i b);
__m256i _mm256_shuffle_epi8(__m256i a, __m256i b);
__m128i _mm_shuffle_epi8(__m128i a, __m128i b);
__m512i _mm512_slli_epi64(__m512i a, unsigned count);
__m512i _mm512_srli_epi64(__m512i a, unsigned count);
__m512i _mm512_srai_epi64(__m512i a, unsigned count);
__m512i _mm512_sll_epi64(__m512i a, __m128i count);
__m512i _mm512_srl_epi64(__m512i a, __m128i count);
__m512i _mm512_srli_epi32(__m512i a, unsigned count);
__m512i _mm512_ror_epi32(__m512i a, int count);
__m256i _mm256_srli_epi16(__m256i a, int count);
__m512i _mm512_madd52lo_epu64(__m512i sum, __m512i a, __m512i b);
__m512i _mm512_madd52hi_epu64(__m512i sum, __m512i a, __m512i b);
__m256i _mm256_madd52lo_avx_epu64(__m256i sum, __m256i a, __m256i b);
__m256i _mm256_madd52hi_avx_epu64(__m256i sum, __m256i a, __m256i b);
__mmask8 _mm512_cmpeq_epu64_mask(__m512i a, __m512i b);
__mmask8 _mm512_cmple_epu64_mask(__m512i a, __m512i b);
__mmask8 _mm512_cmplt_epu64_mask(__m512i a, __m512i b);
__mmask8 _mm512_test_epi64_mask(__m512i a, __m512i b);
__mmask8 _mm512_testn_epi64_mask(__m512i a, __m512i b);
__mmask8 _mm512_mask_cmpeq_epi64_mask(__mmask8 k, __m512i a, __m512i b);
__mmask8 _mm512_movepi64_mask(__m512i a);
__mmask64 _mm512_movepi8_mask(__m512i a);
int _mm256_movemask_epi8(__m256i a);
__m512i _mm512_mask_blend_epi64(__mmask8 k, __m512i a, __m512i b);
__m512i _mm512_mask_or_epi64(__m512i source, __mmask8 k, __m512i a, __m512i b);
__m512i _mm512_mask_sub_epi64(__m512i source, __mmask8 k, __m512i a, __m512i b);
__m512i _mm512_mask_xor_epi64(__m512i source, __mmask8 k, __m512i a, __m512i b);
__m512i _mm512_broadcast_i32x4(__m128i a);
__m512i _mm512_mask_broadcast_i32x4(__m512i source, __mmask16 k, __m128i a);
__m256i _mm256_broadcastsi128_si256(__m128i a);
__m512i _mm512_ternarylogic_epi32(__m512i a, __m512i b, __m512i c, int table);
__m512i _mm512_unpacklo_epi64(__m512i a, __m512i b);
__m512i _mm512_unpacklo_epi32(__m512i a, __m512i b);
__m512i _mm512_unpackhi_epi64(__m512i a, __m512i b);
__m512i _mm512_unpackhi_epi32(__m512i a, __m512i b);
__m512i _mm512_shuffle_i64x2(__m512i a, __m512i b, int order);
__m512i _mm512_permutex_epi64(__m512i a, int order);
__m512i _mm512_permutex2var_epi64(__m512i a, __m512i index, __m512i b);
__m512i _mm512_permutex2var_epi8(__m512i a, __m512i index, __m512i b);
__m512i _mm512_permutexvar_epi8(__m512i index, __m512i a);
__m256i _mm256_permutevar8x32_epi32(__m256i a, __m256i index);
__m512i _mm512_inserti64x4(__m512i a, __m256i b, int half);
__m512i _mm512_castsi256_si512(__m256i a);
__m512i _mm512_zextsi128_si512(__m128i a);
__m128i _mm512_castsi512_si128(__m512i a);
__m128i _mm256_castsi256_si128(__m256i a);
__m128i _mm256_extracti128_si256(__m256i a, int half);
__m512i _mm512_load_si512(const void* from);
__m512i _mm512_loadu_si512(const void* from);
void _mm512_store_si512(void* to, __m512i a);
__m256i _mm256_load_si256(const __m256i* from);
__m256i _mm256_loadu_si256(const __m256i* from);
void _mm256_store_si256(__m256i* to, __m256i a);
__m128i _mm_load_si128(const __m128i* from);
__m128i _mm_loadu_si128(const __m128i* from);
void _mm_store_si128(__m128i* to, __m128i a);
void _mm_storeu_si128(__m128i* to, __m128i a);
void _mm_storel_epi64(__m128i* to, __m128i a);
__m512i _mm512_mask_loadu_epi8(__m512i source, __mmask64 k, const void* from);
void _mm512_mask_storeu_epi8(void* to, __mmask64 k, __m512i a);
__m512i _mm512_setzero_si512();
__m256i _mm256_setzero_si256();
__m512i _mm512_set1_epi64(long long x);
__m512i _mm512_set1_epi32(int x);
__m512i _mm512_set1_epi8(char x);
__m256i _mm256_set1_epi32(int x);
__m256i _mm256_set1_epi8(char x);
__m128i _mm_cvtsi32_si128(int x);
long long _mm_cvtsi128_si64(__m128i a);
__m128i _mm_alignr_epi8(__m128i a, __m128i b, int count);
__m128i _mm_blend_epi16(__m128i a, __m128i b, int k);
__m128i _mm_shuffle_epi32(__m128i a, int order);
__m128i _mm_sha256msg1_epu32(__m128i a, __m128i b);
__m128i _mm_sha256msg2_epu32(__m128i a, __m128i b);
__m128i _mm_sha256rnds2_epu32(__m128i cdgh, __m128i abef, __m128i wk);
__m512i _mm512_setr_epi64(long long e0, long long e1, long long e2, long long e3, long long e4, long long e5,
                          long long e6, long long e7);
__m512i _mm512_set_epi64(long long e7, long long e6, long long e5, long long e4, long long e3, long long e2,
                         long long e1, long long e0);
__m256i _mm256_setr_epi32(int e0, int e1, int e2, int e3, int e4, int e5, int e6, int e7);
__m256i _mm256_setr_epi8(char e0, char e1, char e2, char e3, char e4, char e5, char e6, char e7, char e8, char e9,
                         char e10, char e11, char e12, char e13, char e14, char e15, char e16, char e17, char e18,
                         char e19, char e20, char e21, char e22, char e23, char e24, char e25, char e26, char e27,
                         char e28, char e29, char e30, char e31);
__m128i _mm_set_epi8(char e15, char e14, char e13, char e12, char e11, char e10, char e9, char e8, char e7, char e6,
                     char e5, char e4, char e3, char e2, char e1, char e0);

}  // namespace assay::emulated

#if defined(ASSAY_EMULATED)
#define _MM_FROUND_TO_ZERO 0x03
#define _MM_FROUND_NO_EXC 0x08
#define _mm_getcsr EmulatedGetCsr
#define _mm_setcsr EmulatedSetCsr
using namespace assay::emulated;  // NOLINT: as the compiler's own
#endif
