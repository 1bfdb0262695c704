#include "engine/jws/header.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/base/limits.h"

namespace assay::jws {
namespace {

class HeaderTest : public ::testing::Test {
 protected:
  Reason Read(std::string_view text, AlgorithmSet allowed = {Algorithm::kES256, Algorithm::kRS256}) {
    padded_ = std::string(text) + std::string(json::StrictParser::kPadding, '\0');
    return ReadHeader({padded_.data(), text.size()}, allowed, parser_, arena_, &header_);
  }

  std::string padded_;
  json::StrictParser parser_;
  Arena arena_;
  Header header_;
};

TEST_F(HeaderTest, ReadsAlgKidAndTyp) {
  ASSERT_EQ(Read(R"({"alg":"ES256","kid":"k\u0031","typ":"at+jwt","cty":"x"})"), Reason::kUnset);
  EXPECT_EQ(header_.algorithm, Algorithm::kES256);
  EXPECT_TRUE(header_.has_kid);
  EXPECT_EQ(header_.kid, "k1");
  EXPECT_EQ(header_.type, "at+jwt");
}

TEST_F(HeaderTest, AnEmptyKidIsAKid) {
  ASSERT_EQ(Read(R"({"alg":"ES256","kid":""})"), Reason::kUnset);
  EXPECT_TRUE(header_.has_kid);
}

TEST_F(HeaderTest, TheAlgorithmIsMissingNoneUnknownOrNotAllowed) {
  EXPECT_EQ(Read("{}"), Reason::kAlgorithmMissing);
  for (const char* none : {"none", "None", "NONE", "nOnE", "noNE"}) {
    EXPECT_EQ(Read("{\"alg\":\"" + std::string(none) + "\"}"), Reason::kAlgorithmNone) << none;
  }
  for (const char* unknown : {"", "es256", "ES256K", "HS256", "HS384", "HS512", "Es256", "ES256 ", " ES256", "RS1",
                              "EdDSA\\u0000", "none ", "Ed448", "dir", "RSA-OAEP"}) {
    EXPECT_EQ(Read("{\"alg\":\"" + std::string(unknown) + "\"}"), Reason::kAlgorithmUnknown) << unknown;
  }
  EXPECT_EQ(Read(R"({"alg":"ES384"})"), Reason::kAlgorithmNotAllowed);
  EXPECT_EQ(Read(R"({"alg":"ES384"})", {Algorithm::kES384}), Reason::kUnset);
}

TEST_F(HeaderTest, FieldsOfTheWrongTypeAreRefused) {
  for (const char* text :
       {R"({"alg":1})", R"({"alg":null})", R"({"alg":["ES256"]})", R"({"alg":"ES256","kid":1})",
        R"({"alg":"ES256","kid":null})", R"({"alg":"ES256","typ":{}})", R"({"alg":"ES256","cty":[]})"}) {
    EXPECT_EQ(Read(text), Reason::kBadHeaderField) << text;
  }
}

TEST_F(HeaderTest, AnyCritIsRefusedWhateverItHolds) {
  for (const char* crit : {"[]", "[\"exp\"]", "[\"b64\"]", "[\"alg\",\"alg\"]", "null", "\"b64\"", "[1]", "{}"}) {
    EXPECT_EQ(Read("{\"alg\":\"ES256\",\"crit\":" + std::string(crit) + "}"), Reason::kCriticalHeader) << crit;
  }
}

TEST_F(HeaderTest, B64IsRefusedWithOrWithoutCrit) {
  EXPECT_EQ(Read(R"({"alg":"ES256","b64":false})"), Reason::kUnencodedPayload);
  EXPECT_EQ(Read(R"({"alg":"ES256","b64":true})"), Reason::kUnencodedPayload);
  EXPECT_EQ(Read(R"({"alg":"ES256","b64":false,"crit":["b64"]})"), Reason::kCriticalHeader);
}

TEST_F(HeaderTest, KeysInTheHeaderAreLeftAlone) {
  EXPECT_EQ(Read(R"({"alg":"ES256","jwk":{"kty":"oct","k":"AA"},"jku":"http://x","x5u":1,"x5c":["x"],"x5t":"y"})"),
            Reason::kUnset);
  EXPECT_FALSE(header_.has_kid);
}

TEST_F(HeaderTest, KidHasALimitInBytes) {
  EXPECT_EQ(Read("{\"alg\":\"ES256\",\"kid\":\"" + std::string(kMaxKidBytes, 'k') + "\"}"), Reason::kUnset);
  EXPECT_EQ(Read("{\"alg\":\"ES256\",\"kid\":\"" + std::string(kMaxKidBytes + 1, 'k') + "\"}"), Reason::kKidTooLong);
}

TEST_F(HeaderTest, TheFirstDefectInTheOrderIsReported) {
  EXPECT_EQ(Read(R"({"alg":"none","alg":"ES256"})"), Reason::kDuplicateName);
  EXPECT_EQ(Read(R"({"crit":[],"typ":1})"), Reason::kBadHeaderField);
  EXPECT_EQ(Read(R"({"crit":[],"alg":"none"})"), Reason::kAlgorithmNone);
  EXPECT_EQ(Read(R"({"b64":false,"alg":"ES256","kid":")" + std::string(300, 'k') + "\"}"), Reason::kUnencodedPayload);
}

TEST_F(HeaderTest, WhatIsNoObjectIsRefused) {
  for (const char* text : {"", "[]", "\"ES256\"", "null", "{\"alg\":\"ES256\"", "{\"alg\":\"ES256\"}x"}) {
    EXPECT_EQ(Read(text), Reason::kBadHeaderJson) << text;
  }
}

}  // namespace
}  // namespace assay::jws
