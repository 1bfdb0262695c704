// U256: a 256-bit number as four 64-bit words, least significant first, and the few operations that
// checks and conversions need. Everything here is public data: time may depend on the values.
#pragma once

#include <cstdint>
#include <cstring>

namespace assay::p256 {

__extension__ using Uint128 = unsigned __int128;

struct U256 {
  std::uint64_t w[4];

  friend constexpr bool operator==(const U256&, const U256&) = default;
};

constexpr bool IsZero(const U256& a) { return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0; }
constexpr bool IsOdd(const U256& a) { return (a.w[0] & 1) != 0; }

// r := a + b mod 2^256; returns the carry.
constexpr std::uint64_t Add(U256& r, const U256& a, const U256& b) {
  std::uint64_t carry = 0;
  for (int i = 0; i < 4; ++i) {
    const Uint128 t = static_cast<Uint128>(a.w[i]) + b.w[i] + carry;
    r.w[i] = static_cast<std::uint64_t>(t);
    carry = static_cast<std::uint64_t>(t >> 64);
  }
  return carry;
}

// r := a - b mod 2^256; returns the borrow.
constexpr std::uint64_t Sub(U256& r, const U256& a, const U256& b) {
  std::uint64_t borrow = 0;
  for (int i = 0; i < 4; ++i) {
    const Uint128 t = static_cast<Uint128>(a.w[i]) - b.w[i] - borrow;
    r.w[i] = static_cast<std::uint64_t>(t);
    borrow = static_cast<std::uint64_t>(t >> 64) & 1;
  }
  return borrow;
}

constexpr bool Less(const U256& a, const U256& b) {
  U256 unused{};
  return Sub(unused, a, b) != 0;
}

// a mod m for a < 2m.
constexpr U256 ReduceOnce(const U256& a, const U256& m) {
  U256 r{};
  return Sub(r, a, m) != 0 ? a : r;
}

// a + b mod m for a, b < m.
constexpr U256 AddMod(const U256& a, const U256& b, const U256& m) {
  U256 sum{};
  U256 reduced{};
  const std::uint64_t carry = Add(sum, a, b);
  const std::uint64_t borrow = Sub(reduced, sum, m);
  return (carry == 0 && borrow != 0) ? sum : reduced;
}

// a - b mod m for a, b < m.
constexpr U256 SubMod(const U256& a, const U256& b, const U256& m) {
  U256 r{};
  if (Sub(r, a, b) != 0) Add(r, r, m);
  return r;
}

// 2^k mod m for 2^255 < m.
constexpr U256 PowerOfTwoMod(int k, const U256& m) {
  U256 r{{1, 0, 0, 0}};
  for (int i = 0; i < k; ++i) r = AddMod(r, r, m);
  return r;
}

// The number whose 32 bytes, most significant first, are at `bytes`.
inline U256 LoadBigEndian(const std::uint8_t* bytes) {
  U256 r;
  for (int i = 0; i < 4; ++i) {
    std::uint64_t word;
    std::memcpy(&word, bytes + 8 * (3 - i), 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    r.w[i] = word;
  }
  return r;
}

inline void StoreBigEndian(std::uint8_t* bytes, const U256& a) {
  for (int i = 0; i < 4; ++i) {
    std::uint64_t word = a.w[i];
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    std::memcpy(bytes + 8 * (3 - i), &word, 8);
  }
}

}  // namespace assay::p256
