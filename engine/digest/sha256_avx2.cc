// 8 messages in the 32-bit lanes of AVX2 registers, for CPUs without SHA-NI: a rotation is two shifts.
#include "engine/digest/sha256_lanes.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <immintrin.h>

#include <utility>

#define ASSAY_TARGET ASSAY_FOR_CPUS_WITH("avx2")
#define ASSAY_INLINE ASSAY_TARGET inline __attribute__((always_inline))

namespace assay::sha256 {
namespace avx2 {
namespace {

using Vec = __m256i;

ASSAY_INLINE Vec Add(Vec a, Vec b) { return _mm256_add_epi32(a, b); }
ASSAY_INLINE Vec Xor(Vec a, Vec b) { return _mm256_xor_si256(a, b); }
ASSAY_INLINE Vec And(Vec a, Vec b) { return _mm256_and_si256(a, b); }
ASSAY_INLINE Vec Xor3(Vec a, Vec b, Vec c) { return Xor(Xor(a, b), c); }
template <int kBits>
ASSAY_INLINE Vec Shr(Vec a) {
  return _mm256_srli_epi32(a, kBits);
}
template <int kBits>
ASSAY_INLINE Vec Ror(Vec a) {
  return _mm256_or_si256(Shr<kBits>(a), _mm256_slli_epi32(a, 32 - kBits));
}

// Round t of 64 with W_t in w[t % 16]; afterwards w[t % 16] holds W_(t+16) when that is needed.
// The working variables rotate by name instead of moving: a is s[-t mod 8]. `bc` is b ^ c, which was a ^ b the round
// before: the majority of a, b and c is b where a and b are equal, else c.
template <unsigned t>
ASSAY_INLINE void Round(Vec (&s)[8], Vec (&w)[16], Vec& bc, const std::uint32_t* k) {
  Vec& a = s[(64 - t) % 8];
  Vec& b = s[(65 - t) % 8];
  Vec& d = s[(67 - t) % 8];
  Vec& e = s[(68 - t) % 8];
  Vec& f = s[(69 - t) % 8];
  Vec& g = s[(70 - t) % 8];
  Vec& h = s[(71 - t) % 8];
  const Vec hkw = Add(h, Add(w[t % 16], _mm256_set1_epi32(static_cast<int>(k[t % 16]))));
  const Vec choose = Xor(And(e, Xor(f, g)), g);
  const Vec sigma1 = Xor3(Ror<6>(e), Ror<11>(e), Ror<25>(e));
  const Vec sum = Add(Add(hkw, choose), sigma1);
  const Vec sigma0 = Xor3(Ror<2>(a), Ror<13>(a), Ror<22>(a));
  const Vec ab = Xor(a, b);
  const Vec majority = Xor(And(ab, bc), b);
  bc = ab;
  d = Add(d, sum);
  h = Add(Add(sum, majority), sigma0);
}

template <unsigned t>
ASSAY_INLINE void Extend(Vec (&w)[16]) {
  const Vec w1 = w[(t + 1) % 16];
  const Vec w14 = w[(t + 14) % 16];
  const Vec small0 = Xor3(Ror<7>(w1), Ror<18>(w1), Shr<3>(w1));
  const Vec small1 = Xor3(Ror<17>(w14), Ror<19>(w14), Shr<10>(w14));
  w[t] = Add(Add(w[t], w[(t + 9) % 16]), Add(small0, small1));
}

template <bool kExtend, std::size_t... t>
ASSAY_INLINE void Rounds16(Vec (&s)[8], Vec (&w)[16], Vec& bc, const std::uint32_t* k, std::index_sequence<t...>) {
  ((Round<t>(s, w, bc, k), kExtend ? Extend<t>(w) : void()), ...);
}

// w[4q..4q+3] = words 4q..4q+3 of the blocks at next[lane] + offset. The loads put lanes r and r + 4 side by side in
// the 128-bit parts of row[r], so that a 4x4 transposition within each part leaves the lanes in order.
template <unsigned q>
ASSAY_INLINE void LoadQuarter(Vec (&w)[16], const std::uint8_t* const* next, std::size_t offset, Vec swap) {
  Vec row[4];
  for (unsigned r = 0; r < 4; ++r) {
    const auto part = [&](unsigned lane) ASSAY_TARGET {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(next[lane] + offset + 16 * q));
    };
    row[r] = _mm256_inserti128_si256(_mm256_castsi128_si256(part(r)), part(r + 4), 1);
  }
  const Vec ab_low = _mm256_unpacklo_epi32(row[0], row[1]);
  const Vec ab_high = _mm256_unpackhi_epi32(row[0], row[1]);
  const Vec cd_low = _mm256_unpacklo_epi32(row[2], row[3]);
  const Vec cd_high = _mm256_unpackhi_epi32(row[2], row[3]);
  w[4 * q] = _mm256_shuffle_epi8(_mm256_unpacklo_epi64(ab_low, cd_low), swap);
  w[4 * q + 1] = _mm256_shuffle_epi8(_mm256_unpackhi_epi64(ab_low, cd_low), swap);
  w[4 * q + 2] = _mm256_shuffle_epi8(_mm256_unpacklo_epi64(ab_high, cd_high), swap);
  w[4 * q + 3] = _mm256_shuffle_epi8(_mm256_unpackhi_epi64(ab_high, cd_high), swap);
}

struct Avx2Lanes {
  static constexpr unsigned kLanes = 8;
  static constexpr unsigned kAlone = 4;

  struct State {
    alignas(32) std::uint32_t words[8][kLanes];
    std::uint32_t& Word(unsigned lane, unsigned i) { return words[i][lane]; }
  };

  ASSAY_TARGET static void Compress(State& state, const std::uint8_t* const* next, std::size_t blocks);
};

ASSAY_TARGET void Avx2Lanes::Compress(State& state, const std::uint8_t* const* next, std::size_t blocks) {
  const Vec swap = _mm256_broadcastsi128_si256(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  constexpr auto kSixteen = std::make_index_sequence<16>();
  Vec s[8];
  for (unsigned i = 0; i < 8; ++i) s[i] = _mm256_load_si256(reinterpret_cast<const Vec*>(state.words[i]));
  for (std::size_t offset = 0; offset < blocks * 64; offset += 64) {
    Vec w[16];
    LoadQuarter<0>(w, next, offset, swap);
    LoadQuarter<1>(w, next, offset, swap);
    LoadQuarter<2>(w, next, offset, swap);
    LoadQuarter<3>(w, next, offset, swap);
    Vec bc = Xor(s[1], s[2]);
    for (unsigned k = 0; k < 48; k += 16) Rounds16<true>(s, w, bc, kRound + k, kSixteen);
    Rounds16<false>(s, w, bc, kRound + 48, kSixteen);
    for (unsigned i = 0; i < 8; ++i) {
      s[i] = Add(s[i], _mm256_load_si256(reinterpret_cast<const Vec*>(state.words[i])));
      _mm256_store_si256(reinterpret_cast<Vec*>(state.words[i]), s[i]);
    }
  }
}

}  // namespace
}  // namespace avx2

const Sha256Kernel kAvx2 = {"avx2", avx2::Avx2Lanes::kLanes, 4, simd::kAvx2, &DigestInLanes<avx2::Avx2Lanes>};

}  // namespace assay::sha256
#endif
