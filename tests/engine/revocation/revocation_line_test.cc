#include "engine/revocation/revocation_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay {
namespace {

std::string ErrorOf(std::string_view line) {
  const Result<Revocation> revocation = ParseRevocation(line);
  return revocation ? "" : revocation.error();
}

TEST(RevocationLine, EachKindIsReadAndWrittenBack) {
  for (const std::string line :
       {R"({"iss":"https://a","jti":"t1","exp":1700000000})", R"({"iss":"a","jti":"t1"})",
        R"({"iss":"a","sub":"alice","issued_before":-5})", R"({"iss":"a","sid":"s","issued_before":0})",
        R"({"iss":"a","client_id":"\"é\\","issued_before":9223372036854775807})", R"({"iss":"a","issued_before":10})",
        R"({"iss":"a","kid":"k"})"}) {
    const Result<Revocation> revocation = ParseRevocation(line);
    ASSERT_TRUE(revocation.ok()) << line << ": " << revocation.error();
    EXPECT_EQ(FormatRevocation(*revocation), line);
  }
}

TEST(RevocationLine, OrderAndEscapesOfTheMembersDoNotMatter) {
  const Result<Revocation> revocation = ParseRevocation(R"( { "exp" : 1e3 , "j\u0074i":"\u0074", "iss":"a" } )");
  ASSERT_TRUE(revocation.ok()) << revocation.error();
  EXPECT_EQ(revocation->value, "t");
  EXPECT_EQ(revocation->expires_at, 1000);
}

TEST(RevocationLine, FractionsRoundTowardsRevoking) {
  EXPECT_EQ(ParseRevocation(R"({"iss":"a","jti":"t","exp":10.5})")->expires_at, 11);
  EXPECT_EQ(ParseRevocation(R"({"iss":"a","sub":"t","issued_before":10.5})")->issued_before, 10);
}

TEST(RevocationLine, WhatIsNoRevocationIsRefused) {
  EXPECT_EQ(ErrorOf(""), "is no JSON object");
  EXPECT_EQ(ErrorOf("[]"), "is no JSON object");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":"t"} x)"), "is no JSON object");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":"t")"), "is no JSON object");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":"t","jti":"t"})"), "repeats a member");
  std::string many = R"({"iss":"a")";
  for (int i = 0; i < 300; ++i) many += ",\"m" + std::to_string(i) + "\":1";
  EXPECT_EQ(ErrorOf(many + "}"), "has an object of more than 256 members");
  EXPECT_EQ(ErrorOf(R"({"iss":"a"})"), "has none of jti, sub, sid, client_id, kid, issued_before");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":"t","sub":"s"})"), "names tokens in more than one way");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":"t","until":1})"), "\"until\" is no member of a revocation");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","Jti":"t"})"), "\"Jti\" is no member of a revocation");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":1})"), "\"jti\" is no string");
  EXPECT_EQ(ErrorOf(R"({"iss":null,"jti":"t"})"), "\"iss\" is no string");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":"t","exp":"1"})"), "\"exp\" is no number");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":"t","exp":null})"), "\"exp\" is no number");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","jti":"t","exp":1e40})"), "\"exp\" is beyond 63 bits");
  EXPECT_NE(ErrorOf(R"({"jti":"t"})"), "");
  EXPECT_NE(ErrorOf(R"({"iss":"","jti":"t"})"), "");
  EXPECT_NE(ErrorOf(R"({"iss":"a","jti":""})"), "");
  EXPECT_NE(ErrorOf(R"({"iss":"a","jti":"x\u0000"})"), "");
  EXPECT_NE(ErrorOf(R"({"iss":"a","jti":"t","issued_before":1})"), "");
  EXPECT_NE(ErrorOf(R"({"iss":"a","sub":"t","issued_before":1,"exp":1})"), "");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","sub":"t"})"), "issued_before is missing");
  EXPECT_NE(ErrorOf(R"({"issued_before":1})"), "") << "not every issuer's";
  EXPECT_NE(ErrorOf(R"({"iss":"a","issued_before":1,"exp":1})"), "");
  EXPECT_NE(ErrorOf(R"({"iss":"a","kid":"k","issued_before":1})"), "") << "a stolen key writes any iat";
  EXPECT_NE(ErrorOf(R"({"iss":"a","kid":"k","exp":1})"), "") << "it is never forgotten";
  EXPECT_NE(ErrorOf(R"({"iss":"a","kid":""})"), "");
  EXPECT_EQ(ErrorOf(R"({"iss":"a","kid":"k","sub":"s"})"), "names tokens in more than one way");
  EXPECT_NE(ErrorOf("{\"iss\":\"a\",\"jti\":\"" + std::string(5000, 'x') + "\"}"), "");
  EXPECT_EQ(ErrorOf(std::string(70000, ' ')), "is too long");
}

TEST(RevocationLineReader, ReadsLineByLineAndNamesTheBadOne) {
  revocation::RevocationLineReader reader;
  std::vector<std::string> seen;
  const auto note = [&](const Revocation& revocation) { seen.push_back(revocation.value); };
  EXPECT_TRUE(reader.ReadAll("", note).ok());
  EXPECT_TRUE(reader.ReadAll("\n {\"iss\":\"a\",\"jti\":\"1\"}\r\n\n{\"iss\":\"a\",\"jti\":\"2\"}", note).ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "2"}));
  const Result<void> bad = reader.ReadAll("{\"iss\":\"a\",\"jti\":\"3\"}\n\nnot\n", note);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error(), "line 3 is no JSON object");
}

}  // namespace
}  // namespace assay
