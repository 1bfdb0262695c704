// The elements of emulated vectors, as numbers of any size.
#pragma once

#include <cstdint>
#include <cstring>

#include "tests/testing/emulated/x86/immintrin.h"

namespace assay::emulated {

template <class T, class V>
constexpr int kCount = static_cast<int>(sizeof(V) / sizeof(T));

// Element i of v, as a number of type T.
template <class T, class V>
T Get(const V& v, int i) {
  T x;
  std::memcpy(&x, reinterpret_cast<const char*>(v.w) + static_cast<int>(sizeof(T)) * i, sizeof(T));
  return x;
}
template <class T, class V>
void Set(V& v, int i, T x) {
  std::memcpy(reinterpret_cast<char*>(v.w) + static_cast<int>(sizeof(T)) * i, &x, sizeof(T));
}

template <class T, class V, class F>
V Each(V a, F f) {
  for (int i = 0; i < kCount<T, V>; ++i) Set<T>(a, i, static_cast<T>(f(Get<T>(a, i))));
  return a;
}
template <class T, class V, class F>
V Map(V a, const V& b, F f) {
  for (int i = 0; i < kCount<T, V>; ++i) Set<T>(a, i, static_cast<T>(f(Get<T>(a, i), Get<T>(b, i))));
  return a;
}
template <class T, class V, class F>
std::uint64_t Bits(const V& a, const V& b, F f) {
  std::uint64_t bits = 0;
  for (int i = 0; i < kCount<T, V>; ++i) bits |= std::uint64_t{f(Get<T>(a, i), Get<T>(b, i))} << i;
  return bits;
}
template <class T, class V>
V Blend(std::uint64_t mask, V a, const V& b) {
  for (int i = 0; i < kCount<T, V>; ++i) {
    if ((mask >> i & 1) != 0) Set<T>(a, i, Get<T>(b, i));
  }
  return a;
}
template <class T, int kHigh, class V>
V Unpack(const V& a, const V& b) {
  constexpr int kPart = 16 / static_cast<int>(sizeof(T));
  V r = {};
  for (int i = 0; i < kCount<T, V>; ++i) {
    const int from = i / kPart * kPart + kHigh * kPart / 2 + i % kPart / 2;
    Set<T>(r, i, Get<T>(i % 2 == 0 ? a : b, from));
  }
  return r;
}
template <class V>
V ShuffleBytes(const V& a, const V& order) {
  V r = {};
  for (int i = 0; i < kCount<std::uint8_t, V>; ++i) {
    const std::uint8_t o = Get<std::uint8_t>(order, i);
    Set<std::uint8_t>(r, i, o >= 0x80 ? std::uint8_t{0} : Get<std::uint8_t>(a, i / 16 * 16 + o % 16));
  }
  return r;
}
template <class V>
V PairsOfBytes(const V& a, const V& b) {
  V r = {};
  for (int i = 0; i < kCount<std::int16_t, V>; ++i) {
    int sum = 0;
    for (int k = 2 * i; k < 2 * i + 2; ++k) sum += Get<std::uint8_t>(a, k) * Get<std::int8_t>(b, k);
    Set(r, i, static_cast<std::int16_t>(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum));
  }
  return r;
}
template <class V>
V PairsOfWords(const V& a, const V& b) {
  V r = {};
  for (int i = 0; i < kCount<std::int32_t, V>; ++i) {
    std::int64_t sum = 0;
    for (int k = 2 * i; k < 2 * i + 2; ++k) sum += Get<std::int16_t>(a, k) * Get<std::int16_t>(b, k);
    Set(r, i, static_cast<std::uint32_t>(sum));
  }
  return r;
}
template <class V, class T>
V Filled(T x) {
  V r = {};
  for (int i = 0; i < kCount<T, V>; ++i) Set(r, i, x);
  return r;
}
template <class V>
V Read(const void* from) {
  V r;
  std::memcpy(&r, from, sizeof(V));
  return r;
}

}  // namespace assay::emulated
