#include "tests/testing/emulated/elements.h"

#include <bit>
#include <cstring>
#include <functional>

#include "engine/base/check.h"

namespace assay::emulated {
namespace {

constexpr std::uint64_t kMask52 = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t kUndefined = 0xDEADBEEFDEADBEEF;  // what a cast leaves undefined: no zero to depend on

// A CPU faults where an address is not aligned; so does this.
void CheckAligned(const void* address, std::uintptr_t bytes) {
  ASSAY_CHECK(reinterpret_cast<std::uintptr_t>(address) % bytes == 0);
}

__extension__ using Wide = unsigned __int128;
Wide Product52(std::uint64_t x, std::uint64_t y) { return Wide{x & kMask52} * (y & kMask52); }

}  // namespace

__m512i _mm512_add_epi64(__m512i a, __m512i b) {
  return Map<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return x + y; });
}
__m512i _mm512_sub_epi64(__m512i a, __m512i b) {
  return Map<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return static_cast<std::uint64_t>(x - y); });
}
__m512i _mm512_and_si512(__m512i a, __m512i b) {
  return Map<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return static_cast<std::uint64_t>(x & y); });
}
__m512i _mm512_or_si512(__m512i a, __m512i b) {
  return Map<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return static_cast<std::uint64_t>(x | y); });
}
__m512i _mm512_add_epi32(__m512i a, __m512i b) {
  return Map<std::uint32_t>(a, b, [](std::uint32_t x, std::uint32_t y) { return static_cast<std::uint32_t>(x + y); });
}
__m128i _mm_add_epi32(__m128i a, __m128i b) {
  return Map<std::uint32_t>(a, b, [](std::uint32_t x, std::uint32_t y) { return static_cast<std::uint32_t>(x + y); });
}
__m256i _mm256_and_si256(__m256i a, __m256i b) {
  return Map<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return static_cast<std::uint64_t>(x & y); });
}
__m256i _mm256_add_epi8(__m256i a, __m256i b) {
  return Map<std::uint8_t>(a, b, [](std::uint8_t x, std::uint8_t y) { return static_cast<std::uint8_t>(x + y); });
}
__m256i _mm256_cmpeq_epi8(__m256i a, __m256i b) {
  return Map<std::uint8_t>(a, b,
                           [](std::uint8_t x, std::uint8_t y) { return static_cast<std::uint8_t>(x == y ? 0xFF : 0); });
}
__m512i _mm512_maddubs_epi16(__m512i a, __m512i b) { return PairsOfBytes(a, b); }
__m512i _mm512_madd_epi16(__m512i a, __m512i b) { return PairsOfWords(a, b); }
__m256i _mm256_maddubs_epi16(__m256i a, __m256i b) { return PairsOfBytes(a, b); }
__m256i _mm256_madd_epi16(__m256i a, __m256i b) { return PairsOfWords(a, b); }
__m512i _mm512_shuffle_epi8(__m512i a, __m512i b) { return ShuffleBytes(a, b); }
__m256i _mm256_shuffle_epi8(__m256i a, __m256i b) { return ShuffleBytes(a, b); }
__m128i _mm_shuffle_epi8(__m128i a, __m128i b) { return ShuffleBytes(a, b); }
__m512i _mm512_slli_epi64(__m512i a, unsigned count) {
  return Each<std::uint64_t>(a, [=](std::uint64_t x) { return count > 63 ? 0 : x << count; });
}
__m512i _mm512_srli_epi64(__m512i a, unsigned count) {
  return Each<std::uint64_t>(a, [=](std::uint64_t x) { return count > 63 ? 0 : x >> count; });
}
__m512i _mm512_srai_epi64(__m512i a, unsigned count) {
  return Each<std::int64_t>(a, [=](std::int64_t x) { return x >> (count > 63 ? 63 : count); });
}
__m512i _mm512_sll_epi64(__m512i a, __m128i count) {
  return _mm512_slli_epi64(a, count.w[0] > 63 ? 64 : static_cast<unsigned>(count.w[0]));
}
__m512i _mm512_srl_epi64(__m512i a, __m128i count) {
  return _mm512_srli_epi64(a, count.w[0] > 63 ? 64 : static_cast<unsigned>(count.w[0]));
}
__m512i _mm512_srli_epi32(__m512i a, unsigned count) {
  return Each<std::uint32_t>(a, [=](std::uint32_t x) { return count > 31 ? 0 : x >> count; });
}
__m512i _mm512_ror_epi32(__m512i a, int count) {
  return Each<std::uint32_t>(a, [=](std::uint32_t x) { return std::rotr(x, count); });
}
__m256i _mm256_srli_epi16(__m256i a, int count) {
  return Each<std::uint16_t>(a, [=](std::uint16_t x) { return static_cast<std::uint16_t>(x >> count); });
}
template <class V>
V AddLow52(const V& sum, const V& a, const V& b) {
  return Map<std::uint64_t>(
      sum,
      Map<std::uint64_t>(
          a, b, [](std::uint64_t x, std::uint64_t y) { return static_cast<std::uint64_t>(Product52(x, y)) & kMask52; }),
      std::plus<>());
}
template <class V>
V AddHigh52(const V& sum, const V& a, const V& b) {
  return Map<std::uint64_t>(
      sum,
      Map<std::uint64_t>(
          a, b, [](std::uint64_t x, std::uint64_t y) { return static_cast<std::uint64_t>(Product52(x, y) >> 52); }),
      std::plus<>());
}
__m512i _mm512_madd52lo_epu64(__m512i sum, __m512i a, __m512i b) { return AddLow52(sum, a, b); }
__m512i _mm512_madd52hi_epu64(__m512i sum, __m512i a, __m512i b) { return AddHigh52(sum, a, b); }
__m256i _mm256_madd52lo_avx_epu64(__m256i sum, __m256i a, __m256i b) { return AddLow52(sum, a, b); }
__m256i _mm256_madd52hi_avx_epu64(__m256i sum, __m256i a, __m256i b) { return AddHigh52(sum, a, b); }
__mmask8 _mm512_cmpeq_epu64_mask(__m512i a, __m512i b) {
  return static_cast<__mmask8>(Bits<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return x == y; }));
}
__mmask8 _mm512_cmple_epu64_mask(__m512i a, __m512i b) {
  return static_cast<__mmask8>(Bits<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return x <= y; }));
}
__mmask8 _mm512_cmplt_epu64_mask(__m512i a, __m512i b) {
  return static_cast<__mmask8>(Bits<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return x < y; }));
}
__mmask8 _mm512_test_epi64_mask(__m512i a, __m512i b) {
  return static_cast<__mmask8>(Bits<std::uint64_t>(a, b, [](auto x, auto y) { return (x & y) != 0; }));
}
__mmask8 _mm512_testn_epi64_mask(__m512i a, __m512i b) {
  return static_cast<__mmask8>(Bits<std::uint64_t>(a, b, [](auto x, auto y) { return (x & y) == 0; }));
}
__mmask8 _mm512_mask_cmpeq_epi64_mask(__mmask8 k, __m512i a, __m512i b) {
  return static_cast<__mmask8>(k & _mm512_cmpeq_epu64_mask(a, b));
}
__mmask8 _mm512_movepi64_mask(__m512i a) {
  return static_cast<__mmask8>(Bits<std::uint64_t>(a, a, [](std::uint64_t x, std::uint64_t) { return x >> 63 != 0; }));
}
__mmask64 _mm512_movepi8_mask(__m512i a) {
  return Bits<std::uint8_t>(a, a, [](std::uint8_t x, std::uint8_t) { return x >= 0x80; });
}
int _mm256_movemask_epi8(__m256i a) {
  return static_cast<int>(Bits<std::uint8_t>(a, a, [](std::uint8_t x, std::uint8_t) { return x >= 0x80; }));
}
__m512i _mm512_mask_blend_epi64(__mmask8 k, __m512i a, __m512i b) { return Blend<std::uint64_t>(k, a, b); }
__m512i _mm512_mask_or_epi64(__m512i source, __mmask8 k, __m512i a, __m512i b) {
  return Blend<std::uint64_t>(k, source, _mm512_or_si512(a, b));
}
__m512i _mm512_mask_sub_epi64(__m512i source, __mmask8 k, __m512i a, __m512i b) {
  return Blend<std::uint64_t>(k, source, _mm512_sub_epi64(a, b));
}
__m512i _mm512_mask_xor_epi64(__m512i source, __mmask8 k, __m512i a, __m512i b) {
  return Blend<std::uint64_t>(k, source,
                              Map<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) { return x ^ y; }));
}
__m512i _mm512_broadcast_i32x4(__m128i a) {
  __m512i r;
  for (int i = 0; i < 8; ++i) r.w[i] = a.w[i % 2];
  return r;
}
__m512i _mm512_mask_broadcast_i32x4(__m512i source, __mmask16 k, __m128i a) {
  return Blend<std::uint32_t>(k, source, _mm512_broadcast_i32x4(a));
}
__m256i _mm256_broadcastsi128_si256(__m128i a) { return {{a.w[0], a.w[1], a.w[0], a.w[1]}}; }
__m512i _mm512_ternarylogic_epi32(__m512i a, __m512i b, __m512i c, int table) {
  __m512i r = {};
  for (int row = 0; row < 8; ++row) {
    if ((table >> row & 1) == 0) continue;
    for (int i = 0; i < 8; ++i) {
      r.w[i] |= ((row & 4) != 0 ? a.w[i] : ~a.w[i]) & ((row & 2) != 0 ? b.w[i] : ~b.w[i]) &
                ((row & 1) != 0 ? c.w[i] : ~c.w[i]);
    }
  }
  return r;
}
__m512i _mm512_unpacklo_epi64(__m512i a, __m512i b) { return Unpack<std::uint64_t, 0>(a, b); }
__m512i _mm512_unpacklo_epi32(__m512i a, __m512i b) { return Unpack<std::uint32_t, 0>(a, b); }
__m512i _mm512_unpackhi_epi64(__m512i a, __m512i b) { return Unpack<std::uint64_t, 1>(a, b); }
__m512i _mm512_unpackhi_epi32(__m512i a, __m512i b) { return Unpack<std::uint32_t, 1>(a, b); }
__m512i _mm512_shuffle_i64x2(__m512i a, __m512i b, int order) {
  __m512i r;
  for (int i = 0; i < 8; ++i) r.w[i] = (i < 4 ? a : b).w[2 * (order >> (i / 2 * 2) & 3) + i % 2];
  return r;
}
__m512i _mm512_permutex_epi64(__m512i a, int order) {
  __m512i r;
  for (int i = 0; i < 8; ++i) r.w[i] = a.w[(i & 4) + (order >> (2 * (i & 3)) & 3)];
  return r;
}
__m512i _mm512_permutex2var_epi64(__m512i a, __m512i index, __m512i b) {
  return Each<std::uint64_t>(index, [&](std::uint64_t i) { return ((i & 8) != 0 ? b : a).w[i & 7]; });
}
__m512i _mm512_permutex2var_epi8(__m512i a, __m512i index, __m512i b) {
  return Each<std::uint8_t>(index, [&](std::uint8_t i) { return Get<std::uint8_t>((i & 64) != 0 ? b : a, i & 63); });
}
__m512i _mm512_permutexvar_epi8(__m512i index, __m512i a) {
  return Each<std::uint8_t>(index, [&](std::uint8_t i) { return Get<std::uint8_t>(a, i & 63); });
}
__m256i _mm256_permutevar8x32_epi32(__m256i a, __m256i index) {
  return Each<std::uint32_t>(index, [&](std::uint32_t i) { return Get<std::uint32_t>(a, i & 7); });
}
__m512i _mm512_inserti64x4(__m512i a, __m256i b, int half) {
  for (int i = 0; i < 4; ++i) a.w[4 * (half & 1) + i] = b.w[i];
  return a;
}
__m512i _mm512_castsi256_si512(__m256i a) {
  return {{a.w[0], a.w[1], a.w[2], a.w[3], kUndefined, kUndefined, kUndefined, kUndefined}};
}
__m512i _mm512_zextsi128_si512(__m128i a) { return {{a.w[0], a.w[1], 0, 0, 0, 0, 0, 0}}; }
__m128i _mm512_castsi512_si128(__m512i a) { return {{a.w[0], a.w[1]}}; }
__m128i _mm256_castsi256_si128(__m256i a) { return {{a.w[0], a.w[1]}}; }
__m128i _mm256_extracti128_si256(__m256i a, int half) { return {{a.w[2 * (half & 1)], a.w[2 * (half & 1) + 1]}}; }
__m512i _mm512_load_si512(const void* from) {
  CheckAligned(from, 64);
  return Read<__m512i>(from);
}
__m512i _mm512_loadu_si512(const void* from) { return Read<__m512i>(from); }
void _mm512_store_si512(void* to, __m512i a) {
  CheckAligned(to, 64);
  std::memcpy(static_cast<void*>(to), &a, 64);
}
__m256i _mm256_load_si256(const __m256i* from) {
  CheckAligned(from, 32);
  return Read<__m256i>(from);
}
__m256i _mm256_loadu_si256(const __m256i* from) { return Read<__m256i>(from); }
void _mm256_store_si256(__m256i* to, __m256i a) {
  CheckAligned(to, 32);
  std::memcpy(static_cast<void*>(to), &a, 32);
}
__m128i _mm_load_si128(const __m128i* from) {
  CheckAligned(from, 16);
  return Read<__m128i>(from);
}
__m128i _mm_loadu_si128(const __m128i* from) { return Read<__m128i>(from); }
void _mm_store_si128(__m128i* to, __m128i a) {
  CheckAligned(to, 16);
  std::memcpy(static_cast<void*>(to), &a, 16);
}
void _mm_storeu_si128(__m128i* to, __m128i a) { std::memcpy(static_cast<void*>(to), &a, 16); }
void _mm_storel_epi64(__m128i* to, __m128i a) { std::memcpy(static_cast<void*>(to), &a, 8); }
__m512i _mm512_mask_loadu_epi8(__m512i source, __mmask64 k, const void* from) {
  for (int i = 0; i < 64; ++i) {
    if ((k >> i & 1) != 0) Set<std::uint8_t>(source, i, static_cast<const std::uint8_t*>(from)[i]);
  }
  return source;
}
void _mm512_mask_storeu_epi8(void* to, __mmask64 k, __m512i a) {
  for (int i = 0; i < 64; ++i) {
    if ((k >> i & 1) != 0) static_cast<std::uint8_t*>(to)[i] = Get<std::uint8_t>(a, i);
  }
}
__m512i _mm512_setzero_si512() { return {}; }
__m256i _mm256_setzero_si256() { return {}; }
__m512i _mm512_set1_epi64(long long x) { return Filled<__m512i>(x); }
__m512i _mm512_set1_epi32(int x) { return Filled<__m512i>(x); }
__m512i _mm512_set1_epi8(char x) { return Filled<__m512i>(x); }
__m256i _mm256_set1_epi32(int x) { return Filled<__m256i>(x); }
__m256i _mm256_set1_epi8(char x) { return Filled<__m256i>(x); }
__m128i _mm_cvtsi32_si128(int x) { return {{static_cast<std::uint32_t>(x), 0}}; }
long long _mm_cvtsi128_si64(__m128i a) { return static_cast<long long>(a.w[0]); }
__m128i _mm_alignr_epi8(__m128i a, __m128i b, int count) {
  __m128i r = {};
  for (int i = 0; i < 16 && i + count < 32; ++i) {
    const int at = i + count;
    Set<std::uint8_t>(r, i, at < 16 ? Get<std::uint8_t>(b, at) : Get<std::uint8_t>(a, at - 16));
  }
  return r;
}
__m128i _mm_blend_epi16(__m128i a, __m128i b, int k) { return Blend<std::uint16_t>(static_cast<unsigned>(k), a, b); }
__m128i _mm_shuffle_epi32(__m128i a, int order) {
  __m128i r;
  for (int i = 0; i < 4; ++i) Set(r, i, Get<std::uint32_t>(a, order >> (2 * i) & 3));
  return r;
}
__m128i _mm_sha256msg1_epu32(__m128i a, __m128i b) {
  __m128i r;
  for (int i = 0; i < 4; ++i) {
    const std::uint32_t next = i < 3 ? Get<std::uint32_t>(a, i + 1) : Get<std::uint32_t>(b, 0);
    Set(r, i, Get<std::uint32_t>(a, i) + (std::rotr(next, 7) ^ std::rotr(next, 18) ^ next >> 3));
  }
  return r;
}
__m128i _mm_sha256msg2_epu32(__m128i a, __m128i b) {
  __m128i r;
  for (int i = 0; i < 4; ++i) {
    const std::uint32_t past = i < 2 ? Get<std::uint32_t>(b, i + 2) : Get<std::uint32_t>(r, i - 2);
    Set(r, i, Get<std::uint32_t>(a, i) + (std::rotr(past, 17) ^ std::rotr(past, 19) ^ past >> 10));
  }
  return r;
}
__m128i _mm_sha256rnds2_epu32(__m128i cdgh, __m128i abef, __m128i wk) {
  using Word = std::uint32_t;
  Word a = Get<Word>(abef, 3), b = Get<Word>(abef, 2), e = Get<Word>(abef, 1), f = Get<Word>(abef, 0);
  Word c = Get<Word>(cdgh, 3), d = Get<Word>(cdgh, 2), g = Get<Word>(cdgh, 1), h = Get<Word>(cdgh, 0);
  for (int i = 0; i < 2; ++i) {
    const Word t1 =
        h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + Get<Word>(wk, i);
    const Word t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  __m128i r;
  Set(r, 3, a), Set(r, 2, b), Set(r, 1, e), Set(r, 0, f);
  return r;
}
__m512i _mm512_setr_epi64(long long e0, long long e1, long long e2, long long e3, long long e4, long long e5,
                          long long e6, long long e7) {
  const long long all[] = {e0, e1, e2, e3, e4, e5, e6, e7};
  return Read<__m512i>(all);
}
__m512i _mm512_set_epi64(long long e7, long long e6, long long e5, long long e4, long long e3, long long e2,
                         long long e1, long long e0) {
  const long long all[] = {e0, e1, e2, e3, e4, e5, e6, e7};
  return Read<__m512i>(all);
}
__m256i _mm256_setr_epi32(int e0, int e1, int e2, int e3, int e4, int e5, int e6, int e7) {
  const int all[] = {e0, e1, e2, e3, e4, e5, e6, e7};
  return Read<__m256i>(all);
}
__m256i _mm256_setr_epi8(char e0, char e1, char e2, char e3, char e4, char e5, char e6, char e7, char e8, char e9,
                         char e10, char e11, char e12, char e13, char e14, char e15, char e16, char e17, char e18,
                         char e19, char e20, char e21, char e22, char e23, char e24, char e25, char e26, char e27,
                         char e28, char e29, char e30, char e31) {
  const char all[] = {e0,  e1,  e2,  e3,  e4,  e5,  e6,  e7,  e8,  e9,  e10, e11, e12, e13, e14, e15,
                      e16, e17, e18, e19, e20, e21, e22, e23, e24, e25, e26, e27, e28, e29, e30, e31};
  return Read<__m256i>(all);
}
__m128i _mm_set_epi8(char e15, char e14, char e13, char e12, char e11, char e10, char e9, char e8, char e7, char e6,
                     char e5, char e4, char e3, char e2, char e1, char e0) {
  const char all[] = {e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12, e13, e14, e15};
  return Read<__m128i>(all);
}

}  // namespace assay::emulated
