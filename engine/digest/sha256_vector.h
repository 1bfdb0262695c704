// SHA-256 of as many messages as a register has 32-bit lanes. Included by a kernel, within its target region; the
// unnamed namespace keeps each copy to its own file.
#pragma once

#include "engine/digest/sha256_lanes.h"
#include "engine/simd/target_region.h"

namespace assay::sha256 {
namespace {

// VectorHash: what DigestInLanes() needs, over a type `L` of vectors: its Vec with the operations that are called here,
// kLanes, kAlone, and
//   Round<t>: round t of 64 with W_t in w[t % 16]. The working variables rotate by name instead of moving: a is
//     s[-t mod 8]. `carried`: what one round leaves to the next.
//   Row: the 16 bytes at next[lane] + offset, for lane = r, r + 4, .., side by side in 128-bit parts.
template <class L>
struct VectorHash {
  using Vec = typename L::Vec;
  using Carried = typename L::Carried;
  static constexpr unsigned kLanes = L::kLanes;
  static constexpr unsigned kAlone = L::kAlone;

  using State = LaneWords<kLanes>;

  static void Compress(State& state, const std::uint8_t* const* next, std::size_t blocks) {
    const Vec swap = L::Repeat(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
    constexpr auto kSixteen = std::make_index_sequence<16>();
    Vec s[8];
    for (unsigned i = 0; i < 8; ++i) s[i] = L::Load(state.words[i]);
    for (std::size_t offset = 0; offset < blocks * 64; offset += 64) {
      Vec w[16];
      LoadQuarter<0>(w, next, offset, swap);
      LoadQuarter<1>(w, next, offset, swap);
      LoadQuarter<2>(w, next, offset, swap);
      LoadQuarter<3>(w, next, offset, swap);
      Carried carried = L::Begin(s);
      for (unsigned k = 0; k < 48; k += 16) Rounds16<true>(s, w, carried, kRound + k, kSixteen);
      Rounds16<false>(s, w, carried, kRound + 48, kSixteen);
      for (unsigned i = 0; i < 8; ++i) {
        s[i] = L::Add(s[i], L::Load(state.words[i]));
        L::Store(state.words[i], s[i]);
      }
    }
  }

 private:
  // Rounds16: sixteen rounds; with kExtend w[t % 16] holds W_(t+16) afterwards.
  template <bool kExtend, std::size_t... t>
  ASSAY_LANE void Rounds16(Vec (&s)[8], Vec (&w)[16], Carried& carried, const std::uint32_t* k,
                           std::index_sequence<t...>) {
    ((L::template Round<t>(s, w, carried, k), kExtend ? Extend<t>(w) : void()), ...);
  }

  template <unsigned t>
  ASSAY_LANE void Extend(Vec (&w)[16]) {
    const Vec w1 = w[(t + 1) % 16];
    const Vec w14 = w[(t + 14) % 16];
    const Vec small0 = L::Xor3(L::template Ror<7>(w1), L::template Ror<18>(w1), L::template Shr<3>(w1));
    const Vec small1 = L::Xor3(L::template Ror<17>(w14), L::template Ror<19>(w14), L::template Shr<10>(w14));
    w[t] = L::Add(L::Add(w[t], w[(t + 9) % 16]), L::Add(small0, small1));
  }

  // LoadQuarter: w[4q..4q+3] = words 4q..4q+3 of the blocks at next[lane] + offset: a 4x4 transposition within each
  // 128-bit part of the rows leaves the lanes in order.
  template <unsigned q>
  ASSAY_LANE void LoadQuarter(Vec (&w)[16], const std::uint8_t* const* next, std::size_t offset, Vec swap) {
    Vec row[4];
    for (unsigned r = 0; r < 4; ++r) row[r] = L::Row(next + r, offset + 16 * q);
    const Vec ab_low = L::InterleaveLow32(row[0], row[1]);
    const Vec ab_high = L::InterleaveHigh32(row[0], row[1]);
    const Vec cd_low = L::InterleaveLow32(row[2], row[3]);
    const Vec cd_high = L::InterleaveHigh32(row[2], row[3]);
    w[4 * q] = L::ShuffleBytes(L::InterleaveLow64(ab_low, cd_low), swap);
    w[4 * q + 1] = L::ShuffleBytes(L::InterleaveHigh64(ab_low, cd_low), swap);
    w[4 * q + 2] = L::ShuffleBytes(L::InterleaveLow64(ab_high, cd_high), swap);
    w[4 * q + 3] = L::ShuffleBytes(L::InterleaveHigh64(ab_high, cd_high), swap);
  }
};

// Part: 16 bytes of one message.
ASSAY_LANE __m128i Part(const std::uint8_t* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }

}  // namespace
}  // namespace assay::sha256
