#include "engine/revocation/check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/json/strict.h"

namespace assay::revocation {
namespace {

constexpr std::int64_t kNow = 1000;

class CheckRevocationTest : public ::testing::Test {
 protected:
  Claims Read(const std::string& json) {
    json::Document document;
    EXPECT_EQ(parser_.ParseCopy(json, arena_, &document), json::Status::kOk);
    Claims claims;
    std::string_view bad_name;
    EXPECT_EQ(claims.Read(json, document.members, &bad_name), Reason::kUnset);
    return claims;
  }
  Reason CheckWith(const RevocationReader::Pinned& pinned, const Claims& claims, std::int64_t now = kNow) {
    Lookup lookup;
    if (pinned.in_use()) pinned.Begin(claims, &lookup);
    return pinned.Check(lookup, claims, now, &detail_);
  }
  Reason Check(const std::string& json, std::int64_t now = kNow) {
    return CheckWith(RevocationReader::Pinned(reader_), Read(json), now);
  }
  void Add(const Revocation& revocation) { store_.Add({&revocation, 1}, kNow); }

  json::StrictParser parser_;
  Arena arena_;
  Detail detail_;
  RevocationStore store_;
  RevocationReader reader_{&store_};
};

TEST_F(CheckRevocationTest, WithoutAStoreNothingIsRevoked) {
  RevocationReader none(nullptr);
  EXPECT_FALSE(RevocationReader::Pinned(none).in_use());
  EXPECT_EQ(RevocationReader::Pinned(none).Check(Lookup(), Claims(), kNow, &detail_), Reason::kUnset);
}

TEST_F(CheckRevocationTest, AnUnusedStoreRevokesNothing) {
  EXPECT_FALSE(store_.in_use());
  EXPECT_EQ(Check(R"({"iss":"a","jti":"t","iat":5})"), Reason::kUnset);
}

TEST_F(CheckRevocationTest, ByJtiWheneverIssued) {
  Add({RevokedBy::kJwtId, "a", "t", 2000, {}});
  EXPECT_EQ(Check(R"({"iss":"a","jti":"t","iat":5})"), Reason::kRevoked);
  EXPECT_EQ(detail_.subject, "jti");
  EXPECT_EQ(Check(R"({"iss":"a","jti":"t"})"), Reason::kRevoked);
  EXPECT_EQ(Check(R"({"iss":"a","jti":"t","iat":9223372036854775807})"), Reason::kRevoked);
  EXPECT_EQ(Check(R"({"iss":"b","jti":"t","iat":5})"), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iss":"a","jti":"T","iat":5})"), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iss":"a","sub":"t","iat":5})"), Reason::kUnset);
  EXPECT_EQ(Check(R"({"jti":"t","iat":5})"), Reason::kUnset);
}

TEST_F(CheckRevocationTest, IssuedBeforeMeansFloorOfIatNotAfter) {
  for (const auto& [by, name] : {std::pair{RevokedBy::kSubject, "sub"}, std::pair{RevokedBy::kSession, "sid"},
                                 std::pair{RevokedBy::kClient, "client_id"}}) {
    Add({by, "a", "x", {}, 500});
    const std::string token = R"({"iss":"a",")" + std::string(name) + R"(":"x")";
    EXPECT_EQ(Check(token + ",\"iat\":499}"), Reason::kRevoked) << name;
    EXPECT_EQ(detail_.subject, name);
    EXPECT_EQ(Check(token + ",\"iat\":500}"), Reason::kRevoked) << name;
    EXPECT_EQ(Check(token + ",\"iat\":500.999}"), Reason::kRevoked) << name;
    EXPECT_EQ(Check(token + ",\"iat\":501}"), Reason::kUnset) << name;
    EXPECT_EQ(Check(token + "}"), Reason::kRevoked) << name << ": without iat";
    EXPECT_EQ(Check(R"({"iss":"b",")" + std::string(name) + R"(":"x","iat":1})"), Reason::kUnset) << name;
  }
}

TEST_F(CheckRevocationTest, ASidThatIsNoStringCountsAsItIsSpelled) {
  Add({RevokedBy::kSession, "a", "42", {}, 500});
  EXPECT_EQ(Check(R"({"iss":"a","sid":42,"iat":1})"), Reason::kRevoked);
  EXPECT_EQ(Check(R"({"iss":"a","sid":43,"iat":1})"), Reason::kUnset);
}

TEST_F(CheckRevocationTest, EscapesInTheTokenDoNotHideIt) {
  Add({RevokedBy::kJwtId, "a", "t", 2000, {}});
  EXPECT_EQ(Check(R"({"iss":"\u0061","jti":"\u0074"})"), Reason::kRevoked);
}

TEST_F(CheckRevocationTest, AWatermarkThatMissesDoesNotHideAnotherThatHits) {
  Add({RevokedBy::kSubject, "a", "x", {}, 10});
  Add({RevokedBy::kClient, "a", "c", {}, 500});
  EXPECT_EQ(Check(R"({"iss":"a","sub":"x","client_id":"c","iat":100})"), Reason::kRevoked);
  EXPECT_EQ(detail_.subject, "client_id");
}

TEST_F(CheckRevocationTest, WhatAFileListsIsReplacedAndWhatWasAddedStays) {
  Add({RevokedBy::kJwtId, "a", "added", {}, {}});
  RevocationSet::Additions listed;
  store_.Collect({RevokedBy::kJwtId, "a", "listed", {}, {}}, &listed);
  store_.Replace(std::move(listed), kNow);
  EXPECT_EQ(Check(R"({"iss":"a","jti":"listed"})"), Reason::kRevoked);
  EXPECT_EQ(store_.size(), 2u);
  store_.Replace({}, kNow);
  EXPECT_EQ(Check(R"({"iss":"a","jti":"listed"})"), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iss":"a","jti":"added"})"), Reason::kRevoked);
}

TEST_F(CheckRevocationTest, UnavailableUntilEachRequiredFeedHasConfirmedAndWhenStale) {
  store_.Require(RevocationFeed::kStream);
  store_.Require(RevocationFeed::kFile);
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kRevocationUnavailable);
  store_.Confirm(RevocationFeed::kStream, kNow + 60);
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kRevocationUnavailable);
  store_.Confirm(RevocationFeed::kFile, kNow + 30);
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iss":"a"})", kNow + 30), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iss":"a"})", kNow + 31), Reason::kRevocationUnavailable);
}

TEST_F(CheckRevocationTest, RevokedIsSaidEvenWhenStale) {
  store_.Require(RevocationFeed::kStream);
  Add({RevokedBy::kJwtId, "a", "t", {}, {}});
  EXPECT_EQ(Check(R"({"iss":"a","jti":"t"})"), Reason::kRevoked);
  EXPECT_EQ(Check(R"({"iss":"a","jti":"u"})"), Reason::kRevocationUnavailable);
}

TEST_F(CheckRevocationTest, APinKeepsWhatItBeganWith) {
  Add({RevokedBy::kJwtId, "a", "other", {}, {}});
  const RevocationReader::Pinned before(reader_);
  Add({RevokedBy::kJwtId, "a", "t", {}, {}});
  EXPECT_EQ(CheckWith(before, Read(R"({"iss":"a","jti":"t"})")), Reason::kUnset);
}

TEST_F(CheckRevocationTest, WithoutALookupNothingIsGood) {
  Add({RevokedBy::kJwtId, "a", "other", {}, {}});
  const RevocationReader::Pinned pinned(reader_);
  EXPECT_EQ(pinned.Check(Lookup(), Read(R"({"iss":"a","jti":"t"})"), kNow, &detail_), Reason::kRevocationUnavailable);
}

TEST_F(CheckRevocationTest, LookupsOfABatchDoNotDisturbOneAnother) {
  Add({RevokedBy::kJwtId, "a", "t1", {}, {}});
  Add({RevokedBy::kSubject, "a", "s3", {}, 500});
  const RevocationReader::Pinned pinned(reader_);
  std::vector<Claims> claims;
  for (int i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i);
    claims.push_back(Read(R"({"iss":"a","jti":"t)" + number + R"(","sub":"s)" + number + R"(","iat":1})"));
  }
  std::vector<Lookup> lookups(claims.size());
  lookups[3] = reader_.MakeLookup(claims[3]);  // the others are made when they begin
  for (std::size_t i = 0; i < claims.size(); ++i) pinned.Begin(claims[i], &lookups[i]);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const bool revoked = i == 1 || i == 3;
    EXPECT_EQ(pinned.Check(lookups[i], claims[i], kNow, &detail_), revoked ? Reason::kRevoked : Reason::kUnset) << i;
  }
}

}  // namespace
}  // namespace assay::revocation
