// # Fixed-base comb tables with odd signed digits
//
// Windowed multiplication by a fixed point without doublings: one table of multiples per window, one
// addition per digit. The signed-digit recoding (as Booth's, but without a zero digit; Joye and Tunstall,
// "Exponent recoding and regular exponentiation algorithms") halves the tables, as -y is free.
//
// A scalar u is cut into m = Windows(w) windows of w bits, every digit odd: +-1, +-3, ..
// +-(2^w - 1). An odd u is recoded by v = (u + 2^(w m) - 1) / 2 = (u >> 1) + 2^(w m - 1): when
// b_0, b_1, .. are the base-2^w digits of v, then u = sum (2 b_i - (2^w - 1)) 2^(w i). An even u is
// replaced by n - u, which is odd, and every digit is negated. So no digit is zero, no sum meets
// infinity by design, and window i of a table holds only (2j + 1) 2^(w i) P for j < 2^(w-1).
//
// u = 0 has no such form (n - 0 is not below n) and is handled by the callers.
//
// The highest window sees only the 255 - w (m - 1) bits of v that u can reach, under a leading one;
// its digits are positive, and its part of the table is that much shorter.
//
// A digit selects a table entry and a sign: a `Pick`, a tagged pointer: the entry's address, a multiple
// of 64, with bit 0 set when the entry's y must be negated.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/p256/constants.h"
#include "engine/p256/u256.h"

namespace assay::p256 {

using Pick = std::uint64_t;
inline constexpr Pick kPickNegate = 1;

inline constexpr int kMinWindow = 4;
inline constexpr int kMaxWindow = 14;

// TableEntry: affine coordinates, canonical, in Montgomery form with R = 2^256. One cache line.
struct alignas(64) TableEntry {
  U256 x;
  U256 y;
};
static_assert(sizeof(TableEntry) == 64);

constexpr int Windows(int w) { return (256 + w - 1) / w; }
constexpr std::size_t WindowEntries(int w) { return std::size_t{1} << (w - 1); }
constexpr std::size_t TopWindowEntries(int w) { return std::size_t{1} << (255 - w * (Windows(w) - 1)); }
constexpr std::size_t TableEntries(int w) {
  return static_cast<std::size_t>(Windows(w) - 1) * WindowEntries(w) + TopWindowEntries(w);
}

inline constexpr int kMaxPicks = 2 * Windows(kMinWindow);

// RecodePicks: writes Windows(w) picks at stride `stride` for 0 < u < n over the comb at `table`.
inline void RecodePicks(const U256& u, const TableEntry* table, int w, Pick* picks, std::size_t stride) {
  U256 odd = u;
  std::uint64_t negate = 0;
  if (!IsOdd(u)) {
    Sub(odd, kN, u);
    negate = 1;
  }
  std::uint64_t v[6];
  v[0] = odd.w[0] >> 1 | odd.w[1] << 63;
  v[1] = odd.w[1] >> 1 | odd.w[2] << 63;
  v[2] = odd.w[2] >> 1 | odd.w[3] << 63;
  v[3] = odd.w[3] >> 1;
  v[4] = 0;
  v[5] = 0;
  const int windows = Windows(w);
  const int top = w * windows - 1;
  v[top / 64] |= std::uint64_t{1} << (top % 64);
  const std::uint64_t half = WindowEntries(w);
  for (int i = 0; i < windows; ++i) {
    const int bit = w * i;
    const int word = bit / 64;
    const int shift = bit % 64;
    // Two shifts, as a shift by 64 is undefined.
    const std::uint64_t digit = v[word] >> shift | (v[word + 1] << 1) << (63 - shift);
    const std::uint64_t positive = digit >> (w - 1) & 1;
    const std::uint64_t index = (digit ^ (positive - 1)) & (half - 1);
    picks[static_cast<std::size_t>(i) * stride] =
        reinterpret_cast<Pick>(table + static_cast<std::size_t>(i) * half + index) | (positive ^ 1 ^ negate);
  }
}

}  // namespace assay::p256
