#include "engine/base64url/base64url.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

namespace assay::base64url {
namespace {

std::optional<std::string> DecodeText(std::string_view encoded, std::size_t* position = nullptr) {
  std::string out(DecodedSize(encoded.size()), '\0');
  const std::size_t at = Decode(encoded, out.data());
  if (position != nullptr) *position = at;
  if (at != kOk) return std::nullopt;
  return out;
}

TEST(Base64url, Rfc7515AppendixCExample) {
  EXPECT_EQ(Encode(std::string("\x03\xec\xff\xe0\xc1", 5)), "A-z_4ME");
  EXPECT_EQ(DecodeText("A-z_4ME"), std::string("\x03\xec\xff\xe0\xc1", 5));
}

TEST(Base64url, LengthOneModFourIsRefused) {
  std::size_t position = 0;
  EXPECT_FALSE(DecodeText("A", &position));
  EXPECT_EQ(position, 0u);
  EXPECT_FALSE(DecodeText("AAAAA", &position));
  EXPECT_EQ(position, 4u);
}

TEST(Base64url, PaddingWhiteSpaceAndTheOtherAlphabetAreRefused) {
  for (const char* text : {"AA==", "AAA=", "AA A", "AAA\n", "\nAAAA", "+AAA", "/AAA", "AAAA=", "AA.A",
                           "AAAA====", " AAAA", "AAAA ", "A\tAA", "AAAA\r\n"}) {
    EXPECT_FALSE(DecodeText(text)) << text;
  }
  EXPECT_FALSE(DecodeText(std::string_view("AAA\0", 4)));
}

TEST(Base64url, DecodeInvertsEncodeForEveryLength) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 600; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string text = Encode(bytes);
    EXPECT_EQ(text.size(), EncodedSize(size));
    EXPECT_EQ(DecodedSize(text.size()), size);
    EXPECT_EQ(DecodeText(text), bytes);
  }
}

}  // namespace
}  // namespace assay::base64url
