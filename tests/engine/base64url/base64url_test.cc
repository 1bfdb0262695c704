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

// The definition, one character at a time: what every kernel must agree with.
int SixBits(unsigned char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  if (c == '_') return 63;
  return -1;
}

TEST(Base64url, Rfc7515AppendixCExample) {
  EXPECT_EQ(Encode(std::string("\x03\xec\xff\xe0\xc1", 5)), "A-z_4ME");
  EXPECT_EQ(DecodeText("A-z_4ME"), std::string("\x03\xec\xff\xe0\xc1", 5));
}

TEST(Base64url, EverySingleByteInEveryPlace) {
  for (int place = 0; place < 4; ++place) {
    for (int c = 0; c < 256; ++c) {
      std::string text = "AAAA";
      text[static_cast<std::size_t>(place)] = static_cast<char>(c);
      std::size_t position = 0;
      const bool ok = DecodeText(text, &position).has_value();
      EXPECT_EQ(ok, SixBits(static_cast<unsigned char>(c)) >= 0) << c << " at " << place;
      if (!ok) {
        EXPECT_EQ(position, static_cast<std::size_t>(place));
      }
    }
  }
}

TEST(Base64url, EveryFinalPairRequiresZeroTrailingBits) {
  int accepted = 0;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = {'A', 'A', 'A', 'A', static_cast<char>(a), static_cast<char>(b)};
      const int high = SixBits(static_cast<unsigned char>(a));
      const int low = SixBits(static_cast<unsigned char>(b));
      const bool expected = high >= 0 && low >= 0 && (low & 15) == 0;
      ASSERT_EQ(DecodeText(text).has_value(), expected) << a << ' ' << b;
      accepted += expected;
    }
  }
  EXPECT_EQ(accepted, 256);
}

TEST(Base64url, EveryFinalTripleOfTheAlphabetRequiresZeroTrailingBits) {
  int accepted = 0;
  for (int a = 0; a < 64; ++a) {
    for (int b = 0; b < 64; ++b) {
      for (int c = 0; c < 256; ++c) {
        const std::string text = {Encode(std::string(1, static_cast<char>(a << 2)))[0],
                                  Encode(std::string(1, static_cast<char>(b << 2)))[0],
                                  static_cast<char>(c)};
        const int low = SixBits(static_cast<unsigned char>(c));
        const bool expected = low >= 0 && (low & 3) == 0;
        ASSERT_EQ(DecodeText(text).has_value(), expected);
        accepted += expected;
      }
    }
  }
  EXPECT_EQ(accepted, 65536);
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

TEST(Base64url, TheErrorsPositionIsExactWhereverItStands) {
  const std::string good = Encode(std::string(200, 'x'));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = '*';
    std::size_t position = 0;
    EXPECT_FALSE(DecodeText(bad, &position));
    EXPECT_EQ(position, i);
  }
}

}  // namespace
}  // namespace assay::base64url
