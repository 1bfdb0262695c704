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

// Found: the scopes that `source` finds in these claims, each in brackets; "absent", or "refused" for another form.
std::string Found(const ScopeSource& source, const std::string& claims_json) {
  json::StrictParser parser;
  Arena arena;
  json::Document document;
  EXPECT_EQ(parser.ParseCopy(claims_json, arena, &document), json::Status::kOk) << claims_json;
  Claims claims;
  std::string_view bad_name;
  EXPECT_EQ(claims.Read(claims_json, document.members, &bad_name), Reason::kUnset);
  const json::Value* scopes = nullptr;
  if (!FindScopes(source, {claims, arena}, &scopes)) return "refused";
  if (scopes == nullptr) return "absent";
  std::string found;
  ForEachScope(*scopes, arena, [&](std::string_view scope) {
    found += "[" + std::string(scope) + "]";
    return true;
  });
  return found;
}

TEST(FindScopes, EachFormIsItsOwn) {
  const std::string text = R"({"s":"a b"})", array = R"({"s":["a","b"]})", keys = R"({"s":{"a":true,"b":{"o":"x"}}})";
  const auto in = [](ScopeForm form) { return ScopeSource{{"s"}, form}; };
  EXPECT_EQ(Found(in(ScopeForm::kString), text), "[a][b]");
  EXPECT_EQ(Found(in(ScopeForm::kString), array), "refused");
  EXPECT_EQ(Found(in(ScopeForm::kArray), array), "[a][b]");
  EXPECT_EQ(Found(in(ScopeForm::kArray), text), "refused");
  EXPECT_EQ(Found(in(ScopeForm::kArray), R"({"s":["a",1]})"), "refused");
  EXPECT_EQ(Found(in(ScopeForm::kEither), text), "[a][b]");
  EXPECT_EQ(Found(in(ScopeForm::kEither), array), "[a][b]");
  EXPECT_EQ(Found(in(ScopeForm::kEither), keys), "refused");
  EXPECT_EQ(Found(in(ScopeForm::kKeys), keys), "[a][b]");
  EXPECT_EQ(Found(in(ScopeForm::kKeys), array), "refused");
  EXPECT_EQ(Found(in(ScopeForm::kKeys), text), "refused");
  for (const ScopeForm form : {ScopeForm::kString, ScopeForm::kArray, ScopeForm::kEither, ScopeForm::kKeys}) {
    EXPECT_EQ(Found(in(form), R"({"x":1})"), "absent");
    EXPECT_EQ(Found(in(form), R"({"s":null})"), "refused");
  }
}

TEST(FindScopes, OfAnObjectOnlyWhatIsGrantedCounts) {
  const ScopeSource keys{{"s"}, ScopeForm::kKeys};
  EXPECT_EQ(Found(keys, R"({"s":{"no":false,"empty":{},"null":null,"list":["x"],"one":1,"yes":true,"text":"x"}})"),
            "[yes]");
  EXPECT_EQ(Found(keys, R"({"s":{"a b":true,"\u0061\"":true,"":true,"c":true}})"), "[c]") << "no scope-tokens";
  const ScopeSource by_org{{"s"}, ScopeForm::kKeys, {"org1"}};
  EXPECT_EQ(Found(by_org, R"({"s":{"a":{"org1":"x"},"b":{"org2":"x"},"c":true,"d":{"x":{"org1":1}}}})"), "[a]");
}

TEST(FindScopes, APathIsFollowedThroughObjects) {
  const ScopeSource roles{{"resource_access", "my-client", "roles"}, ScopeForm::kArray};
  EXPECT_EQ(Found(roles, R"({"resource_access":{"other":{"roles":["x"]},"my-client":{"roles":["a"]}}})"), "[a]");
  EXPECT_EQ(Found(roles, R"({"resource_access.my-client.roles":["a"]})"), "absent");
  EXPECT_EQ(Found(roles, R"({"resource_access":[{"my-client":{"roles":["a"]}}]})"), "absent");
}

}  // namespace
}  // namespace assay
