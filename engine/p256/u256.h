// U256: a 256-bit number as four 64-bit words, least significant first, and the few operations that
// checks and conversions need. Everything here is public data: time may depend on the values.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace assay::p256 {

__extension__ using Uint128 = unsigned __int128;

struct U256 {
  std::uint64_t w[4];

  friend constexpr bool operator==(const U256&, const U256&) = default;
};

constexpr bool IsZero(const U256& a) { return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0; }
constexpr bool IsOdd(const U256& a) { return (a.w[0] & 1) != 0; }

// AddCarry: a + b + carry mod 2^64; carry, 0 or 1, becomes the carry out. On x86-64 by the processor's own carry flag,
// which GCC does not find behind 128-bit sums.
constexpr std::uint64_t AddCarry(std::uint64_t& carry, std::uint64_t a, std::uint64_t b) {
#if defined(__x86_64__)
  if (!std::is_constant_evaluated()) {
    unsigned long long sum;
    carry = __builtin_ia32_addcarryx_u64(static_cast<unsigned char>(carry), a, b, &sum);
    return sum;
  }
#endif
  const Uint128 sum = static_cast<Uint128>(a) + b + carry;
  carry = static_cast<std::uint64_t>(sum >> 64);
  return static_cast<std::uint64_t>(sum);
}

// SubBorrow: a - b - borrow mod 2^64, likewise.
constexpr std::uint64_t SubBorrow(std::uint64_t& borrow, std::uint64_t a, std::uint64_t b) {
#if defined(__x86_64__)
  if (!std::is_constant_evaluated()) {
    unsigned long long difference;
#if defined(__clang__)
    borrow = __builtin_ia32_subborrow_u64(static_cast<unsigned char>(borrow), a, b, &difference);
#else
    borrow = __builtin_ia32_sbb_u64(static_cast<unsigned char>(borrow), a, b, &difference);
#endif
    return difference;
  }
#endif
  const Uint128 difference = static_cast<Uint128>(a) - b - borrow;
  borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
  return static_cast<std::uint64_t>(difference);
}

// Add: r := a + b mod 2^256; returns the carry.
constexpr std::uint64_t Add(U256& r, const U256& a, const U256& b) {
  std::uint64_t carry = 0;
  r.w[0] = AddCarry(carry, a.w[0], b.w[0]);
  r.w[1] = AddCarry(carry, a.w[1], b.w[1]);
  r.w[2] = AddCarry(carry, a.w[2], b.w[2]);
  r.w[3] = AddCarry(carry, a.w[3], b.w[3]);
  return carry;
}

// Sub: r := a - b mod 2^256; returns the borrow.
constexpr std::uint64_t Sub(U256& r, const U256& a, const U256& b) {
  std::uint64_t borrow = 0;
  r.w[0] = SubBorrow(borrow, a.w[0], b.w[0]);
  r.w[1] = SubBorrow(borrow, a.w[1], b.w[1]);
  r.w[2] = SubBorrow(borrow, a.w[2], b.w[2]);
  r.w[3] = SubBorrow(borrow, a.w[3], b.w[3]);
  return borrow;
}

// Select: a where `mask` is all ones, b where it is 0, without a branch.
constexpr U256 Select(std::uint64_t mask, const U256& a, const U256& b) {
  return {{(a.w[0] & mask) | (b.w[0] & ~mask), (a.w[1] & mask) | (b.w[1] & ~mask), (a.w[2] & mask) | (b.w[2] & ~mask),
           (a.w[3] & mask) | (b.w[3] & ~mask)}};
}

constexpr bool Less(const U256& a, const U256& b) {
  U256 unused{};
  return Sub(unused, a, b) != 0;
}

// ReduceOnce: a mod m for a < 2m.
constexpr U256 ReduceOnce(const U256& a, const U256& m) {
  U256 r{};
  return Sub(r, a, m) != 0 ? a : r;
}

// AddMod: a + b mod m for a, b < m.
constexpr U256 AddMod(const U256& a, const U256& b, const U256& m) {
  U256 sum{};
  U256 reduced{};
  const std::uint64_t carry = Add(sum, a, b);
  const std::uint64_t borrow = Sub(reduced, sum, m);
  return (carry == 0 && borrow != 0) ? sum : reduced;
}

// SubMod: a - b mod m for a, b < m.
constexpr U256 SubMod(const U256& a, const U256& b, const U256& m) {
  U256 r{};
  if (Sub(r, a, b) != 0) Add(r, r, m);
  return r;
}

// PowerOfTwoMod: 2^k mod m for 2^255 < m.
constexpr U256 PowerOfTwoMod(int k, const U256& m) {
  U256 r{{1, 0, 0, 0}};
  for (int i = 0; i < k; ++i) r = AddMod(r, r, m);
  return r;
}

// LoadBigEndian: the number whose 32 bytes, most significant first, are at `bytes`.
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
