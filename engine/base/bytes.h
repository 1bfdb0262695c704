// Loads of words from bytes, without regard to alignment, in the machine's byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

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

}  // namespace assay
