#include "engine/claims/scope_set.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

bool Holds(const std::string& json_value, std::string_view wanted) {
  json::StrictParser parser;
  Arena arena;
  json::Document document;
  EXPECT_EQ(parser.ParseCopy("{\"scope\":" + json_value + "}", arena, &document), json::Status::kOk);
  return HasScope(document.members[0].value, wanted, arena);
}

TEST(HasScope, SplitsAtSpaceOnlyAndMatchesWholeTokens) {
  EXPECT_TRUE(Holds("\"read write\"", "read"));
  EXPECT_TRUE(Holds("\"read write\"", "write"));
  EXPECT_TRUE(Holds("\"read  write \"", "write"));
  for (const char* scopes : {"\"\"", "\" \"", "\"read:all\"", "\"xread\"", "\"Read\"", "\"read\\twrite\"",
                             "\"read\\u00a0write\"", "\"read,write\"", "\"read\\nwrite\"", "\"rea\""}) {
    EXPECT_FALSE(Holds(scopes, "read")) << scopes;
  }
}

TEST(HasScope, ArraysHoldWholeItems) {
  EXPECT_TRUE(Holds("[\"read\",\"write\"]", "write"));
  EXPECT_TRUE(Holds("[\"r\\u0065ad\"]", "read"));
  EXPECT_FALSE(Holds("[\"read write\"]", "read"));
  EXPECT_FALSE(Holds("[]", "read"));
}

TEST(IsScopeToken, Rfc6749Characters) {
  EXPECT_TRUE(IsScopeToken("files:read"));
  EXPECT_TRUE(IsScopeToken("!#[]~"));
  for (const char* bad : {"", "a b", "a\"b", "a\\b", "a\tb", "\xC2\xA0", "a\x7F"})
    EXPECT_FALSE(IsScopeToken(bad)) << bad;
}

}  // namespace
}  // namespace assay
