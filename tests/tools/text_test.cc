#include "tools/assay/io/text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/json/strict.h"
#include "engine/json/text.h"
#include "tools/assay/io/pretty_json.h"
#include "tools/load/latency.h"

namespace assay::cli {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(&out, text);
  return out;
}
std::string Minified(std::string_view json) {
  std::string out = "kept:";
  json::AppendMinified(json, &out);
  return out;
}

std::string Utf8(char32_t point) {
  const auto byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | (point >> 6)), byte(0x80 | (point & 63))};
  if (point < 0x10000) {
    return {byte(0xE0 | (point >> 12)), byte(0x80 | ((point >> 6) & 63)), byte(0x80 | (point & 63))};
  }
  return {byte(0xF0 | (point >> 18)), byte(0x80 | ((point >> 12) & 63)), byte(0x80 | ((point >> 6) & 63)),
          byte(0x80 | (point & 63))};
}

TEST(JsonString, EveryByteAndEveryPairOfBytesGivesSafeJson) {
  for (int a = 0; a < 256; ++a) {
    for (int b = -1; b < 256; ++b) {
      std::string text(1, static_cast<char>(a));
      if (b >= 0) text += static_cast<char>(b);
      const std::string quoted = Quoted(text);
      ASSERT_TRUE(nlohmann::json::accept(quoted)) << quoted;
      for (const char c : quoted) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    }
  }
}

TEST(JsonString, GoodTextIsKeptAndReadsBack) {
  const std::string text = "plain \"quoted\" back\\slash \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80";
  EXPECT_EQ(nlohmann::json::parse(Quoted(text)), text);
}

TEST(JsonString, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(Quoted("a\xff"), "\"a\\ufffd\"");
  EXPECT_EQ(Quoted("\xc0\x80"), "\"\\ufffd\\ufffd\"");             // overlong
  EXPECT_EQ(Quoted("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");  // surrogate
  EXPECT_EQ(Quoted("\xf4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
  EXPECT_EQ(Quoted("\xe2\x82"), "\"\\ufffd\\ufffd\"");  // cut short
}

TEST(JsonString, CharactersThatDisturbAScreenAreEscaped) {
  EXPECT_EQ(Quoted("\x1b\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf"),
            "\"\\u001b\\u007f\\u009b\\u202e\\u2028\\ufeff\"");
  EXPECT_EQ(Printable("a\nb\t\"\\"), "a\\nb\\t\"\\");
}

TEST(Minified, KeepsOrderSpellingAndStrings) {
  EXPECT_EQ(Minified("{ \"a b\" : 1.50e+1 ,\n\t\"c\":[ true , \"\\\" x \" ] }"),
            "kept:{\"a b\":1.50e+1,\"c\":[true,\"\\\" x \"]}");
  EXPECT_EQ(Minified("{}"), "kept:{}");
}

TEST(Minified, AgreesWithAPlainLoopAtEveryLength) {
  std::string json = "[";
  std::string expected = "kept:[";
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(Minified(json + "0]"), expected + "0]") << i;
    json += i % 3 == 0 ? "\"a \\\\\" , \n" : "12 ,";
    expected += i % 3 == 0 ? "\"a \\\\\"," : "12,";
  }
}

// Each code point that a terminal might obey, wherever it stands in a token's claims, in each way they are shown.
TEST(ShownJson, HasNothingInvisibleAndMeansTheSame) {
  for (char32_t point = 0x7F; point <= 0xE0FFF; ++point) {
    if (!json::IsInvisible(point)) continue;
    const std::string text = Utf8(point);
    const std::string claims = "{ \"n" + text + "\" : [1.50e+1,\"\\\\" + text + "\"] }";
    std::string json;
    AppendJson(&json, claims);
    std::string pretty;
    AppendPretty(&pretty, claims);
    for (const std::string& shown : {json, pretty, Quoted(text), Printable(text)}) {
      ASSERT_EQ(shown.find(text), std::string::npos) << shown;
      for (const char c : shown) ASSERT_TRUE(static_cast<unsigned char>(c) < 0x7F) << shown;
    }
    ASSERT_EQ(nlohmann::json::parse(json), nlohmann::json::parse(claims)) << json;
    ASSERT_EQ(nlohmann::json::parse(pretty), nlohmann::json::parse(claims)) << pretty;
    ASSERT_NE(json.find("1.50e+1"), std::string::npos);
  }
  std::string plain;
  AppendJson(&plain, "{ \"a\" : \"\xc3\xa9 \xf0\x9f\x98\x80 \\u0041\" }");
  EXPECT_EQ(plain, "{\"a\":\"\xc3\xa9 \xf0\x9f\x98\x80 \\u0041\"}");
}

TEST(PrettyJson, IndentsAndReadsBack) {
  std::string out;
  AppendPretty(&out, R"({"a":[1,{"b":"x:{,"}],"c":{},"d":[ ]})");
  EXPECT_EQ(out,
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x:{,\"\n    }\n  ],\n  \"c\": {},\n  "
            "\"d\": []\n}");
}

TEST(LatencyHistogram, QuantilesAreWithinThreePercent) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.Quantile(0.99), 0);
  for (std::uint64_t i = 1; i <= 100000; ++i) histogram.Add(i * 37);
  for (const double part : {0.01, 0.5, 0.99, 1.0}) {
    const double exact = part * 100000 * 37;
    EXPECT_GE(histogram.Quantile(part), exact * 0.999);
    EXPECT_LE(histogram.Quantile(part), exact * 1.04);
  }
  histogram.Add(~std::uint64_t{0});
  EXPECT_GT(histogram.Quantile(1.0), 1e19);
}

}  // namespace
}  // namespace assay::cli
