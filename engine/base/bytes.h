// Words of bytes, without regard to alignment, in the machine's byte order; and comparison in line of texts
// too short to pay for a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace assay {

template <typename Word>
std::uint64_t LoadWord(const char* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// Up to 8 bytes in loads of fixed sizes, which may overlap: a copy of variable size would go through
// memory and wait for itself. For one size, different bytes give different words.
inline std::uint64_t LoadFewBytes(const char* p, std::size_t size) {
  if (size >= 4) return LoadWord<std::uint32_t>(p) | LoadWord<std::uint32_t>(p + size - 4) << 32;
  if (size >= 2) return LoadWord<std::uint16_t>(p) | LoadWord<std::uint16_t>(p + size - 2) << 32;
  return size == 0 ? 0 : LoadWord<std::uint8_t>(p);
}

// The bits in which the `kSize` bytes at `a` and those at `b` differ, one word over the other.
template <std::size_t kSize>
std::uint64_t Differing(const char* a, const char* b) {
  if constexpr (kSize == 8) {
    return LoadWord<std::uint64_t>(a) ^ LoadWord<std::uint64_t>(b);
  } else {
    return Differing<kSize / 2>(a, b) | Differing<kSize / 2>(a + kSize / 2, b + kSize / 2);
  }
}

// Whether the `size` bytes at `a` are those at `b`: up to 64 as two runs of a fixed length, which may overlap.
inline bool SameBytes(const char* a, const char* b, std::size_t size) {
  const auto ends_differ = [&]<std::size_t kSize>() {
    return Differing<kSize>(a, b) | Differing<kSize>(a + size - kSize, b + size - kSize);
  };
  if (size > 64) return std::memcmp(a, b, size) == 0;
  if (size > 32) return ends_differ.template operator()<32>() == 0;
  if (size > 16) return ends_differ.template operator()<16>() == 0;
  if (size >= 8) return ends_differ.template operator()<8>() == 0;
  return LoadFewBytes(a, size) == LoadFewBytes(b, size);
}

inline bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && SameBytes(a.data(), b.data(), a.size());
}

}  // namespace assay
