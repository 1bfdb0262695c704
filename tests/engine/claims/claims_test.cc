#include "engine/claims/claims.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/json/strict.h"

namespace assay {
namespace {

class ClaimsTest : public ::testing::Test {
 protected:
  Reason Read(const std::string& text) {
    text_ = text;
    json::Document document;
    EXPECT_EQ(parser_.ParseCopy(text_, arena_, &document), json::Status::kOk) << text;
    return claims_.Read(text_, document.members, &bad_name_);
  }

  std::string text_;
  json::StrictParser parser_;
  Arena arena_;
  Claims claims_;
  std::string_view bad_name_;
};

TEST_F(ClaimsTest, RegisteredClaimsAreTyped) {
  ASSERT_EQ(
      Read(R"({"iss":"i","sub":"s","aud":["a","b"],"exp":10,"nbf":1.5,"iat":2,"jti":"j","client_id":"c","x":[1]})"),
      Reason::kUnset);
  EXPECT_EQ(claims_.issuer(), "i");
  EXPECT_EQ(claims_.subject(), "s");
  EXPECT_EQ(claims_.expires_at(), NumericDate(10));
  EXPECT_EQ(claims_.not_before(), NumericDate(1, true));
  EXPECT_EQ(claims_.issued_at(), NumericDate(2));
  EXPECT_EQ(claims_.jwt_id(), "j");
  EXPECT_EQ(claims_.client_id(), "c");
  EXPECT_EQ(claims_.audience()->raw, R"(["a","b"])");
  EXPECT_EQ(claims_.Find("x")->raw, "[1]");
  EXPECT_EQ(claims_.Find("y"), nullptr);
  EXPECT_EQ(claims_.json(), text_);
}

TEST_F(ClaimsTest, AbsentClaimsAreAbsent) {
  ASSERT_EQ(Read("{}"), Reason::kUnset);
  EXPECT_FALSE(claims_.issuer() || claims_.subject() || claims_.expires_at() || claims_.not_before() ||
               claims_.issued_at() || claims_.jwt_id() || claims_.client_id());
  EXPECT_EQ(claims_.audience(), nullptr);
  for (const json::Value* claim : {claims_.scope(), claims_.scp(), claims_.session(), claims_.confirmation()}) {
    EXPECT_EQ(claim, nullptr);
  }
}

TEST_F(ClaimsTest, ClaimsThatPoliciesGoByAreAsGiven) {
  ASSERT_EQ(Read(R"({"scope":"a b","scp":["a"],"sid":7,"cnf":{"jkt":"k"}})"), Reason::kUnset);
  EXPECT_EQ(claims_.scope()->text, "a b");
  EXPECT_EQ(claims_.scp()->raw, R"(["a"])");
  EXPECT_EQ(claims_.session()->raw, "7");
  EXPECT_EQ(claims_.confirmation()->raw, R"({"jkt":"k"})");
}

TEST_F(ClaimsTest, AWrongTypeIsNotAbsence) {
  for (const char* name : {"iss", "sub", "jti", "client_id"}) {
    for (const char* value : {"1", "true", "null", "[]", "{}", "[\"x\"]", "\"a\\u0000b\""}) {
      EXPECT_EQ(Read("{\"" + std::string(name) + "\":" + value + "}"), Reason::kBadClaimType) << name << value;
      EXPECT_EQ(bad_name_, name);
    }
  }
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const char* value :
         {"\"123\"", "true", "null", "[]", "{}", "[1]", "1e400", "18446744073709551616", "-1e999"}) {
      EXPECT_EQ(Read("{\"" + std::string(name) + "\":" + value + "}"), Reason::kBadClaimType) << name << value;
    }
  }
  for (const char* value :
       {"1", "true", "null", "{}", "[1]", "[\"a\",1]", "[\"a\",null]", "[[\"a\"]]", "[{\"a\":1}]"}) {
    EXPECT_EQ(Read("{\"aud\":" + std::string(value) + "}"), Reason::kBadClaimType) << value;
  }
}

TEST_F(ClaimsTest, AudienceIsAStringOrStrings) {
  for (const char* value : {"\"\"", "\"a\"", "[]", "[ ]", "[\"a\"]", "[ \"a\" , \"b\\\"]\" ]"}) {
    EXPECT_EQ(Read("{\"aud\":" + std::string(value) + "}"), Reason::kUnset) << value;
  }
}

TEST_F(ClaimsTest, UnregisteredClaimsMayBeAnything) {
  EXPECT_EQ(Read(R"({"n":1e400,"big":123456789012345678901234567890,"ISS":1,"x":null})"), Reason::kUnset);
}

}  // namespace
}  // namespace assay
