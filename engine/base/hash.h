// A fast hash of short byte strings for tables whose keys an attacker must not be able to make collide:
// give it a seed that is secret. Not cryptographic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/bytes.h"

namespace assay {

class SeededHash {
 public:
  constexpr explicit SeededHash(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t operator()(std::string_view text) const {
    const char* p = text.data();
    std::size_t left = text.size();
    std::uint64_t hash = Mix(seed_ ^ left);
    for (; left > 8; p += 8, left -= 8) hash = Mix(hash ^ LoadWord<std::uint64_t>(p));
    return Mix(hash ^ LoadFewBytes(p, left));
  }

 private:
  static std::uint64_t Mix(std::uint64_t x) {
    const auto product = static_cast<unsigned __int128>(x ^ 0x9E3779B97F4A7C15u) * 0xE7037ED1A0B428DBu;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t seed_;
};

// A seed that differs between processes and cannot be guessed.
std::uint64_t RandomSeed();

}  // namespace assay
