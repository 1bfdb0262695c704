#include "engine/claims/numeric_date.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

struct Case {
  const char* text;
  std::int64_t floor;
  std::int64_t ceil;
};

TEST(NumericDate, IsReadExactly) {
  for (const Case& c : {Case{"0", 0, 0},
                        {"-0", 0, 0},
                        {"0.0", 0, 0},
                        {"1700000000", 1700000000, 1700000000},
                        {"1700000000.5", 1700000000, 1700000001},
                        {"1700000000.0", 1700000000, 1700000000},
                        {"1700000000.99999999999999999999", 1700000000, 1700000001},
                        {"1700000000.00000000000000000001", 1700000000, 1700000001},
                        {"9223372006096375", 9223372006096375, 9223372006096375},
                        {"9007199254740993", 9007199254740993, 9007199254740993},
                        {"9223372036854775806", INT64_MAX - 1, INT64_MAX - 1},
                        {"17e8", 1700000000, 1700000000},
                        {"1.7E+9", 1700000000, 1700000000},
                        {"17000000005e-1", 1700000000, 1700000001},
                        {"1.5e0", 1, 2},
                        {"0.5", 0, 1},
                        {"-0.5", -1, 0},
                        {"-1", -1, -1},
                        {"-1.5", -2, -1},
                        {"1e-400", 0, 1},
                        {"0e999999999999", 0, 0},
                        {"0.000e400", 0, 0},
                        {"1e18", 1000000000000000000, 1000000000000000000},
                        {"0.0000000000000000001e19", 1, 1},
                        {"-9223372036854775806.5", -INT64_MAX, -INT64_MAX + 1}}) {
    const std::optional<NumericDate> date = NumericDate::Parse(c.text);
    ASSERT_TRUE(date) << c.text;
    EXPECT_EQ(date->floor(), c.floor) << c.text;
    EXPECT_EQ(date->ceil(), c.ceil) << c.text;
  }
}

TEST(NumericDate, AnIntegerPartBeyond63BitsIsRefused) {
  for (const char* text :
       {"9223372036854775808", "18446744073709551616", "1e19", "1e400", "-1e400", "1e999999999999999999999",
        "92233720368547758070", "123456789012345678901234567890", "-9223372036854775809"}) {
    EXPECT_FALSE(NumericDate::Parse(text)) << text;
  }
}

TEST(NumericDate, AgreesWithIntegersOfEveryLength) {
  std::int64_t value = 7;
  for (int digits = 1; digits <= 18; ++digits, value = value * 10 + digits % 10) {
    for (const std::string& text : {std::to_string(value), std::to_string(value) + ".0", std::to_string(value) + "e0",
                                    std::to_string(value) + "0e-1"}) {
      EXPECT_EQ(NumericDate::Parse(text), NumericDate(value)) << text;
      EXPECT_EQ(NumericDate::Parse("-" + text), NumericDate(-value)) << text;
    }
  }
}

}  // namespace
}  // namespace assay
