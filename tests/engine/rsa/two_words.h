// TwoWords: lanes of two plain words, which watch over the bound of every column.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "engine/rsa/prepared_rsa.h"

namespace assay::rsa {

struct TwoWords {
  struct Vec {
    std::uint64_t word[2];
  };
  static constexpr int kLanes = 2;

  template <class F>
  static Vec Each(const F& f) {
    return {{f(0), f(1)}};
  }
  static std::uint64_t High(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide{a & kLimbMask} * (b & kLimbMask)) >> kLimbBits);
  }
  using Factor = Vec;
  struct Mode {};
  static bool RoundsTowardZero() { return true; }
  static Vec StartLow(int) { return {}; }
  static Vec StartHigh(int) { return {}; }
  static void AddProduct(Vec& low, Vec& high, Factor a, Factor b) {
    low = MultiplyLow(low, a, b);
    high = MultiplyHigh(high, a, b);
  }
  static Factor LowProduct(Factor a, Factor b) { return MultiplyLow(Zero(), a, b); }
  static Factor LowBits(Vec a) { return a; }
  static Factor Limb(Vec a) { return Low(a); }
  static Vec Integer(Factor a) { return a; }
  static Vec Zero() { return {}; }
  static Vec Broadcast(std::uint64_t x) { return {{x, x}}; }
  static Vec Load(const std::uint64_t* x) { return {{x[0], x[1]}}; }
  static Vec Add(Vec a, Vec b) {
    return Each([&](int i) { return a.word[i] + b.word[i]; });
  }
  static Vec Sub(Vec a, Vec b) {
    return Each([&](int i) { return a.word[i] - b.word[i]; });
  }
  static Vec And(Vec a, Vec b) {
    return Each([&](int i) { return a.word[i] & b.word[i]; });
  }
  static Vec Or(Vec a, Vec b) {
    return Each([&](int i) { return a.word[i] | b.word[i]; });
  }
  static Vec MultiplyLow(Vec sum, Vec a, Vec b) {
    return Each([&](int i) { return Sum(sum.word[i], (a.word[i] * b.word[i]) & kLimbMask); });
  }
  static Vec MultiplyHigh(Vec sum, Vec a, Vec b) {
    return Each([&](int i) { return Sum(sum.word[i], High(a.word[i], b.word[i])); });
  }
  static Vec Low(Vec a) { return And(a, Broadcast(kLimbMask)); }
  static Vec Carry(Vec a) {
    return Each([&](int i) { return a.word[i] >> kLimbBits; });
  }
  static Vec SignedCarry(Vec a) {
    return Each([&](int i) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(a.word[i]) >> kLimbBits); });
  }
  static Vec CarryRoundedUp(Vec a) { return Carry(Add(a, Broadcast(kLimbMask))); }
  static Vec SpreadBit(Vec a, unsigned bit) {
    return Each([&](int i) { return 0 - (a.word[i] >> bit & 1); });
  }
  static Vec ShiftRight(Vec a, unsigned bits) {
    return Each([&](int i) { return a.word[i] >> bits; });
  }
  static Vec ShiftLeft(Vec a, unsigned bits) {
    return Each([&](int i) { return a.word[i] << bits; });
  }
  static void Transpose(const std::uint64_t* const* rows, int first, Vec* out) {
    for (int k = 0; k < kLanes; ++k) out[k] = Each([&](int i) { return rows[i][first + k]; });
  }
  static void TransposeBigEndian(const std::uint8_t* const* rows, int first, Vec* out) {
    for (int k = 0; k < kLanes; ++k) {
      out[k] = Each([&](int i) { return LoadBigEndian64(rows[i] + first + 8 * (kLanes - 1 - k)); });
    }
  }
  static unsigned ZeroLanes(Vec a) { return (a.word[0] == 0 ? 1u : 0) | (a.word[1] == 0 ? 2u : 0); }
  static bool AllBelow(Vec a, std::uint64_t limit) { return a.word[0] <= limit && a.word[1] <= limit; }

  // The bound that lane_multiply.h promises for every column: below 2^62.
  static std::uint64_t Sum(std::uint64_t sum, std::uint64_t term) {
    if ((sum + term) >> 62 != 0) ADD_FAILURE() << "a column overflows its bound";
    return sum + term;
  }
};

}  // namespace assay::rsa
