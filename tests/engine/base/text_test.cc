#include "engine/base/text.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace assay {
namespace {

TEST(Text, ClassesAreAsciisOnly) {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool lower = c >= 97 && c <= 122, upper = c >= 65 && c <= 90, digit = c >= 48 && c <= 57;
    EXPECT_EQ(IsUpper(byte), upper) << c;
    EXPECT_EQ(IsAlpha(byte), lower || upper) << c;
    EXPECT_EQ(IsDigit(byte), digit) << c;
    EXPECT_EQ(IsAlphanumeric(byte), lower || upper || digit) << c;
    EXPECT_EQ(ToLower(byte), static_cast<char>(upper ? c + 32 : c)) << c;
    const int value = digit ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1;
    EXPECT_EQ(HexDigit(byte), value) << c;
  }
}

TEST(Text, CaseIsFoldedForLettersAlone) {
  EXPECT_TRUE(EqualsIgnoreCase("", ""));
  EXPECT_TRUE(EqualsIgnoreCase("BeArEr", "bearer"));
  EXPECT_FALSE(EqualsIgnoreCase("bearer", "bearer "));
  EXPECT_FALSE(EqualsIgnoreCase("@[`{", "`{@["));  // 32 apart, and no letters
  EXPECT_FALSE(EqualsIgnoreCase("\xC4", "\xE4"));
}

TEST(Text, TrimTakesBlanksFromTheEnds) {
  EXPECT_EQ(Trim(" \t a b\t "), "a b");
  EXPECT_EQ(Trim(" \t"), "");
  EXPECT_EQ(Trim(""), "");
  EXPECT_EQ(Trim("\na"), "\na");
  EXPECT_EQ(Trim("\na", "\n"), "a");
}

TEST(Text, ANumberIsTheWholeText) {
  EXPECT_EQ(ParseNumber<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(ParseNumber<std::int64_t>("-1"), -1);
  EXPECT_EQ(ParseNumber<std::size_t>("fF", 16), 255u);
  for (const char* bad : {"", " 1", "1 ", "+1", "1x", "0x1", "65536", "-1"}) {
    EXPECT_EQ(ParseNumber<std::uint16_t>(bad), std::nullopt) << bad;
  }
}

TEST(Text, AnEscapeHasTwoDigits) {
  EXPECT_EQ(PercentEscape("a%2Fb", 1), 0x2F);
  EXPECT_EQ(PercentEscape("%fF", 0), 0xFF);
  for (const char* bad : {"", "%", "%2", "%2g", "%g2", "2F", "%+2", "% 2"}) EXPECT_EQ(PercentEscape(bad, 0), -1) << bad;
  EXPECT_EQ(PercentEscape("%2F", 9), -1);
}

}  // namespace
}  // namespace assay
