// Almost-Montgomery multiplication in lanes (SIMD across jobs), each lane with its own modulus.
//
// # Representation
// A number is an array of L vectors; lane j of vector i is limb i (52 bits) of job j's number. With
// R = 2^(52 L), n odd and 2^32 n <= R, Multiply(a, b) = a b / R mod n as a value below n + 4 n^2 /
// R for a, b < 2 n: almost reduced (below 2 n, hence almost-Montgomery), limbs normalised to 52 bits. The
// conditional subtraction is left to the end.
//
// # Product scanning in tiles
// Columns are summed T at a time. Row i of a tile adds x[i] * y[c - i .. c - i + T - 1]: each limb
// of y that is loaded feeds the low half of one column and the high half of the next. Low and high
// halves have accumulators of their own, merged once a tile, so that no sum waits for another: the
// 2 T chains hide the multiplier's latency. Rows at the two ends of a tile are triangles, unrolled
// at compile time. A squaring sums the products i < j, doubles them and adds the squares.
//
// # Bounds
// Every product half is below 2^52. A column holds at most L low and L high halves of a b (a
// squaring has half as many, doubled), as many of m n, and a carry below 2^12 + 1: under 4 L 2^52 <
// 2^61.
//
// # Factors
// What is multiplied are Lane::Factor, limbs in the form that the lane's multiplier takes: the integers themselves for
// IFMA, doubles for FMA, whose products come with a constant each (simd/lane_fma.h). The sums of a tile start at what
// those constants take away, so that a column is right once all its products are in: their number is known beforehand.
//
// # How to include
// Templates over a Lane (engine/simd/lane_avx512ifma.h shows what it must have), without
// intrinsics. A kernel includes this file within its own target region,
// with its Lane in an unnamed namespace, so that the functions get its instructions and internal
// linkage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/base/check.h"
#include "engine/rsa/prepared_rsa.h"

#if defined(ASSAY_VERIFY)
#define ASSAY_RSA_VERIFY(condition) ASSAY_CHECK(condition)
#else
#define ASSAY_RSA_VERIFY(condition) static_cast<void>(0)
#endif
#if defined(ASSAY_EMULATED)  // see ASSAY_LANE
#define ASSAY_RSA_INLINE inline
#else
#define ASSAY_RSA_INLINE inline __attribute__((always_inline))
#endif

namespace assay::rsa {

// Columns: T columns of a product, low and high halves apart: column k is low[k] + high[k - 1].
template <class Lane, int T>
struct Columns {
  static constexpr std::size_t kColumns = T;
  typename Lane::Vec low[kColumns];
  typename Lane::Vec high[kColumns];
};

// Start: the sums of a tile before their first product. `halves(k)`: of how many halves of a product's constant column
// k is to be relieved: two for each product, but one for those that are added when the sums have been doubled.
template <class Lane, int T, class Halves, int... k>
ASSAY_RSA_INLINE void Start(Columns<Lane, T>& c, Halves halves, std::integer_sequence<int, k...>) {
  ((c.low[k] = Lane::StartLow(halves(k)), c.high[k] = Lane::StartHigh(halves(k))), ...);
}

template <class Lane, int T, int... k>
ASSAY_RSA_INLINE void Double(Columns<Lane, T>& c, std::integer_sequence<int, k...>) {
  ((c.low[k] = Lane::Add(c.low[k], c.low[k]), c.high[k] = Lane::Add(c.high[k], c.high[k])), ...);
}

template <int k, class Lane, int T>
ASSAY_RSA_INLINE void AddProduct(Columns<Lane, T>& c, typename Lane::Factor x, typename Lane::Factor y) {
  Lane::AddProduct(c.low[k], c.high[k], x, y);
}

// RowOf: columns kFrom .. kFrom + sizeof...(k) - 1 of one row: += x * y[column].
template <int kFrom, class Lane, int T, int... k>
ASSAY_RSA_INLINE void RowOf(Columns<Lane, T>& c, typename Lane::Factor x, const typename Lane::Factor* y,
                            std::integer_sequence<int, k...>) {
  (AddProduct<kFrom + k>(c, x, y[kFrom + k]), ...);
}

template <int kFrom, int kTo, class Lane, int T>
ASSAY_RSA_INLINE void Row(Columns<Lane, T>& c, typename Lane::Factor x, const typename Lane::Factor* y) {
  if constexpr (kFrom < kTo) {
    RowOf<kFrom>(c, x, y, std::make_integer_sequence<int, kTo - kFrom>());
  }
}

// Rows: whole rows i = from .. to - 1 of the tile at column c0: column k += x[i] * y[c0 - i + k].
template <class Lane, int T>
ASSAY_RSA_INLINE void Rows(Columns<Lane, T>& c, const typename Lane::Factor* x, const typename Lane::Factor* y, int c0,
                           int from, int to) {
  for (int i = from; i < to; ++i) Row<0, T>(c, x[i], y + (c0 - i));
}

// RisingRows: rows first + e, e = 0 .. T - 2, columns 0 .. e: where the highest limbs of y begin to leave the tile.
template <class Lane, int T, int... e>
ASSAY_RSA_INLINE void RisingRows(Columns<Lane, T>& c, const typename Lane::Factor* x, const typename Lane::Factor* y,
                                 int c0, int first, std::integer_sequence<int, e...>) {
  (Row<0, e + 1>(c, x[first + e], y + (c0 - first - e)), ...);
}

// FallingRows: rows c0 + 1 + e, e = 0 .. T - 2, columns e + 1 .. T - 1: where the lowest limb of y enters.
// Column k += x[c0 + 1 + e] * y[k - 1 - e].
template <class Lane, int T, int... e>
ASSAY_RSA_INLINE void FallingRows(Columns<Lane, T>& c, const typename Lane::Factor* x, const typename Lane::Factor* y,
                                  int c0, std::integer_sequence<int, e...>) {
  (Row<e + 1, T>(c, x[c0 + 1 + e], y - (e + 1)), ...);
}

// DiagonalRows: the products x[i] x[j], i < j, of the tile at the even column c0 whose row i is c0 / 2 or more: row
// c0 / 2 + d meets columns 2 d + 1 .. T - 1.
template <class Lane, int T, int... d>
ASSAY_RSA_INLINE void DiagonalRows(Columns<Lane, T>& c, const typename Lane::Factor* x, int c0,
                                   std::integer_sequence<int, d...>) {
  (Row<2 * d + 1, T>(c, x[c0 / 2 + d], x + (c0 / 2 - d)), ...);
}

template <class Lane, int T, int... d>
ASSAY_RSA_INLINE void Squares(Columns<Lane, T>& c, const typename Lane::Factor* x, int c0,
                              std::integer_sequence<int, d...>) {
  (AddProduct<2 * d>(c, x[c0 / 2 + d], x[c0 / 2 + d]), ...);
}

// LastRows: the rows of a squaring's last tile (columns 2 L - T .. 2 L - 1): x[L - T + 1 + e] meets columns up to e, as
// in RisingRows, and from the diagonal on, as in DiagonalRows.
template <class Lane, int T, int... e>
ASSAY_RSA_INLINE void LastRows(Columns<Lane, T>& c, const typename Lane::Factor* x, int c0,
                               std::integer_sequence<int, e...>) {
  (Row<(e + 1 >= T / 2 ? 2 * (e + 1 - T / 2) + 1 : 0), e + 1>(c, x[c0 / 2 - T / 2 + 1 + e],
                                                              x + (c0 / 2 + T / 2 - 1 - e)),
   ...);
}

// Digit: one quotient digit of the Montgomery reduction, m[k], which makes column k divisible by 2^52, and its products
// with the tile's other columns. Column k plus the low half of m[k] n[0] ends in 52 zero bits, so its carry is
// column k / 2^52 rounded up, without computing that low half.
template <int k, class Lane, int T>
ASSAY_RSA_INLINE void Digit(Columns<Lane, T>& c, const typename Lane::Factor* n, typename Lane::Factor minus_inverse,
                            typename Lane::Factor* m, typename Lane::Vec& carry) {
  const typename Lane::Vec column = Lane::Add(c.low[k], carry);
  const typename Lane::Factor digit = Lane::LowProduct(Lane::LowBits(column), minus_inverse);
  m[k] = digit;
  const typename Lane::Vec up = Lane::CarryRoundedUp(column);
  c.high[k] = Lane::MultiplyHigh(Lane::Add(c.high[k], up), digit, n[0]);
  Row<k + 1, T>(c, digit, n - k);
  carry = c.high[k];
}

template <class Lane, int T, int... k>
ASSAY_RSA_INLINE void Digits(Columns<Lane, T>& c, const typename Lane::Factor* n, typename Lane::Factor minus_inverse,
                             typename Lane::Factor* m, typename Lane::Vec& carry, std::integer_sequence<int, k...>) {
  (Digit<k>(c, n, minus_inverse, m, carry), ...);
}

// Normalise: writes the tile's columns as limbs and passes the carry on.
template <class Lane, int T, int... k>
ASSAY_RSA_INLINE void Normalise(const Columns<Lane, T>& c, typename Lane::Factor* out, typename Lane::Vec& carry,
                                std::integer_sequence<int, k...>) {
  typename Lane::Vec column = Lane::Zero();
  ((column = Lane::Add(c.low[k], carry), out[k] = Lane::Limb(column),
    carry = Lane::Add(c.high[k], Lane::Carry(column))),
   ...);
}

template <class Lane, int L>
inline void CheckLimbs([[maybe_unused]] const typename Lane::Factor* x) {
#if defined(ASSAY_VERIFY)
  for (int i = 0; i < L; ++i) ASSAY_CHECK(Lane::AllBelow(Lane::Integer(x[i]), kLimbMask));
#endif
}

// Modulus: what a multiplication works on: one modulus and one set of quotient digits a lane.
template <class Lane>
struct Modulus {
  const typename Lane::Factor* n;
  typename Lane::Factor minus_inverse;
  typename Lane::Factor* m;  // L digits of scratch
};

// Square: out := x * x / R mod n. Requires and gives values below 2 n, normalised. `out` may be x itself: its limbs
// replace limbs of x that no later tile reads. Not inlined: in a function of its own the compilers keep every
// accumulator in a register, and with IFMA the ports are busy 97 to 99% of the time (`rsa_bench`).
template <class Lane, int L, int T>
__attribute__((noinline)) void Square(const typename Lane::Factor* x, typename Lane::Factor* out,
                                      const Modulus<Lane>& modulus) {
  static_assert(L % T == 0 && T % 2 == 0 && L >= 3 * T && L <= 512);
  constexpr auto kAll = std::make_integer_sequence<int, T>();
  constexpr auto kTriangle = std::make_integer_sequence<int, T - 1>();
  constexpr auto kHalf = std::make_integer_sequence<int, T / 2>();
  CheckLimbs<Lane, L>(x);
  typename Lane::Vec carry = Lane::Zero();
  for (int c0 = 0; c0 < L; c0 += T) {
    Columns<Lane, T> c;
    // Column j gets j + 1 products of x, those of two different limbs as one to be doubled, and j of m n.
    Start(c, [c0](int k) { return 2 * (c0 + k) + 1; }, kAll);
    Rows(c, x, x, c0, 0, c0 / 2);
    DiagonalRows(c, x, c0, kHalf);
    Double(c, kAll);
    Squares(c, x, c0, kHalf);
    Rows(c, modulus.m, modulus.n, c0, 0, c0);
    Digits(c, modulus.n, modulus.minus_inverse, modulus.m + c0, carry, kAll);
  }
  for (int c0 = L; c0 < 2 * L; c0 += T) {
    const int u = c0 - L;
    Columns<Lane, T> c;
    // Here the triangles shrink: as many products of x as of m n.
    Start(c, [u](int k) { return 2 * (L - 1 - u - k); }, kAll);
    if (u < L - T) {
      RisingRows(c, x, x, c0, u + 1, kTriangle);
      Rows(c, x, x, c0, u + T, c0 / 2);
      DiagonalRows(c, x, c0, kHalf);
    } else {
      LastRows(c, x, c0, kTriangle);
    }
    Double(c, kAll);
    Squares(c, x, c0, kHalf);
    RisingRows(c, modulus.m, modulus.n, c0, u + 1, kTriangle);
    Rows(c, modulus.m, modulus.n, c0, u + T, L);
    Normalise(c, out + u, carry, kAll);
  }
  ASSAY_RSA_VERIFY(Lane::AllBelow(carry, 0));
  CheckLimbs<Lane, L>(out);
}

// Multiply: x := x * y / R mod n; x and y do not overlap. Requires and gives values below 2 n, normalised.
template <class Lane, int L, int T>
__attribute__((noinline)) void Multiply(typename Lane::Factor* x, const typename Lane::Factor* y,
                                        const Modulus<Lane>& modulus) {
  using Vec = typename Lane::Vec;
  constexpr auto kAll = std::make_integer_sequence<int, T>();
  constexpr auto kTriangle = std::make_integer_sequence<int, T - 1>();
  CheckLimbs<Lane, L>(x);
  CheckLimbs<Lane, L>(y);
  Vec carry = Lane::Zero();
  for (int c0 = 0; c0 < L; c0 += T) {
    Columns<Lane, T> c;
    Start(c, [c0](int k) { return 2 * (2 * (c0 + k) + 1); }, kAll);  // c0 + k + 1 of x y, c0 + k of m n
    Rows(c, x, y, c0, 0, c0 + 1);
    FallingRows(c, x, y, c0, kTriangle);
    Rows(c, modulus.m, modulus.n, c0, 0, c0);
    Digits(c, modulus.n, modulus.minus_inverse, modulus.m + c0, carry, kAll);
  }
  for (int c0 = L; c0 < 2 * L; c0 += T) {
    const int u = c0 - L;
    Columns<Lane, T> c;
    Start(c, [u](int k) { return 2 * (2 * (L - 1 - u - k)); }, kAll);  // as many of each
    RisingRows(c, x, y, c0, u + 1, kTriangle);
    Rows(c, x, y, c0, u + T, L);
    RisingRows(c, modulus.m, modulus.n, c0, u + 1, kTriangle);
    Rows(c, modulus.m, modulus.n, c0, u + T, L);
    Normalise(c, x + u, carry, kAll);
  }
  ASSAY_RSA_VERIFY(Lane::AllBelow(carry, 0));
  CheckLimbs<Lane, L>(x);
}

}  // namespace assay::rsa
