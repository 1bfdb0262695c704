// Double-precision intrinsics: sums and fused products as IEEE 754 has them, rounded to nearest or toward zero.
#include <bit>
#include <cfenv>
#include <cmath>

#include "tests/testing/emulated/x86/immintrin.h"

namespace assay::emulated {
namespace {

constexpr unsigned kRoundTowardZero = 0x6000;  // both bits of MXCSR's rounding control
thread_local unsigned csr = 0x1F80;
thread_local bool rounding_ignored = false;

bool TowardZero() { return (csr & kRoundTowardZero) == kRoundTowardZero && !rounding_ignored; }

// Rounded: the integer `sum` as a double.
__extension__ using Signed = __int128;
__extension__ using Unsigned = unsigned __int128;
double Rounded(Signed sum, bool toward_zero) {
  const bool negative = sum < 0;
  Unsigned size = negative ? 0 - static_cast<Unsigned>(sum) : static_cast<Unsigned>(sum);
  const auto high = static_cast<std::uint64_t>(size >> 64);
  const int bits = 128 - (high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<std::uint64_t>(size)));
  const int shift = bits > 53 ? bits - 53 : 0;
  const Unsigned rest = size & ((Unsigned{1} << shift) - 1);
  size >>= shift;
  const Unsigned half = shift > 0 ? Unsigned{1} << (shift - 1) : 0;
  if (!toward_zero && shift > 0 && (rest > half || (rest == half && (size & 1) != 0))) ++size;
  if (size == 0) return 0;
  // As a double: `size` has at most 54 bits by now, and a power of two if it has 54.
  const double value = static_cast<double>(static_cast<std::uint64_t>(size)) *
                       std::bit_cast<double>(static_cast<std::uint64_t>(1023 + shift) << 52);
  return negative ? -value : value;
}

// IsInteger: of less than 2^107, whatever its sign, and no minus zero.
bool IsInteger(double x) {
  const std::uint64_t exponent = std::bit_cast<std::uint64_t>(x) >> 52 & 0x7FF;
  if (exponent >= 1023 + 107) return false;
  if (exponent >= 1023 + 62) return true;
  return static_cast<double>(static_cast<std::int64_t>(x)) == x && std::bit_cast<std::uint64_t>(x) != 1ull << 63;
}

// ToInteger: of a double for which IsInteger() holds.
Signed ToInteger(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int exponent = static_cast<int>(bits >> 52 & 0x7FF) - 1023;
  if (exponent < 62) return static_cast<std::int64_t>(x);
  const Signed size = static_cast<Signed>((bits & ((1ull << 52) - 1)) | 1ull << 52) << (exponent - 52);
  return (bits >> 63) != 0 ? -size : size;
}

// Fma: the kernels' operands are integers, which need no library; others are left to that.
double Fma(double a, double b, double c, bool toward_zero) {
  const auto is_small = [](double x) { return std::fabs(x) <= 0x1p54 && IsInteger(x); };
  if (is_small(a) && is_small(b) && IsInteger(c)) {
    return Rounded(ToInteger(a) * ToInteger(b) + ToInteger(c), toward_zero);
  }
  const int before = std::fegetround();
  std::fesetround(toward_zero ? FE_TOWARDZERO : FE_TONEAREST);
  const volatile double value = std::fma(a, b, c);
  std::fesetround(before);
  return value;
}

template <class V, class F>
V Each(const V& a, const V& b, const V& c, F f) {
  V r = a;
  for (std::size_t i = 0; i < sizeof(r.w) / sizeof(r.w[0]); ++i) {
    r.w[i] = std::bit_cast<std::uint64_t>(
        f(std::bit_cast<double>(a.w[i]), std::bit_cast<double>(b.w[i]), std::bit_cast<double>(c.w[i])));
  }
  return r;
}
template <class V>
V Multiplied(const V& a, const V& b, const V& c, bool toward_zero) {
  return Each(a, b, c, [=](double x, double y, double z) { return Fma(x, y, z, toward_zero); });
}
template <class V>
V Difference(const V& a, const V& b) {
  const bool toward_zero = TowardZero();
  return Each(a, b, a, [=](double x, double y, double) {
    return IsInteger(x) && IsInteger(y) ? Rounded(ToInteger(x) - ToInteger(y), toward_zero)
                                        : Fma(1, x, -y, toward_zero);
  });
}
template <class V>
V Filled(double x) {
  V r;
  for (std::uint64_t& word : r.w) word = std::bit_cast<std::uint64_t>(x);
  return r;
}

}  // namespace

unsigned EmulatedGetCsr() { return csr; }
void EmulatedSetCsr(unsigned value) { csr = value; }
void IgnoreRounding(bool ignored) { rounding_ignored = ignored; }

__m512d _mm512_set1_pd(double x) { return Filled<__m512d>(x); }
__m256d _mm256_set1_pd(double x) { return Filled<__m256d>(x); }
__m512d _mm512_castsi512_pd(__m512i a) { return std::bit_cast<__m512d>(a); }
__m256d _mm256_castsi256_pd(__m256i a) { return std::bit_cast<__m256d>(a); }
__m512i _mm512_castpd_si512(__m512d a) { return std::bit_cast<__m512i>(a); }
__m256i _mm256_castpd_si256(__m256d a) { return std::bit_cast<__m256i>(a); }
__m512d _mm512_sub_pd(__m512d a, __m512d b) { return Difference(a, b); }
__m256d _mm256_sub_pd(__m256d a, __m256d b) { return Difference(a, b); }
__m512d _mm512_fmadd_pd(__m512d a, __m512d b, __m512d c) { return Multiplied(a, b, c, TowardZero()); }
__m256d _mm256_fmadd_pd(__m256d a, __m256d b, __m256d c) { return Multiplied(a, b, c, TowardZero()); }
__m512d _mm512_fmadd_round_pd(__m512d a, __m512d b, __m512d c, int rounding) {
  return Multiplied(a, b, c, (rounding & _MM_FROUND_TO_ZERO) == _MM_FROUND_TO_ZERO && !rounding_ignored);
}
int _mm256_movemask_pd(__m256d a) {
  int bits = 0;
  for (int i = 0; i < 4; ++i) bits |= static_cast<int>(a.w[i] >> 63) << i;
  return bits;
}

}  // namespace assay::emulated
