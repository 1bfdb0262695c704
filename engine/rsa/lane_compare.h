// The last step of PKCS#1 v1.5 in lanes: whether s^65537 mod n is the expected EM. Nothing is converted.
//
// # Why not convert
// Squaring s itself 16 times and multiplying by s once gives Y = s^65537 R^-65536 mod n. With
// C = R^-65536 the question s^65537 = EM becomes Y = C EM mod n. EM is a fixed block plus the
// digest h, so C EM = C block + C h, the first of them kept with the key. With t limbs of h (5 for
// SHA-256, 10 for the others) and C' = C 2^(52 t), t reduction steps give U = (C' h + m n) / 2^(52
// t) = C h mod n, below 2 n: 20 products a column instead of a whole multiplication.
//
// # The comparison
// U < 2 n, P < n and Y < 2 n, so U + P - Y is above -2 n and below 3 n, and the signature is right
// exactly when it is q n with q among -1, 0, 1 and 2. Its low limb tells which q alone is possible,
// n being odd, and one chain over all columns then checks U + P - Y - q n = 0.
//
// Included like lane_multiply.h, within a target region.
#pragma once

#include "engine/rsa/lane_multiply.h"

namespace assay::rsa {

// kCompareSlack: the zero limbs that `n` and `c` must have above their L.
inline constexpr int kCompareSlack = 12;

template <class Lane, int t, int... i>
ASSAY_RSA_INLINE typename Lane::Vec CompareColumn(const typename Lane::Factor* h, const typename Lane::Factor* c,
                                                  const typename Lane::Factor* m, const typename Lane::Factor* n,
                                                  std::integer_sequence<int, i...>) {
  using Vec = typename Lane::Vec;
  Vec a = Lane::Zero(), b = Lane::Zero(), d = Lane::Zero(), e = Lane::Zero();
  ((a = Lane::MultiplyLow(a, h[i], c[-i]), b = Lane::MultiplyHigh(b, h[i], c[-i - 1]),
    d = Lane::MultiplyLow(d, m[i], n[-i]), e = Lane::MultiplyHigh(e, m[i], n[-i - 1])),
   ...);
  return Lane::Add(Lane::Add(a, b), Lane::Add(d, e));
}

// MatchesDigest: a bit for each lane with y = padding + c h / 2^(52 t) mod n. Requires y below n + 4 n^2 / R and
// padding, c below n, all normalised; c and n followed by kCompareSlack zero limbs. Overwrites m[0..t).
template <class Lane, int L, int t>
unsigned MatchesDigest(const typename Lane::Factor* y, const typename Lane::Factor* h, const typename Lane::Factor* c,
                       const typename Lane::Vec* padding, const Modulus<Lane>& modulus) {
  using Vec = typename Lane::Vec;
  using Factor = typename Lane::Factor;
  static_assert(t + 1 <= kCompareSlack && t < L);
  constexpr auto kDigits = std::make_integer_sequence<int, t>();
  const Factor* n = modulus.n;
  Factor* m = modulus.m;
  Vec carry = Lane::Zero();
  for (int k = 0; k < t; ++k) {
    Vec column = carry;
    for (int i = 0; i <= k; ++i) column = Lane::MultiplyLow(column, h[i], c[k - i]);
    for (int i = 0; i < k; ++i) {
      column = Lane::MultiplyHigh(column, h[i], c[k - 1 - i]);
      column = Lane::MultiplyLow(column, m[i], n[k - i]);
      column = Lane::MultiplyHigh(column, m[i], n[k - 1 - i]);
    }
    m[k] = Lane::LowProduct(Lane::LowBits(column), modulus.minus_inverse);
    carry = Lane::CarryRoundedUp(column);
  }
  Vec different = Lane::Zero();
  Vec add_n = Lane::Zero();    // all ones where -q is odd
  Vec take_2n = Lane::Zero();  // all ones where -q is -1 or -2
  for (int k = 0; k < L; ++k) {
    const Vec u = CompareColumn<Lane, t>(h, c + t + k, m, n + t + k, kDigits);
    Vec column = Lane::Add(u, Lane::Sub(padding[k], Lane::Integer(y[k])));
    if (k == 0) {
      // The column is q n[0] mod 2^52, so this is -q mod 2^52; in two bits, -q = b0 - 2 b1.
      const Vec q = Lane::Integer(Lane::LowProduct(Lane::LowBits(Lane::Add(column, carry)), modulus.minus_inverse));
      add_n = Lane::SpreadBit(q, 0);
      take_2n = Lane::SpreadBit(q, 1);
    }
    const Vec limb = Lane::Integer(n[k]);
    column = Lane::Add(column, Lane::And(add_n, limb));
    column = Lane::Sub(column, Lane::And(take_2n, Lane::Add(limb, limb)));
    column = Lane::Add(column, carry);  // last: the carry is what takes time
    different = Lane::Or(different, Lane::Low(column));
    carry = Lane::SignedCarry(column);
  }
  const Vec top = CompareColumn<Lane, t>(h, c + t + L, m, n + t + L, kDigits);
  different = Lane::Or(different, Lane::Add(carry, top));
  return Lane::ZeroLanes(different);
}

}  // namespace assay::rsa
