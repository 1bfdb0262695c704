#include "engine/json/structure.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/json/items.h"
#include "engine/json/strict.h"

namespace assay::json {
namespace {

class StructureTest : public ::testing::Test {
 protected:
  // Parse: the structure of `text`, which must be JSON; null when it has escapes.
  const Structure* Parse(std::string_view text) {
    arena_.Reset();
    EXPECT_EQ(parser_.ParseCopy(text, arena_, &document_), Status::kOk) << text;
    return parser_.structure();
  }

  // ExpectSame: what the structure finds inside `value`, at every depth, is what reading its text again finds.
  void ExpectSame(const Structure& structure, const Value& value) {
    if (value.kind == Kind::kArray) {
      std::vector<Value> read, found;
      ForEachItem(value, arena_, [&](const Value& item) { return read.push_back(item), true; });
      structure.ForEachItem(value, [&](const Value& item) { return found.push_back(item), true; });
      ASSERT_EQ(found.size(), read.size()) << value.raw;
      for (std::size_t i = 0; i < read.size(); ++i) ExpectOne(structure, found[i], read[i]);
      EXPECT_EQ(structure.IsArrayOfStrings(value), IsArrayOfStrings(value)) << value.raw;
    } else if (value.kind == Kind::kObject) {
      ForEachMember(value, arena_, [&](const Member& member) {
        Value found;
        const std::string name(member.name);
        EXPECT_TRUE(structure.FindPath(value, std::span(&name, 1), &found)) << name << " in " << value.raw;
        ExpectOne(structure, found, member.value);
        return true;
      });
      const std::string absent = "not there";
      Value none;
      EXPECT_FALSE(structure.FindPath(value, std::span(&absent, 1), &none)) << value.raw;
    }
  }

  void ExpectOne(const Structure& structure, const Value& found, const Value& read) {
    EXPECT_EQ(found.kind, read.kind);
    EXPECT_EQ(found.raw.data(), read.raw.data());
    EXPECT_EQ(found.raw, read.raw);
    EXPECT_EQ(found.text, read.text);
    ++compared_;
    ExpectSame(structure, found);
  }

  void ExpectSameBelowRoot(const Structure* structure) {
    ASSERT_NE(structure, nullptr);
    for (const Member& member : document_.members) {
      const bool is_container = member.value.kind == Kind::kArray || member.value.kind == Kind::kObject;
      EXPECT_EQ(member.value.place != 0, is_container) << member.name;
      ExpectSame(*structure, member.value);
    }
  }

  StrictParser parser_;
  Arena arena_;
  Document document_;
  std::size_t compared_ = 0;
};

TEST_F(StructureTest, FindsWhatReadingAgainFinds) {
  ExpectSameBelowRoot(Parse(
      R"( {"a" : [ ] , "b":{ }, "c":[[],[{}],"x" , 1 ,-2e3,true,null ], "d" : {"e" : {"f": [ "g" , "h" ]} , "i":0},)"
      R"("j":["k","l"],"m":["]","}",",","{","[",":"],"n":{"":"","]":{"}":"," }}} )"));
  EXPECT_EQ(compared_, 24u);
}

TEST_F(StructureTest, APathGoesThroughObjectsAlone) {
  const Structure* const structure =
      Parse(R"({"a":{"x":{"c":0},"l":["b"],"s":"b","b" : { "b":[1] , "c" : {"d":"found"} } },"b":1,"c":{"d":2}})");
  ASSERT_NE(structure, nullptr);
  const Value& from = document_.members[0].value;
  Value value;
  const auto found = [&](const std::vector<std::string>& names) { return structure->FindPath(from, names, &value); };
  ASSERT_TRUE(found({"b", "c", "d"}));
  EXPECT_EQ(value.text, "found");
  for (const std::vector<std::string>& names : std::vector<std::vector<std::string>>{
           {"c"}, {"d"}, {"b", "d"}, {"b", "b", "b"}, {"l", "b"}, {"s", "b"}, {"x", "c", "d"}, {"x", "d"}, {"B"}}) {
    EXPECT_FALSE(found(names)) << names.back();
  }
}

TEST_F(StructureTest, FindsItInRandomDocuments) {
  std::mt19937 random(18);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const auto space = [&] { return std::string(below(4) == 0 ? below(3) : 0, " \n"[below(2)]); };
  const std::string_view scalars[] = {"\"\"", "\"a\"", "\"a,b]}\"", "0", "-1.5e+3", "true", "false", "null"};
  const auto value = [&](const auto& self, unsigned depth) -> std::string {
    const unsigned kind = depth == 0 ? 0 : below(3);
    if (kind == 0) return std::string(scalars[below(std::size(scalars))]);
    std::string text = kind == 1 ? "[" : "{";
    for (unsigned i = 0, count = below(4); i < count; ++i) {
      text += (i == 0 ? "" : ",") + space();
      if (kind == 2) text += "\"n" + std::to_string(i) + '"' + space() + ":" + space();
      text += self(self, depth - 1) + space();
    }
    return text + space() + (kind == 1 ? "]" : "}");
  };
  for (int round = 0; round < 2000; ++round) {
    ExpectSameBelowRoot(Parse("{\"a\":" + value(value, 4) + ",\"b\" :" + value(value, 4) + " }"));
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(compared_, 10'000u);
}

TEST_F(StructureTest, ThereIsNoneOfTextWithEscapesOrDefects) {
  EXPECT_NE(Parse(R"({"a":["b"]})"), nullptr);
  EXPECT_EQ(Parse(R"({"a":["\u0062"]})"), nullptr);
  EXPECT_NE(Parse(R"({"a":["b"]})"), nullptr);
  for (const std::string_view text : {"", "{", R"({"a":[1,]})", R"({"a":1,"a":2})", "{}x"}) {
    EXPECT_NE(parser_.ParseCopy(text, arena_, &document_), Status::kOk) << text;
    EXPECT_EQ(parser_.structure(), nullptr) << text;
  }
}

}  // namespace
}  // namespace assay::json
