// Interleaved SHA-NI streams: sha256rnds2 waits for its own result within one stream, so
// independent messages fill the gaps. Three streams were the fastest tried (two leave gaps, four
// spill registers); two messages are faster in a loop of two.
#include "engine/digest/sha256_lanes.h"
#include "engine/simd/target.h"

#if defined(ASSAY_X86_KERNELS)
#include <immintrin.h>

#include <utility>

#define ASSAY_TARGET ASSAY_FOR_CPUS_WITH("sha,sse4.1,ssse3")
#define ASSAY_INLINE ASSAY_TARGET inline __attribute__((always_inline))

namespace assay::sha256 {
namespace {

using Vec = __m128i;

// The registers of one stream. sha256rnds2 wants the working variables as (a,b,e,f) and (c,d,g,h).
struct Stream {
  Vec abef;
  Vec cdgh;
  Vec w[4];  // message words, four to a register, w[i % 4] the oldest
};

// Four rounds, t = 4 * i .. 4 * i + 3, whose words are in w[i % 4]; prepares the words of
// four rounds three groups ahead, as far as these three can know them.
template <unsigned i>
ASSAY_INLINE void Rounds4(Stream& s) {
  Vec& now = s.w[i % 4];
  const Vec wk = _mm_add_epi32(now, _mm_load_si128(reinterpret_cast<const Vec*>(kRound + 4 * i)));
  s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, wk);
  if constexpr (i >= 3 && i < 15) {
    Vec& coming = s.w[(i + 1) % 4];
    coming = _mm_add_epi32(coming, _mm_alignr_epi8(now, s.w[(i + 3) % 4], 4));
    coming = _mm_sha256msg2_epu32(coming, now);
  }
  s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(wk, 0x0E));
  if constexpr (i >= 1 && i < 13) {
    Vec& past = s.w[(i + 3) % 4];
    past = _mm_sha256msg1_epu32(past, now);
  }
}

template <unsigned i>
ASSAY_INLINE void LoadWords(Stream& s, const std::uint8_t* block) {
  const Vec swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  s.w[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const Vec*>(block + 16 * i)), swap);
}

template <unsigned i, unsigned kStreams, std::size_t... lane>
ASSAY_INLINE void Group(Stream (&s)[kStreams], const std::uint8_t* const* next, std::size_t offset,
                        std::index_sequence<lane...>) {
  if constexpr (i < 4) (LoadWords<i>(s[lane], next[lane] + offset), ...);
  (Rounds4<i>(s[lane]), ...);
}

template <unsigned kStreams, std::size_t... i>
ASSAY_INLINE void Block(Stream (&s)[kStreams], const std::uint8_t* const* next, std::size_t offset,
                        std::index_sequence<i...>) {
  (Group<i>(s, next, offset, std::make_index_sequence<kStreams>()), ...);
}

template <unsigned kStreams>
struct ShaNiLanes {
  static constexpr unsigned kLanes = kStreams;
  static constexpr unsigned kAlone = 2;

  struct State {
    alignas(16) std::uint32_t words[kStreams][8];
    std::uint32_t& Word(unsigned lane, unsigned i) { return words[lane][i]; }
  };

  ASSAY_TARGET static void Compress(State& state, const std::uint8_t* const* next, std::size_t blocks) {
    Stream s[kStreams];
    for (unsigned lane = 0; lane < kStreams; ++lane) {
      const Vec* words = reinterpret_cast<const Vec*>(state.words[lane]);
      const Vec badc = _mm_shuffle_epi32(_mm_load_si128(words), 0xB1);
      const Vec hgfe = _mm_shuffle_epi32(_mm_load_si128(words + 1), 0x1B);
      s[lane].abef = _mm_alignr_epi8(badc, hgfe, 8);
      s[lane].cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
    }
    for (std::size_t offset = 0; offset < blocks * 64; offset += 64) {
      Vec before[kStreams][2];
      for (unsigned lane = 0; lane < kStreams; ++lane) {
        before[lane][0] = s[lane].abef;
        before[lane][1] = s[lane].cdgh;
      }
      Block(s, next, offset, std::make_index_sequence<16>());
      for (unsigned lane = 0; lane < kStreams; ++lane) {
        s[lane].abef = _mm_add_epi32(s[lane].abef, before[lane][0]);
        s[lane].cdgh = _mm_add_epi32(s[lane].cdgh, before[lane][1]);
      }
    }
    for (unsigned lane = 0; lane < kStreams; ++lane) {
      Vec* words = reinterpret_cast<Vec*>(state.words[lane]);
      const Vec feba = _mm_shuffle_epi32(s[lane].abef, 0x1B);
      const Vec dchg = _mm_shuffle_epi32(s[lane].cdgh, 0xB1);
      _mm_store_si128(words, _mm_blend_epi16(feba, dchg, 0xF0));
      _mm_store_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
    }
  }
};

}  // namespace

const Sha256Kernel kShaNi3 = {"sha_ni_x3", 3, 3, simd::kShaNi, &DigestInLanes<ShaNiLanes<3>>};
const Sha256Kernel kShaNi2 = {"sha_ni_x2", 2, 2, simd::kShaNi, &DigestInLanes<ShaNiLanes<2>>};

}  // namespace assay::sha256
#endif
