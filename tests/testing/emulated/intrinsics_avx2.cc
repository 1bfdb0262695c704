// What the lanes of AVX2 use of 256 bits: four 64-bit integers, or eight of 32 bits.
#include <functional>

#include "tests/testing/emulated/elements.h"

namespace assay::emulated {

__m256i _mm256_add_epi64(__m256i a, __m256i b) { return Map<std::uint64_t>(a, b, std::plus<>()); }
__m256i _mm256_sub_epi64(__m256i a, __m256i b) { return Map<std::uint64_t>(a, b, std::minus<>()); }
__m256i _mm256_or_si256(__m256i a, __m256i b) { return Map<std::uint64_t>(a, b, std::bit_or<>()); }
__m256i _mm256_add_epi32(__m256i a, __m256i b) {
  return Map<std::uint32_t>(a, b, [](std::uint32_t x, std::uint32_t y) { return static_cast<std::uint32_t>(x + y); });
}
__m256i _mm256_slli_epi32(__m256i a, int count) {
  return Each<std::uint32_t>(a, [=](std::uint32_t x) { return count > 31 ? 0 : x << count; });
}
__m256i _mm256_srli_epi32(__m256i a, int count) {
  return Each<std::uint32_t>(a, [=](std::uint32_t x) { return count > 31 ? 0 : x >> count; });
}
__m256i _mm256_unpacklo_epi32(__m256i a, __m256i b) { return Unpack<std::uint32_t, 0>(a, b); }
__m256i _mm256_unpackhi_epi32(__m256i a, __m256i b) { return Unpack<std::uint32_t, 1>(a, b); }
__m256i _mm256_castsi128_si256(__m128i a) {
  constexpr std::uint64_t kUndefined = 0xDEADBEEFDEADBEEF;
  return {{a.w[0], a.w[1], kUndefined, kUndefined}};
}
__m256i _mm256_inserti128_si256(__m256i a, __m128i b, int half) {
  for (int i = 0; i < 2; ++i) a.w[2 * (half & 1) + i] = b.w[i];
  return a;
}
__m256i _mm256_xor_si256(__m256i a, __m256i b) { return Map<std::uint64_t>(a, b, std::bit_xor<>()); }
__m256i _mm256_slli_epi64(__m256i a, int count) {
  return Each<std::uint64_t>(a, [=](std::uint64_t x) { return count > 63 ? 0 : x << count; });
}
__m256i _mm256_blendv_epi8(__m256i a, __m256i b, __m256i signs) {
  for (int i = 0; i < 32; ++i) {
    if (Get<std::uint8_t>(signs, i) >= 0x80) Set(a, i, Get<std::uint8_t>(b, i));
  }
  return a;
}
__m256i _mm256_setr_epi64x(long long e0, long long e1, long long e2, long long e3) {
  return {{static_cast<std::uint64_t>(e0), static_cast<std::uint64_t>(e1), static_cast<std::uint64_t>(e2),
           static_cast<std::uint64_t>(e3)}};
}
__m256i _mm256_cmpeq_epi64(__m256i a, __m256i b) {
  return Map<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return 0 - std::uint64_t{x == y}; });
}
__m256i _mm256_cmpgt_epi64(__m256i a, __m256i b) {
  return Map<std::int64_t>(a, b, [](std::int64_t x, std::int64_t y) { return x > y ? -1 : 0; });
}
__m256i _mm256_srli_epi64(__m256i a, int count) {
  return Each<std::uint64_t>(a, [=](std::uint64_t x) { return count > 63 ? 0 : x >> count; });
}
__m256i _mm256_srl_epi64(__m256i a, __m128i count) {
  return _mm256_srli_epi64(a, count.w[0] > 63 ? 64 : static_cast<int>(count.w[0]));
}
__m256i _mm256_sll_epi64(__m256i a, __m128i count) {
  return Each<std::uint64_t>(a, [=](std::uint64_t x) { return count.w[0] > 63 ? 0 : x << count.w[0]; });
}
__m256i _mm256_unpacklo_epi64(__m256i a, __m256i b) { return Unpack<std::uint64_t, 0>(a, b); }
__m256i _mm256_unpackhi_epi64(__m256i a, __m256i b) { return Unpack<std::uint64_t, 1>(a, b); }
__m256i _mm256_permute4x64_epi64(__m256i a, int order) {
  __m256i r;
  for (int i = 0; i < 4; ++i) r.w[i] = a.w[order >> (2 * i) & 3];
  return r;
}
__m256i _mm256_permute2x128_si256(__m256i a, __m256i b, int order) {
  __m256i r;
  for (int i = 0; i < 4; ++i) {
    const int from = order >> (i / 2 * 4) & 0xF;  // a half of a, of b, or zero
    r.w[i] = (from & 8) != 0 ? 0 : ((from & 2) != 0 ? b : a).w[2 * (from & 1) + i % 2];
  }
  return r;
}
__m256i _mm256_set1_epi64x(long long x) {
  const auto word = static_cast<std::uint64_t>(x);
  return {{word, word, word, word}};
}

}  // namespace assay::emulated
