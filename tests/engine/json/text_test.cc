#include "engine/json/text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "engine/json/strict.h"

namespace assay::json {
namespace {

TEST(IsNumber, FollowsTheGrammar) {
  for (const char* good :
       {"0", "-0", "1", "10", "-1", "0.5", "1e5", "1E+5", "1.25e-10", "1e400", "123456789012345678901234567890"}) {
    EXPECT_TRUE(IsNumber(good)) << good;
  }
  for (const char* bad : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e5", "0x1", "NaN", "Infinity", "1 ",
                          " 1", "1_0", "--1", "1e5.5"}) {
    EXPECT_FALSE(IsNumber(bad)) << bad;
  }
}

std::optional<std::string> Unescaped(std::string_view inside) {
  std::string out(inside.size(), '\0');
  const auto size = Unescape(inside, out.data());
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

TEST(Unescape, EveryEscape) {
  EXPECT_EQ(Unescaped(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(Unescaped(R"(\u0041\u00e9\u20AC)"), "A\xC3\xA9\xE2\x82\xAC");
  EXPECT_EQ(Unescaped(R"(\ud83d\ude00)"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(Unescaped(R"(\u0000)"), std::string(1, '\0'));
}

TEST(Unescape, MalformedEscapesAndLoneSurrogatesAreRefused) {
  for (const char* bad : {R"(\)", R"(\x41)", R"(\u12)", R"(\u12G4)", R"(\ud800)", R"(\udc00)", R"(\ud800\ud800)",
                          R"(\ud800x)", R"(\ud83d\u0041)", R"(\U0041)", R"(\')"}) {
    EXPECT_FALSE(Unescaped(bad)) << bad;
  }
}

TEST(AppendMinified, BackslashesBeforeAQuoteAreCounted) {
  for (const char* text :
       {R"({"a\\":"b\" c","d\\\" e":"\\\\","":""})", R"("\" ")", R"("unclosed )", R"("unclosed \")", "\""}) {
    std::string out;
    AppendMinified(text, &out);
    EXPECT_EQ(out, text);
  }
}

TEST(AppendMinified, KeepsOrderSpellingAndStrings) {
  std::string out;
  AppendMinified("{ \"b\" : [ 1.0 , 1e2 ],\t\"a \\\" b\"\r\n: \" x \" }", &out);
  EXPECT_EQ(out, "{\"b\":[1.0,1e2],\"a \\\" b\":\" x \"}");
}

TEST(AppendQuoted, EscapesWhatATerminalOrViewerMayObey) {
  std::string out;
  AppendQuoted(
      "\xC2\x9B"
      "2J\xC2\x80\xC2\x9F\xC2\xA0|\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAE\xE2\x80\xAF|"
      "\xE2\x81\xA5\xE2\x81\xA6\xE2\x81\xA9\xE2\x81\xAA",
      &out);
  EXPECT_EQ(out,
            "\"\\u009b"
            "2J\\u0080\\u009f\xC2\xA0|\xE2\x80\xA7\\u2028\\u2029\\u202e\xE2\x80\xAF|"
            "\\u2065\\u2066\\u2069\\u206a\"");
}

// 061C changes direction, 200B and 2060 have no width, E0041 is a tag.
TEST(AppendQuoted, EscapesEveryCodePointThatIsNotSeen) {
  const std::pair<const char*, const char*> cases[] = {
      {"\xD8\x9C", "\\u061c"},     {"\xE1\xA0\x8E", "\\u180e"},           {"\xE2\x80\x8B", "\\u200b"},
      {"\xE2\x80\x8E", "\\u200e"}, {"\xE2\x80\x8F", "\\u200f"},           {"\xE2\x81\xA0", "\\u2060"},
      {"\xE2\x81\xA4", "\\u2064"}, {"\xEF\xBB\xBF", "\\ufeff"},           {"\xEF\xBF\xBB", "\\ufffb"},
      {"\xC2\x85", "\\u0085"},     {"\xF3\xA0\x81\x81", "\\udb40\\udc41"}};
  for (const auto& [text, escaped] : cases) {
    std::string out;
    AppendQuoted(std::string("a") + text + "b", &out);
    EXPECT_EQ(out, std::string("\"a") + escaped + "b\"");
  }
  for (const char* seen :
       {"\xD8\x9D", "\xE2\x80\x8A", "\xE2\x80\x90", "\xE2\x81\x9F", "\xE2\x81\xB0", "\xF0\x9F\x98\x80"}) {
    std::string out;
    AppendQuoted(seen, &out);
    EXPECT_EQ(out, std::string("\"") + seen + "\"");
  }
}

// A replaced sequence swallows nothing: what follows it is looked at as ever.
TEST(AppendQuoted, ACutSequenceDoesNotHideWhatFollows) {
  std::string out;
  AppendQuoted("\xE2\x80\"\xF0\x9F\x98\n\xC0\x80", &out);
  EXPECT_EQ(out, "\"\xEF\xBF\xBD\xEF\xBF\xBD\\\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\u000a\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(AppendQuoted, EscapesControlsQuotesAndBytesThatAreNotUtf8) {
  std::string out;
  AppendQuoted(std::string_view("a\"\\\n\0\x7f\xC3\xA9\xFF\xED\xA0\x80", 12), &out);
  EXPECT_EQ(out, "\"a\\\"\\\\\\u000a\\u0000\\u007f\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace assay::json
