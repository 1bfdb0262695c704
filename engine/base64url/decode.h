// What the decoding kernels share: the alphabet, and the end of a text that is no whole block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base64url/base64url.h"
#include "engine/base64url/kernels.h"

namespace assay::base64url {

inline constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// kOutside: set, alone or with other bits, in the value of what is outside the alphabet.
inline constexpr std::uint8_t kOutside = 0x80;

// kSixBits: the six bits of each ASCII character, or kOutside.
alignas(64) inline constexpr std::array<std::uint8_t, 128> kSixBits = [] {
  std::array<std::uint8_t, 128> table{};
  table.fill(kOutside);
  for (std::uint8_t value = 0; value < 64; ++value) {
    table[static_cast<unsigned char>(kAlphabet[value])] = value;
  }
  return table;
}();

// CheckEnd: the verdict on a text whose characters are all of the alphabet: its last character is wrong when the length
// is 1 mod 4, or when it has unused bits that are not zero (RFC 4648 section 3.5).
inline std::size_t CheckEnd(std::string_view encoded) {
  constexpr std::array<std::uint8_t, 4> kUnused = {0, 0xFF, 0x0F, 0x03};
  const std::size_t over = encoded.size() % 4;
  if (over == 0) return kOk;
  const std::uint8_t last = kSixBits[static_cast<unsigned char>(encoded.back())];
  return over == 1 || (last & kUnused[over]) != 0 ? encoded.size() - 1 : kOk;
}

// DecodeRest: decodes encoded[from..] to `out`, where everything before `from`, a multiple of 4, is decoded already.
// Returns as Decode does for the whole of `encoded`.
std::size_t DecodeRest(std::string_view encoded, std::size_t from, char* out);

extern const Kernel kScalar;
#if defined(__x86_64__)
extern const Kernel kAvx512;
extern const Kernel kAvx2;
#elif defined(__aarch64__)
extern const Kernel kNeon;
#endif

}  // namespace assay::base64url
