// The curve P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3): y^2 = x^3 - 3x + b over the integers
// mod p, with a group of prime order n, so that every point of the curve but infinity has order n.
#pragma once

#include "engine/p256/u256.h"

namespace assay::p256 {

// kP: p = 2^256 - 2^224 + 2^192 + 2^96 - 1.
inline constexpr U256 kP{{0xffffffffffffffff, 0x00000000ffffffff, 0, 0xffffffff00000001}};
inline constexpr U256 kN{{0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000}};
inline constexpr U256 kB{{0x3bce3c3e27d2604b, 0x651d06b0cc53b0f6, 0xb3ebbd55769886bc, 0x5ac635d8aa3a93e7}};
inline constexpr U256 kGx{{0xf4a13945d898c296, 0x77037d812deb33a0, 0xf8bce6e563a440f2, 0x6b17d1f2e12c4247}};
inline constexpr U256 kGy{{0xcbb6406837bf51f5, 0x2bce33576b315ece, 0x8ee7eb4a7c0f9e16, 0x4fe342e2fe1a7f9b}};

// kPMinusN: p - n. x(R) mod n = r allows x(R) = r + n as well when r < p - n.
inline constexpr U256 kPMinusN = SubMod(kP, kN, kP);

inline constexpr U256 kPlainOne{{1, 0, 0, 0}};

// kOneP, kRSquaredP, kOneN, kRSquaredN: 1 and 2^256 in Montgomery form with R = 2^256, mod p and mod n.
inline constexpr U256 kOneP = PowerOfTwoMod(256, kP);
inline constexpr U256 kRSquaredP = PowerOfTwoMod(512, kP);
inline constexpr U256 kOneN = PowerOfTwoMod(256, kN);
inline constexpr U256 kRSquaredN = PowerOfTwoMod(512, kN);

// NegInverse64: -1/m mod 2^64 for odd m, by Newton's iteration: each step doubles the number of correct bits.
constexpr std::uint64_t NegInverse64(std::uint64_t m) {
  std::uint64_t x = m;
  for (int i = 0; i < 6; ++i) x *= 2 - m * x;
  return 0 - x;
}
static_assert(NegInverse64(kP.w[0]) == 1);
inline constexpr std::uint64_t kNegInverseN = NegInverse64(kN.w[0]);

}  // namespace assay::p256
