// One quad at a time: what runs everywhere, and the end of every text that a wider kernel leaves.
#include "engine/base64url/decode.h"

namespace assay::base64url {
namespace {

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

std::size_t DecodeScalar(std::string_view encoded, char* out) { return DecodeRest(encoded, 0, out); }

}  // namespace

std::size_t DecodeRest(std::string_view encoded, std::size_t from, char* out) {
  std::size_t i = from;
  for (; i + 4 <= encoded.size(); i += 4, out += 3) {
    const std::uint32_t quad =
        Lookup(0, encoded[i]) | Lookup(1, encoded[i + 1]) | Lookup(2, encoded[i + 2]) | Lookup(3, encoded[i + 3]);
    if (quad >= kInvalid) [[unlikely]]
      return FirstOutsideAlphabet(encoded, i);
    out[0] = static_cast<char>(quad >> 16);
    out[1] = static_cast<char>(quad >> 8);
    out[2] = static_cast<char>(quad);
  }
  const std::size_t left = encoded.size() - i;
  if (left == 0) return kOk;
  const std::size_t outside = FirstOutsideAlphabet(encoded, i);
  if (outside < encoded.size()) return outside;
  if (left >= 2) {
    std::uint32_t quad = Lookup(0, encoded[i]) | Lookup(1, encoded[i + 1]);
    out[0] = static_cast<char>(quad >> 16);
    if (left == 3) out[1] = static_cast<char>((quad | Lookup(2, encoded[i + 2])) >> 8);
  }
  return CheckEnd(encoded);
}

const Kernel kScalar = {"scalar", 0, &DecodeScalar};

}  // namespace assay::base64url
