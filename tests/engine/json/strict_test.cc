#include "engine/json/strict.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/base/limits.h"

namespace assay::json {
namespace {

class StrictTest : public ::testing::Test {
 protected:
  Status Parse(std::string_view text) { return parser_.ParseCopy(text, arena_, &document_); }

  StrictParser parser_;
  Arena arena_;
  Document document_;
};

TEST_F(StrictTest, MembersAreViewsInOrder) {
  ASSERT_EQ(Parse(R"( {"sub" : "a\u0062c", "n":-1.50e3 ,"l":[1, {"x":null}], "t":true} )"), Status::kOk);
  ASSERT_EQ(document_.members.size(), 4u);
  EXPECT_EQ(document_.members[0].name, "sub");
  EXPECT_EQ(document_.members[0].value.text, "abc");
  EXPECT_EQ(document_.members[0].value.raw, R"("a\u0062c")");
  EXPECT_EQ(document_.members[1].value.kind, Kind::kNumber);
  EXPECT_EQ(document_.members[1].value.raw, "-1.50e3");
  EXPECT_EQ(document_.members[2].value.raw, R"([1, {"x":null}])");
  EXPECT_EQ(document_.members[3].value.kind, Kind::kTrue);
  EXPECT_EQ(document_.root.raw.front(), '{');
  EXPECT_EQ(document_.root.raw.back(), '}');
}

TEST_F(StrictTest, TheMembersAlongAPathAreKeptInTheSamePass) {
  std::string text =
      R"({"a":{"x":"1","n":2},"params":{"name":"\u0061b","_meta":{"v":"3"}},"_meta":{"w":1},"z":{"params":{"q":1}}})";
  const std::size_t size = text.size();
  text.append(StrictParser::kPadding, '\0');
  const auto parse = [&](std::vector<std::string_view> path) {
    return parser_.Parse({text.data(), size}, path, arena_, &document_);
  };
  ASSERT_EQ(parse({"params", "_meta"}), Status::kOk);
  ASSERT_EQ(document_.members.size(), 4u);
  EXPECT_EQ(document_.members[0].value.text, "");
  ASSERT_EQ(document_.nested[0].size(), 2u);
  EXPECT_EQ(document_.nested[0][0].name, "name");
  EXPECT_EQ(document_.nested[0][0].value.text, "ab");
  EXPECT_EQ(document_.nested[0][1].value.text, "");
  ASSERT_EQ(document_.nested[1].size(), 1u);
  EXPECT_EQ(document_.nested[1][0].value.text, "3");
  ASSERT_EQ(parse({"a"}), Status::kOk);
  EXPECT_EQ(document_.nested[0][1].value.raw, "2");
  EXPECT_TRUE(document_.nested[1].empty());
  ASSERT_EQ(parse({"none", "_meta"}), Status::kOk);
  EXPECT_TRUE(document_.nested[0].empty());
  EXPECT_TRUE(document_.nested[1].empty());
}

TEST_F(StrictTest, RepeatedNamesAreRefusedAtEveryLevelAndInEverySpelling) {
  for (const char* text :
       {R"({"sub":1,"sub":2})", R"({"sub":1,"\u0073ub":2})", R"({"":1,"":1})", R"({"a":{"b":1,"b":1}})",
        R"([{"b":1,"c":0,"b":1}])", R"({"a":[[{"x":{"y":0,"\u0079":0}}]]})"}) {
    EXPECT_EQ(Parse(text), Status::kDuplicateName) << text;
  }
  EXPECT_EQ(Parse(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"), Status::kOk);
  EXPECT_EQ(Parse(R"({"a":1,"A":1})"), Status::kOk);
}

TEST_F(StrictTest, ARepeatIsFoundAmongManyMembersWhereverItStands) {
  for (std::size_t members : {2u, 16u, 17u, 100u, 256u}) {
    for (std::size_t twin : {std::size_t{0}, (members - 1) / 2, members - 2}) {
      std::string text = "{";
      for (std::size_t i = 0; i < members; ++i) {
        const std::size_t name = i + 1 == members ? twin : i;
        text += (i > 0 ? ",\"n" : "\"n") + std::to_string(name) + "\":0";
      }
      EXPECT_EQ(Parse(text + "}"), Status::kDuplicateName) << members << ' ' << twin;
    }
  }
}

// Beginning, middle, end and size are all that a name's print is made of.
TEST_F(StrictTest, LongNamesThatDifferInOneByteAreToldApartAndTwinsAreFound) {
  for (std::size_t size : {17u, 24u, 25u, 40u, 200u}) {
    std::string members;
    for (std::size_t at = 0; at < size; ++at) {
      std::string name(size, 'n');
      name[at] = 'x';
      members += (at > 0 ? ",\"" : "\"") + name + "\":0";
    }
    EXPECT_EQ(Parse("{" + members + "}"), Status::kOk) << size;
    std::string twin(size, 'n');
    twin[size / 3] = 'x';
    EXPECT_EQ(Parse("{" + members + ",\"" + twin + "\":0}"), Status::kDuplicateName) << size;
    EXPECT_EQ(Parse("{\"a\":[{" + members + ",\"" + twin + "\":0}]}"), Status::kDuplicateName) << size;
  }
}

TEST_F(StrictTest, IntegersAroundTheSizeOfAWord) {
  for (std::size_t digits = 1; digits <= 20; ++digits) {
    const std::string good = std::string(digits, '7');
    EXPECT_EQ(Parse(good), Status::kOk) << good;
    EXPECT_EQ(Parse("[-" + good + " ]"), Status::kOk) << good;
    for (std::size_t at = 0; at < digits; ++at) {
      for (const char c : {'/', ':', '\x01', '\x7F', 'a', '-', '\\'}) {
        std::string bad = good;
        bad[at] = c;
        if (c == '-' && at == 0 && digits > 1) continue;
        EXPECT_EQ(Parse("[" + bad + "]"), Status::kMalformed) << bad;
      }
    }
    EXPECT_EQ(Parse("[0" + good + "]"), Status::kMalformed) << good;
  }
}

TEST_F(StrictTest, ARepeatIsOnlyReportedOfTextThatIsJson) {
  for (const char* text : {R"({"a":1,"a":2)", R"({"a":1,"a":2} x)", R"({"a":1,"a":2}})", R"([{"a":1,"a":2},])",
                           R"({"x":{"a":1,"a":2},"y":01})", "{\"x\":{\"a\":1,\"a\":2},\"y\":\"\xFF\"}"}) {
    EXPECT_EQ(Parse(text), Status::kMalformed) << text;
  }
  const std::string text = R"({"x":{"a":1,"a":2},"y":0})";
  ASSERT_EQ(Parse(text), Status::kDuplicateName);
  EXPECT_EQ(document_.error_offset, text.find(",\"y\"")) << "behind the object that repeats a name";
}

TEST_F(StrictTest, ObjectsHaveAMemberLimit) {
  const auto object = [](std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":0";
    return text + "}";
  };
  EXPECT_EQ(Parse(object(kMaxObjectMembers)), Status::kOk);
  EXPECT_EQ(document_.members.size(), kMaxObjectMembers);
  EXPECT_EQ(Parse(object(kMaxObjectMembers + 1)), Status::kTooManyMembers);
  EXPECT_EQ(document_.too_large, "") << "the root itself";
  EXPECT_EQ(Parse("{\"a\":1,\"roles\":[{\"x\":" + object(kMaxObjectMembers + 1) + "}]}"), Status::kTooManyMembers);
  EXPECT_EQ(document_.too_large, "roles");
}

TEST_F(StrictTest, DepthHasALimit) {
  const auto nested = [](std::size_t depth, char open, char close) {
    return std::string(depth, open) + std::string(depth, close);
  };
  EXPECT_EQ(Parse(nested(kMaxJsonDepth, '[', ']')), Status::kOk);
  EXPECT_EQ(Parse(nested(kMaxJsonDepth + 1, '[', ']')), Status::kMalformed);
  EXPECT_EQ(Parse(nested(100000, '[', ']')), Status::kMalformed);
  std::string objects, ends;
  for (std::size_t i = 0; i < kMaxJsonDepth; ++i) objects += "{\"a\":", ends += "}";
  EXPECT_EQ(Parse(objects + "1" + ends), Status::kOk);
  EXPECT_EQ(Parse("{\"a\":" + objects + "1" + ends + "}"), Status::kMalformed);
}

TEST_F(StrictTest, DepthMayBeLimitedOtherwise) {
  const auto nested = [](std::size_t depth) {
    std::string text, end;
    for (std::size_t i = 0; i < depth; ++i)
      text += i % 2 == 0 ? "{\"a\":0,\"b\":" : "[", end.insert(0, 1, i % 2 == 0 ? '}' : ']');
    return text + "1" + end;
  };
  parser_.LimitDepth(kMaxJsonDepthCeiling);
  EXPECT_EQ(Parse(nested(kMaxJsonDepthCeiling)), Status::kOk);
  EXPECT_EQ(Parse(nested(kMaxJsonDepthCeiling + 1)), Status::kMalformed);
  EXPECT_TRUE(document_.is_too_deep);
  parser_.LimitMembers(1);
  EXPECT_EQ(Parse(nested(2)), Status::kTooManyMembers);
  parser_.LimitMembers(kMaxObjectMembersCeiling);
  EXPECT_EQ(Parse(nested(kMaxJsonDepthCeiling)), Status::kOk);
  parser_.LimitDepth(3);
  EXPECT_EQ(Parse(nested(3)), Status::kOk);
  EXPECT_EQ(Parse(nested(4)), Status::kMalformed);
}

TEST_F(StrictTest, NumbersOfAnySizeAreTextAndTheGrammarIsWhole) {
  for (const char* good : {"[1e400]", "[123456789012345678901234567890]", "[-0]", "[0.0000]", "[1E+2]"}) {
    EXPECT_EQ(Parse(good), Status::kOk) << good;
  }
  for (const char* bad : {"[01]", "[1.]", "[.1]", "[+1]", "[1 2]", "[-]", "[1e]", "[0x1]", "[NaN]", "[Infinity]",
                          "[1a]", "[1\"a\"]", "[1\x01]"}) {
    EXPECT_EQ(Parse(bad), Status::kMalformed) << bad;
  }
}

TEST_F(StrictTest, GarbageAroundTheDocumentIsRefused) {
  for (const char* bad : {"",
                          " ",
                          "{}x",
                          "{} {}",
                          "{},",
                          "x{}",
                          "{}\x01",
                          "{}]",
                          "{",
                          "}",
                          "[",
                          "\"",
                          "{\"a\"",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{,}",
                          "[1,]",
                          "[,1]",
                          "{\"a\" 1}",
                          "{1:2}",
                          "{a:1}",
                          "{'a':1}",
                          "/**/{}",
                          "{}//",
                          "[1]2",
                          "tru",
                          "truex",
                          "nulll",
                          "true false",
                          "\"a\"b",
                          "\"a\" \"b\"",
                          "[\"a\"b]",
                          "{\"a\":1 \"b\":2}"}) {
    EXPECT_EQ(Parse(bad), Status::kMalformed) << bad;
  }
  using namespace std::string_view_literals;
  EXPECT_EQ(Parse("{}\0"sv), Status::kMalformed);
  EXPECT_EQ(Parse("\0{}"sv), Status::kMalformed);
  EXPECT_EQ(Parse("{\"a\":\"x\0y\"}"sv), Status::kMalformed);
  EXPECT_EQ(Parse("\xEF\xBB\xBF{}"sv), Status::kMalformed) << "byte order mark";
}

TEST_F(StrictTest, TextIsUtf8WithoutLoneSurrogatesOrRawControls) {
  for (const char* bad :
       {"[\"\xFF\"]", "[\"\xC0\x80\"]", "[\"\xED\xA0\x80\"]", "[\"\xF4\x90\x80\x80\"]", "[\"\xE2\x82\"]",
        "[\"\\ud800\"]", "[\"\\udc00\"]", "[\"a\nb\"]", "[\"a\tb\"]", "{\"\\ud800\":1}", "[\"\\q\"]"}) {
    EXPECT_EQ(Parse(bad), Status::kMalformed) << bad;
  }
}

TEST_F(StrictTest, EscapedQuotesAndBackslashesEndWhereTheyShould) {
  ASSERT_EQ(Parse(R"({"a":"x\\","b":"y\"","c":"\\\""})"), Status::kOk);
  EXPECT_EQ(document_.members[0].value.text, "x\\");
  EXPECT_EQ(document_.members[1].value.text, "y\"");
  EXPECT_EQ(document_.members[2].value.text, "\\\"");
}

TEST_F(StrictTest, EveryPrefixOfADocumentIsRefused) {
  const std::string text = R"({"iss":"https://a\"\\","aud":["x",1e5,null,true,{"y":[]}],"exp":1.5})";
  ASSERT_EQ(Parse(text), Status::kOk);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_NE(Parse(text.substr(0, size)), Status::kOk) << size;
  }
}

TEST_F(StrictTest, TheParserServesManyDocuments) {
  const std::string large = "[\"" + std::string(100000, 'x') + "\"]";
  EXPECT_EQ(Parse(R"({"a":1,"a":1})"), Status::kDuplicateName);
  EXPECT_EQ(Parse(large), Status::kOk);
  EXPECT_EQ(Parse(R"({"a":1})"), Status::kOk);
  EXPECT_EQ(document_.members.size(), 1u);
}

TEST_F(StrictTest, ItemsOfAnArray) {
  ASSERT_EQ(Parse(R"({"aud":[ "a\n" , "b" ,[1,"]"], {"k":"}"},12 ,null]})"), Status::kOk);
  std::vector<std::string> seen;
  ForEachItem(document_.members[0].value, arena_, [&](const Value& item) {
    seen.emplace_back(item.kind == Kind::kString ? item.text : item.raw);
    return true;
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"a\n", "b", "[1,\"]\"]", "{\"k\":\"}\"}", "12", "null"}));
  ASSERT_EQ(Parse("{\"aud\":[ ]}"), Status::kOk);
  ForEachItem(document_.members[0].value, arena_, [&](const Value&) -> bool {
    ADD_FAILURE();
    return true;
  });
}

}  // namespace
}  // namespace assay::json
