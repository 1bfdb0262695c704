// A fast hash of short byte strings for tables whose keys an attacker must not be able to make collide:
// give it a seed that is secret. Not cryptographic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace assay {

class SeededHash {
 public:
  constexpr explicit SeededHash(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t operator()(std::string_view text) const {
    const char* p = text.data();
    std::size_t left = text.size();
    std::uint64_t hash = Mix(seed_ ^ left);
    if (left < 8) return Mix(hash ^ LoadFew(p, left));
    for (; left > 8; p += 8, left -= 8) hash = Mix(hash ^ Load(p));
    return Mix(hash ^ Load(p + left - 8));  // overlaps what came before
  }

 private:
  static std::uint64_t Load(const char* p) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    return word;
  }

  // Fewer than 8 bytes, each of them in a place of its own.
  static std::uint64_t LoadFew(const char* p, std::size_t size) {
    if (size >= 4) {
      std::uint32_t first, last;
      std::memcpy(&first, p, sizeof first);
      std::memcpy(&last, p + size - sizeof last, sizeof last);
      return (std::uint64_t{first} << 32) | last;
    }
    if (size == 0) return 0;
    const auto byte = [&](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(p[at])}; };
    return (byte(0) << 16) | (byte(size / 2) << 8) | byte(size - 1);
  }

  static std::uint64_t Mix(std::uint64_t x) {
    const auto product = static_cast<unsigned __int128>(x ^ 0x9E3779B97F4A7C15u) * 0xE7037ED1A0B428DBu;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t seed_;
};

// A seed that differs between processes and cannot be guessed.
std::uint64_t RandomSeed();

}  // namespace assay
