#include "engine/pipeline/verdict_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "engine/json/strict.h"

namespace assay {
namespace {

// An accepted token whose every view goes away with it.
class Accepted {
 public:
  Accepted(std::string token, std::string payload, std::uint64_t generation = 1)
      : token_(std::move(token)), payload_(std::move(payload)), kid_("kid of " + token_) {
    json::Document document;
    EXPECT_EQ(parser_.ParseCopy(payload_, arena_, &document), json::Status::kOk);
    std::string_view bad_name;
    EXPECT_EQ(claims_.Read(document.root.raw, document.members, &bad_name), Reason::kUnset);
    accepted_ = {token_, &claims_, kid_, "thumbprint", true, Algorithm::kES256, 0, 1, generation};
  }
  const AcceptedToken& operator*() const { return accepted_; }

 private:
  std::string token_, payload_, kid_;
  json::StrictParser parser_;
  Arena arena_;
  Claims claims_;
  AcceptedToken accepted_;
};

std::string TokenNumber(std::size_t number, std::size_t size = 100) {
  std::string token = std::to_string(number);
  return std::string(size - token.size(), '.') + token;
}

TEST(VerdictCache, KeepsATokenFromItsSecondAcceptanceOn) {
  VerdictCache cache(1 << 20);
  const std::string token = TokenNumber(1);
  EXPECT_EQ(cache.Recall(token), nullptr);
  cache.Learn(*Accepted(token, R"({"sub":"a"})"));
  EXPECT_EQ(cache.Recall(token), nullptr);
  cache.Learn(*Accepted(token, R"({"sub":"a"})"));
  const AcceptedToken* const kept = cache.Recall(token);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->token, token);
  EXPECT_EQ(kept->kid, "kid of " + token);
  EXPECT_EQ(kept->key_thumbprint, "thumbprint");
  EXPECT_EQ(kept->claims->subject(), "a");
}

TEST(VerdictCache, ComparesEveryByte) {
  VerdictCache cache(1 << 20);
  const std::string token = TokenNumber(1, 700);
  for (int i = 0; i < 2; ++i) cache.Learn(*Accepted(token, "{}"));
  ASSERT_NE(cache.Recall(token), nullptr);
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string other = token;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_EQ(cache.Recall(other), nullptr) << at;
  }
  EXPECT_EQ(cache.Recall(token.substr(1)), nullptr);
  EXPECT_EQ(cache.Recall("." + token), nullptr);
}

TEST(VerdictCache, KeepsUnescapedStringsAndEveryMember) {
  VerdictCache cache(1 << 20);
  const std::string json =
      R"({ "iss":"https:\/\/a.example","a\u0062c":[1, {"x":"\n"}],"aud":["p","q\/"],"exp":1e9,"n":null })";
  for (int i = 0; i < 2; ++i) cache.Learn(*Accepted(TokenNumber(1), json));
  const AcceptedToken* const kept = cache.Recall(TokenNumber(1));
  ASSERT_NE(kept, nullptr);
  const Claims& claims = *kept->claims;
  EXPECT_EQ(claims.issuer(), "https://a.example");
  EXPECT_EQ(claims.expires_at(), NumericDate(1'000'000'000));
  ASSERT_NE(claims.Find("abc"), nullptr);
  EXPECT_EQ(claims.Find("abc")->raw, R"([1, {"x":"\n"}])");
  ASSERT_NE(claims.audience(), nullptr);
  Arena arena;
  std::vector<std::string> audiences;
  json::ForEachItem(*claims.audience(), arena, [&](const json::Value& item) {
    audiences.emplace_back(item.text);
    return true;
  });
  EXPECT_EQ(audiences, (std::vector<std::string>{"p", "q/"}));
  EXPECT_EQ(claims.members().size(), 5u);
  EXPECT_EQ(claims.json(), json);
}

TEST(VerdictCache, OtherGenerationsTakeTheTokensPlace) {
  VerdictCache cache(1 << 20);
  for (int i = 0; i < 2; ++i) cache.Learn(*Accepted(TokenNumber(1), R"({"sub":"old"})", 1));
  cache.Learn(*Accepted(TokenNumber(1), R"({"sub":"new"})", 2));
  const AcceptedToken* const kept = cache.Recall(TokenNumber(1));
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->key_generation, 2u);
  EXPECT_EQ(kept->claims->subject(), "new");
}

TEST(VerdictCache, WhatTheBatchHasFoundStaysWhole) {
  VerdictCache cache(8 * 1024);
  for (int i = 0; i < 2; ++i) cache.Learn(*Accepted(TokenNumber(0), R"({"sub":"first"})"));
  cache.StartBatch();
  const AcceptedToken* const kept = cache.Recall(TokenNumber(0));
  ASSERT_NE(kept, nullptr);
  for (std::size_t number = 1; number < 200; ++number) {
    for (int i = 0; i < 2; ++i) cache.Learn(*Accepted(TokenNumber(number), R"({"sub":"other"})"));
    ASSERT_EQ(kept->token, TokenNumber(0));
    ASSERT_EQ(kept->claims->subject(), "first");
  }
}

// Whatever comes and goes, what is found is what was offered last under this token.
TEST(VerdictCache, OfAnySizeNeverGivesAnythingElseThanWasOffered) {
  for (const std::size_t bytes : {0ul, 500ul, 1000ul, 4096ul, 20'000ul, 1'000'000ul}) {
    VerdictCache cache(bytes);
    std::mt19937 random(static_cast<unsigned>(bytes));
    std::map<std::string, std::string> offered;
    std::size_t found = 0;
    for (int step = 0; step < 20'000; ++step) {
      if (random() % 8 == 0) cache.StartBatch();
      const std::size_t number = random() % 64;
      const std::string token = TokenNumber(number, 32 + number * 7);
      if (random() % 2 == 0) {
        const std::string subject(number * number % 300, 'x');
        cache.Learn(*Accepted(token, "{\"sub\":\"" + subject + "\"}", number));
        offered[token] = subject;
      } else if (const AcceptedToken* const kept = cache.Recall(token)) {
        ++found;
        ASSERT_EQ(kept->token, token);
        ASSERT_EQ(kept->claims->subject(), offered.at(token));
      }
    }
    if (bytes == 0) {
      EXPECT_EQ(found, 0u);
    }
    if (bytes >= 20'000) {
      EXPECT_GT(found, 1000u);
    }
    if (bytes >= 1'000'000) {
      EXPECT_GT(found, 8000u);
    }
  }
}

}  // namespace
}  // namespace assay
