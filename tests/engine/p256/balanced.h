// Scalars whose points, dealt out to lanes, sum to the same point in both halves of the lanes.
#pragma once

#include "engine/p256/comb.h"
#include "engine/p256/constants.h"

namespace assay::p256 {

// Let n = sum c_i 2^(w i) in odd digits (comb.h). The scalar with digits c_i in the rows dealt to the
// lower half of `share` lanes and -c_i in the others has halves that differ by n, so their points
// are equal. Row `first` is its lowest window. See spread.h for how rows are dealt.
inline U256 Balanced(int w, int first, int share) {
  U256 lower{}, upper{};  // sums of c_i 2^(w i) over both halves
  for (int at = 0; at < w * Windows(w); ++at) {
    // Bit `at` of (n + 2^(w m) - 1) / 2, whose digits are b_i with c_i = 2 b_i - (2^w - 1): a bit
    // counts 2^at when set and -2^at when not.
    const int bit = at + 1;  // of n
    const bool set = at == w * Windows(w) - 1 || (bit < 256 && (kN.w[bit / 64] >> (bit % 64) & 1));
    U256& half = (first + at / w) % share < share / 2 ? lower : upper;
    const U256 power = PowerOfTwoMod(at, kN);
    half = set ? AddMod(half, power, kN) : SubMod(half, power, kN);
  }
  return SubMod(lower, upper, kN);
}

}  // namespace assay::p256
