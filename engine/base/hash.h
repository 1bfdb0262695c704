// SeededHash: a fast keyed hash of short byte strings against hash flooding: with a secret seed an attacker cannot
// choose keys that collide. Universal, not cryptographic.
//
// NH (the inner hash of UMAC, RFC 4418 section 5.2.2): the sum of the products of pairs of words, each with
// a key word of its own added. Without the keys, any two texts collide with a probability of about 2^-64. The
// multiplications are independent, so they overlap in the pipeline, as the rounds of SipHash cannot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/bytes.h"

namespace assay {

class SeededHash {
 public:
  constexpr explicit SeededHash(std::uint64_t seed) {
    for (std::uint64_t& key : keys_) key = Next(seed);
  }

  std::uint64_t operator()(std::string_view text) const {
    const char* const p = text.data();
    const std::size_t size = text.size();
    if (size > kPair) return OfLong(p, size);
    // Two words, which may overlap. The size is added, as texts of different sizes may have the same words.
    if (size >= 8) return Fold(size + Product(p, p + size - 8, kLast));
    return Fold(size + Product(LoadFewBytes(p, size), 0, kLast));
  }

 private:
  using Sum = unsigned __int128;
  static constexpr std::size_t kPair = 16;   // bytes of two words
  static constexpr std::size_t kBlock = 64;  // bytes hashed with one set of keys
  static constexpr std::size_t kLast = kBlock / kPair, kCarry = kLast + 1;

  // OfLong: the hash of `size` > kPair bytes.
  std::uint64_t OfLong(const char* p, std::size_t size) const;

  Sum Product(std::uint64_t a, std::uint64_t b, std::size_t pair) const {
    return static_cast<Sum>(a + keys_[2 * pair]) * (b + keys_[2 * pair + 1]);
  }
  Sum Product(const char* a, const char* b, std::size_t pair) const {
    return Product(LoadWord<std::uint64_t>(a), LoadWord<std::uint64_t>(b), pair);
  }

  static std::uint64_t Fold(Sum sum) { return static_cast<std::uint64_t>(sum) ^ static_cast<std::uint64_t>(sum >> 64); }

  // Next: SplitMix64, which expands the seed into the keys.
  static constexpr std::uint64_t Next(std::uint64_t& state) {
    state += 0x9E3779B97F4A7C15u;
    std::uint64_t x = state;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

  std::array<std::uint64_t, 2 * (kCarry + 1)> keys_{};
};

// RandomSeed: 64 unpredictable bits from the system.
std::uint64_t RandomSeed();

}  // namespace assay
