// Unaligned loads of words, in native byte order, inlined comparison of texts too short to pay for memcmp, and
// prefetch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace assay {

// LoadWord: an unaligned load of a Word, zero-extended.
template <typename Word>
std::uint64_t LoadWord(const char* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// LoadFewBytes: up to 8 bytes as a word, by loads of fixed sizes that may overlap; injective for each size.
// A copy of variable size would go through memory and end in a store-forwarding stall.
inline std::uint64_t LoadFewBytes(const char* p, std::size_t size) {
  if (size >= 4) return LoadWord<std::uint32_t>(p) | LoadWord<std::uint32_t>(p + size - 4) << 32;
  if (size >= 2) return LoadWord<std::uint16_t>(p) | LoadWord<std::uint16_t>(p + size - 2) << 32;
  return size == 0 ? 0 : LoadWord<std::uint8_t>(p);
}

// SameBytes: whether `size` bytes at `a` and at `b` are equal. Variable time.
inline bool SameBytes(const char* a, const char* b, std::size_t size) {
  const auto differing = [&](std::size_t at) {
    return LoadWord<std::uint64_t>(a + at) ^ LoadWord<std::uint64_t>(b + at);
  };
  if (size < 8) return LoadFewBytes(a, size) == LoadFewBytes(b, size);
  if (size <= 16) return (differing(0) | differing(size - 8)) == 0;
  for (std::size_t at = 0; at + 16 < size; at += 16) {
    if ((differing(at) | differing(at + 8)) != 0) return false;
  }
  return (differing(size - 16) | differing(size - 8)) == 0;
}

// SameText: whether two texts are equal byte for byte. Variable time.
inline bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && SameBytes(a.data(), b.data(), a.size());
}

// PrefetchLines: brings the cache lines of `size` bytes at `from` near. Any address will do.
inline void PrefetchLines(const void* from, std::size_t size) {
  constexpr std::size_t kLine = 64;
  for (std::size_t at = 0; at < size; at += kLine) __builtin_prefetch(static_cast<const char*>(from) + at);
}

}  // namespace assay
