// 16 messages in the 32-bit lanes of AVX-512 registers: three-input logic is one instruction
// (vpternlogd) and so is a rotation (vprold).
#include "engine/digest/sha256_lanes.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <immintrin.h>

#include <utility>

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own AVX-512 headers pass an undefined register to every unmasked intrinsic.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define ASSAY_TARGET ASSAY_FOR_CPUS_WITH("avx512f,avx512bw,avx512vl,avx512dq")
#define ASSAY_INLINE ASSAY_TARGET inline __attribute__((always_inline))

namespace assay::sha256 {
namespace {

using Vec = __m512i;

ASSAY_INLINE Vec Add(Vec a, Vec b) { return _mm512_add_epi32(a, b); }
template <int kTable>
ASSAY_INLINE Vec Logic(Vec a, Vec b, Vec c) {
  return _mm512_ternarylogic_epi32(a, b, c, kTable);
}
ASSAY_INLINE Vec Xor3(Vec a, Vec b, Vec c) { return Logic<0x96>(a, b, c); }
template <int kBits>
ASSAY_INLINE Vec Ror(Vec a) {
  return _mm512_ror_epi32(a, kBits);
}

// Round t of 64 with W_t in w[t % 16]; afterwards w[t % 16] holds W_(t+16) when that is needed.
// The working variables rotate by name instead of moving: a is s[-t mod 8].
template <unsigned t>
ASSAY_INLINE void Round(Vec (&s)[8], Vec (&w)[16], const std::uint32_t* k) {
  Vec& a = s[(64 - t) % 8];
  Vec& b = s[(65 - t) % 8];
  Vec& c = s[(66 - t) % 8];
  Vec& d = s[(67 - t) % 8];
  Vec& e = s[(68 - t) % 8];
  Vec& f = s[(69 - t) % 8];
  Vec& g = s[(70 - t) % 8];
  Vec& h = s[(71 - t) % 8];
  // The chain from e to the next e is the longest: rotate, xor, add. Everything else is added
  // before.
  const Vec hkw = Add(h, Add(w[t % 16], _mm512_set1_epi32(static_cast<int>(k[t % 16]))));
  const Vec choose = Logic<0xCA>(e, f, g);
  const Vec sigma1 = Xor3(Ror<6>(e), Ror<11>(e), Ror<25>(e));
  const Vec most = Add(hkw, choose);
  const Vec sigma0 = Xor3(Ror<2>(a), Ror<13>(a), Ror<22>(a));
  const Vec majority = Logic<0xE8>(a, b, c);
  d = Add(Add(Add(d, hkw), choose), sigma1);
  h = Add(Add(Add(most, majority), sigma1), sigma0);
}

template <unsigned t>
ASSAY_INLINE void Extend(Vec (&w)[16]) {
  const Vec w1 = w[(t + 1) % 16];
  const Vec w14 = w[(t + 14) % 16];
  const Vec small0 = Xor3(Ror<7>(w1), Ror<18>(w1), _mm512_srli_epi32(w1, 3));
  const Vec small1 = Xor3(Ror<17>(w14), Ror<19>(w14), _mm512_srli_epi32(w14, 10));
  w[t] = Add(Add(w[t], w[(t + 9) % 16]), Add(small0, small1));
}

template <bool kExtend, std::size_t... t>
ASSAY_INLINE void Rounds16(Vec (&s)[8], Vec (&w)[16], const std::uint32_t* k, std::index_sequence<t...>) {
  ((Round<t>(s, w, k), kExtend ? Extend<t>(w) : void()), ...);
}

// w[4q..4q+3] = words 4q..4q+3 of the blocks at next[lane] + offset. The loads put lanes r, r + 4,
// r + 8 and r + 12 side by side in the 128-bit parts of row[r], so that a 4x4 transposition within
// each part leaves the lanes in order.
template <unsigned q>
ASSAY_INLINE void LoadQuarter(Vec (&w)[16], const std::uint8_t* const* next, std::size_t offset, Vec swap) {
  Vec row[4];
  for (unsigned r = 0; r < 4; ++r) {
    const auto part = [&](unsigned lane) ASSAY_TARGET {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(next[lane] + offset + 16 * q));
    };
    Vec v = _mm512_zextsi128_si512(part(r));
    v = _mm512_mask_broadcast_i32x4(v, 0x00F0, part(r + 4));
    v = _mm512_mask_broadcast_i32x4(v, 0x0F00, part(r + 8));
    row[r] = _mm512_mask_broadcast_i32x4(v, 0xF000, part(r + 12));
  }
  const Vec ab_low = _mm512_unpacklo_epi32(row[0], row[1]);
  const Vec ab_high = _mm512_unpackhi_epi32(row[0], row[1]);
  const Vec cd_low = _mm512_unpacklo_epi32(row[2], row[3]);
  const Vec cd_high = _mm512_unpackhi_epi32(row[2], row[3]);
  w[4 * q] = _mm512_shuffle_epi8(_mm512_unpacklo_epi64(ab_low, cd_low), swap);
  w[4 * q + 1] = _mm512_shuffle_epi8(_mm512_unpackhi_epi64(ab_low, cd_low), swap);
  w[4 * q + 2] = _mm512_shuffle_epi8(_mm512_unpacklo_epi64(ab_high, cd_high), swap);
  w[4 * q + 3] = _mm512_shuffle_epi8(_mm512_unpackhi_epi64(ab_high, cd_high), swap);
}

struct Avx512Lanes {
  static constexpr unsigned kLanes = 16;
  static constexpr unsigned kAlone = 6;

  struct State {
    alignas(64) std::uint32_t words[8][kLanes];
    std::uint32_t& Word(unsigned lane, unsigned i) { return words[i][lane]; }
  };

  ASSAY_TARGET static void Compress(State& state, const std::uint8_t* const* next, std::size_t blocks);
};

ASSAY_TARGET void Avx512Lanes::Compress(State& state, const std::uint8_t* const* next, std::size_t blocks) {
  const Vec swap = _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  constexpr auto kSixteen = std::make_index_sequence<16>();
  Vec s[8];
  for (unsigned i = 0; i < 8; ++i) s[i] = _mm512_load_si512(state.words[i]);
  for (std::size_t offset = 0; offset < blocks * 64; offset += 64) {
    Vec w[16];
    LoadQuarter<0>(w, next, offset, swap);
    LoadQuarter<1>(w, next, offset, swap);
    LoadQuarter<2>(w, next, offset, swap);
    LoadQuarter<3>(w, next, offset, swap);
    for (unsigned k = 0; k < 48; k += 16) Rounds16<true>(s, w, kRound + k, kSixteen);
    Rounds16<false>(s, w, kRound + 48, kSixteen);
    for (unsigned i = 0; i < 8; ++i) {
      s[i] = Add(s[i], _mm512_load_si512(state.words[i]));
      _mm512_store_si512(state.words[i], s[i]);
    }
  }
}

}  // namespace

const Sha256Kernel kAvx512 = {"avx512", Avx512Lanes::kLanes, 10, simd::kAvx512, &DigestInLanes<Avx512Lanes>};

}  // namespace assay::sha256
#endif
