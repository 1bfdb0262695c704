#include "engine/base64url/base64url.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace assay::base64url {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint32_t kInvalid = 0xFF000000;

// Four tables, one per character of a quad, holding its six bits in place; a character outside the
// alphabet sets bits above the 24 that a quad can have, which survive being or-ed together.
struct Tables {
  std::array<std::array<std::uint32_t, 256>, 4> at{};
  constexpr Tables() {
    for (auto& table : at) table.fill(kInvalid);
    for (std::uint32_t value = 0; value < 64; ++value) {
      const auto character = static_cast<unsigned char>(kAlphabet[value]);
      for (unsigned i = 0; i < 4; ++i) at[i][character] = value << (18 - 6 * i);
    }
  }
};
constexpr Tables kTables;

std::uint32_t Lookup(unsigned place, char character) {
  return kTables.at[place][static_cast<unsigned char>(character)];
}

std::size_t FirstOutsideAlphabet(std::string_view encoded, std::size_t from) {
  while (from < encoded.size() && Lookup(3, encoded[from]) < kInvalid) ++from;
  return from;
}

}  // namespace

std::size_t Decode(std::string_view encoded, char* out) {
  std::size_t i = 0;
  for (; i + 4 <= encoded.size(); i += 4, out += 3) {
    const std::uint32_t quad = Lookup(0, encoded[i]) | Lookup(1, encoded[i + 1]) |
                               Lookup(2, encoded[i + 2]) | Lookup(3, encoded[i + 3]);
    if (quad >= kInvalid) [[unlikely]] return FirstOutsideAlphabet(encoded, i);
    out[0] = static_cast<char>(quad >> 16);
    out[1] = static_cast<char>(quad >> 8);
    out[2] = static_cast<char>(quad);
  }
  const std::size_t left = encoded.size() - i;
  if (left == 0) return kOk;
  const std::size_t outside = FirstOutsideAlphabet(encoded, i);
  if (outside < encoded.size()) return outside;
  if (left == 1) return i;
  std::uint32_t quad = Lookup(0, encoded[i]) | Lookup(1, encoded[i + 1]);
  if (left == 2) {
    if ((quad & 0xFFFF) != 0) return i + 1;
    out[0] = static_cast<char>(quad >> 16);
    return kOk;
  }
  quad |= Lookup(2, encoded[i + 2]);
  if ((quad & 0xFF) != 0) return i + 2;
  out[0] = static_cast<char>(quad >> 16);
  out[1] = static_cast<char>(quad >> 8);
  return kOk;
}

std::string Encode(std::string_view bytes) {
  std::string text;
  text.reserve(EncodedSize(bytes.size()));
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (char byte : bytes) {
    buffer = ((buffer << 8) | static_cast<unsigned char>(byte)) & 0xFFFF;
    for (bits += 8; bits >= 6;) {
      bits -= 6;
      text += kAlphabet[(buffer >> bits) & 0x3F];
    }
  }
  if (bits > 0) text += kAlphabet[(buffer << (6 - bits)) & 0x3F];
  return text;
}

}  // namespace assay::base64url
