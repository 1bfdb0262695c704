#include "engine/revocation/batch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/json/strict.h"

namespace assay::revocation {
namespace {

constexpr std::int64_t kNow = 1000;

class RevocationBatchTest : public ::testing::Test {
 protected:
  Claims Read(const std::string& json) {
    json::Document document;
    EXPECT_EQ(parser_.ParseCopy(json, arena_, &document), json::Status::kOk);
    Claims claims;
    std::string_view bad_name;
    EXPECT_EQ(claims.Read(json, document.members, &bad_name), Reason::kUnset);
    return claims;
  }
  Reason Check(const std::string& json, std::int64_t now = kNow) {
    const Claims claims = Read(json);
    batch_.Start();
    const RevocationBatch::Handle handle = batch_.Add(claims, claims.issuer().value_or(""));
    batch_.Resolve(now);
    return batch_.ReasonOf(handle, &detail_);
  }
  void Add(const Revocation& revocation) { store_.Add({&revocation, 1}, kNow); }

  json::StrictParser parser_;
  Arena arena_;
  Detail detail_;
  RevocationStore store_;
  RevocationBatch batch_{&store_};
};

TEST_F(RevocationBatchTest, WithoutAStoreNothingIsRevoked) {
  RevocationBatch none(nullptr);
  const Claims claims;
  none.Start();
  const RevocationBatch::Handle handle = none.Add(claims, claims.issuer().value_or(""));
  none.Resolve(kNow);
  EXPECT_EQ(none.ReasonOf(handle, &detail_), Reason::kUnset);
}

TEST_F(RevocationBatchTest, AnUnusedStoreRevokesNothing) {
  EXPECT_FALSE(store_.in_use());
  EXPECT_EQ(Check(R"({"iss":"a","jti":"t","iat":5})"), Reason::kUnset);
}

TEST_F(RevocationBatchTest, ByJtiWheneverIssued) {
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

TEST_F(RevocationBatchTest, IssuedBeforeMeansFloorOfIatNotAfter) {
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

// Of an issuer whose clock is ahead, or that writes milliseconds.
TEST_F(RevocationBatchTest, AnIatThatLiesAheadSavesNoToken) {
  Add({RevokedBy::kSubject, "a", "x", {}, 500});
  Add({RevokedBy::kIssuer, "b", "", {}, 500});
  for (const std::string& of : {std::string(R"("iss":"a","sub":"x")"), std::string(R"("iss":"b","sub":"x")")}) {
    const auto check = [&](const std::string& iat) { return Check("{" + of + ",\"iat\":" + iat + "}"); };
    EXPECT_EQ(check(std::to_string(kNow + 300)), Reason::kUnset) << of;
    EXPECT_EQ(check(std::to_string(kNow + 301)), Reason::kRevoked) << of;
    EXPECT_EQ(check(std::to_string(kNow) + "000"), Reason::kRevoked) << of;
    EXPECT_EQ(check("9223372036854775807"), Reason::kRevoked) << of;
    EXPECT_EQ(check("-9223372036854775807"), Reason::kRevoked) << of;
  }
  EXPECT_EQ(Check(R"({"iss":"a","sub":"y","iat":9223372036854775807})"), Reason::kUnset) << "nobody has revoked it";
}

TEST_F(RevocationBatchTest, AWholeIssuerUpToATime) {
  Add({RevokedBy::kIssuer, "a", "", {}, 500});
  EXPECT_EQ(Check(R"({"iss":"a","iat":500.9})"), Reason::kRevoked);
  EXPECT_EQ(detail_.subject, "iss");
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kRevoked) << "without iat";
  EXPECT_EQ(Check(R"({"iss":"a","iat":501})"), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iss":"b","iat":1})"), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iat":1})"), Reason::kUnset);
  Add({RevokedBy::kIssuer, "a", "", {}, 400});
  EXPECT_EQ(Check(R"({"iss":"a","iat":500})"), Reason::kRevoked) << "the later time counts";
}

TEST_F(RevocationBatchTest, TheIssuerIsTheOneThatTheCallerNames) {
  Add({RevokedBy::kSubject, "canonical", "alice", {}, 500});
  const Claims claims = Read(R"({"iss":"another spelling","sub":"alice","iat":1})");
  batch_.Start();
  const RevocationBatch::Handle handle = batch_.Add(claims, "canonical");
  batch_.Resolve(kNow);
  EXPECT_EQ(batch_.ReasonOf(handle, &detail_), Reason::kRevoked);
}

TEST_F(RevocationBatchTest, WithoutARevokedKeyNoKeyIsAskedFor) {
  Add({RevokedBy::kSubject, "a", "alice", {}, 500});
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kUnset);
  EXPECT_FALSE(batch_.any_key_revoked());
  Add({RevokedBy::kKey, "b", "k", {}, {}});
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kUnset);
  EXPECT_TRUE(batch_.any_key_revoked());
  batch_.Finish();
  EXPECT_FALSE(batch_.any_key_revoked());
}

TEST_F(RevocationBatchTest, ASidThatIsNoStringCountsAsItIsSpelled) {
  Add({RevokedBy::kSession, "a", "42", {}, 500});
  EXPECT_EQ(Check(R"({"iss":"a","sid":42,"iat":1})"), Reason::kRevoked);
  EXPECT_EQ(Check(R"({"iss":"a","sid":43,"iat":1})"), Reason::kUnset);
}

TEST_F(RevocationBatchTest, EscapesInTheTokenDoNotHideIt) {
  Add({RevokedBy::kJwtId, "a", "t", 2000, {}});
  EXPECT_EQ(Check(R"({"iss":"\u0061","jti":"\u0074"})"), Reason::kRevoked);
}

TEST_F(RevocationBatchTest, AWatermarkThatMissesDoesNotHideAnotherThatHits) {
  Add({RevokedBy::kSubject, "a", "x", {}, 10});
  Add({RevokedBy::kClient, "a", "c", {}, 500});
  EXPECT_EQ(Check(R"({"iss":"a","sub":"x","client_id":"c","iat":100})"), Reason::kRevoked);
  EXPECT_EQ(detail_.subject, "client_id");
}

TEST_F(RevocationBatchTest, WhatAFileListsIsReplacedAndWhatWasAddedStays) {
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

TEST_F(RevocationBatchTest, UnavailableUntilEachRequiredFeedHasConfirmedAndWhenStale) {
  store_.Require(RevocationSource::kStream);
  store_.Require(RevocationSource::kFile);
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kRevocationUnavailable);
  store_.Confirm(RevocationSource::kStream, kNow + 60);
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kRevocationUnavailable);
  store_.Confirm(RevocationSource::kFile, kNow + 30);
  EXPECT_EQ(Check(R"({"iss":"a"})"), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iss":"a"})", kNow + 30), Reason::kUnset);
  EXPECT_EQ(Check(R"({"iss":"a"})", kNow + 31), Reason::kRevocationUnavailable);
}

TEST_F(RevocationBatchTest, RevokedIsSaidEvenWhenStale) {
  store_.Require(RevocationSource::kStream);
  Add({RevokedBy::kJwtId, "a", "t", {}, {}});
  EXPECT_EQ(Check(R"({"iss":"a","jti":"t"})"), Reason::kRevoked);
  EXPECT_EQ(Check(R"({"iss":"a","jti":"u"})"), Reason::kRevocationUnavailable);
}

TEST_F(RevocationBatchTest, ABatchKeepsWhatItResolvedWith) {
  Add({RevokedBy::kJwtId, "a", "other", {}, {}});
  const Claims claims = Read(R"({"iss":"a","jti":"t"})");
  const RevocationBatch::Handle handle = batch_.Add(claims, claims.issuer().value_or(""));
  batch_.Resolve(kNow);
  Add({RevokedBy::kJwtId, "a", "t", {}, {}});
  EXPECT_EQ(batch_.ReasonOf(handle, &detail_), Reason::kUnset);
}

TEST_F(RevocationBatchTest, WithoutALookupNothingIsGood) {
  const Claims claims = Read(R"({"iss":"a","jti":"t"})");
  EXPECT_EQ(batch_.ReasonOf(batch_.Add(claims, claims.issuer().value_or("")), &detail_),
            Reason::kRevocationUnavailable);
  Add({RevokedBy::kJwtId, "a", "other", {}, {}});
  batch_.Resolve(kNow);
  EXPECT_EQ(batch_.ReasonOf(batch_.Add(claims, claims.issuer().value_or("")), &detail_),
            Reason::kRevocationUnavailable);
  batch_.Start();  // what the batch before found says nothing of this one
  EXPECT_EQ(batch_.ReasonOf(batch_.Add(claims, claims.issuer().value_or("")), &detail_),
            Reason::kRevocationUnavailable);
}

TEST_F(RevocationBatchTest, WhatAnUnusedStoreFoundSaysNothingOfTheNextBatch) {
  const Claims claims = Read(R"({"iss":"a","jti":"t"})");
  EXPECT_EQ(Check(R"({"iss":"a","jti":"t"})"), Reason::kUnset);
  batch_.Start();
  EXPECT_EQ(batch_.ReasonOf(batch_.Add(claims, claims.issuer().value_or("")), &detail_),
            Reason::kRevocationUnavailable);
}

TEST_F(RevocationBatchTest, LookupsOfABatchDoNotDisturbOneAnother) {
  Add({RevokedBy::kJwtId, "a", "t1", {}, {}});
  Add({RevokedBy::kSubject, "a", "s3", {}, 500});
  constexpr std::size_t kTokens = 20;  // more than the prefetch distance
  std::vector<Claims> claims;
  for (std::size_t i = 0; i < kTokens; ++i) {
    const std::string number = std::to_string(i);
    claims.push_back(Read(R"({"iss":"a","jti":"t)" + number + R"(","sub":"s)" + number + R"(","iat":1})"));
  }
  std::vector<RevocationBatch::Handle> handles;
  for (const Claims& of_token : claims) handles.push_back(batch_.Add(of_token, of_token.issuer().value_or("")));
  batch_.Resolve(kNow);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const bool revoked = i == 1 || i == 3;
    EXPECT_EQ(batch_.ReasonOf(handles[i], &detail_), revoked ? Reason::kRevoked : Reason::kUnset) << i;
  }
}

TEST_F(RevocationBatchTest, AStoreThatComesIntoUseAfterTheTokensIsAsked) {
  const Claims good = Read(R"({"iss":"a","jti":"u"})"), bad = Read(R"({"iss":"a","jti":"t"})");
  const RevocationBatch::Handle early = batch_.Add(bad, bad.issuer().value_or(""));
  Add({RevokedBy::kJwtId, "a", "t", {}, {}});
  const RevocationBatch::Handle late = batch_.Add(good, good.issuer().value_or(""));
  batch_.Resolve(kNow);
  EXPECT_EQ(batch_.ReasonOf(early, &detail_), Reason::kRevoked);
  EXPECT_EQ(detail_.subject, "jti");
  EXPECT_EQ(batch_.ReasonOf(late, &detail_), Reason::kUnset);
}

}  // namespace
}  // namespace assay::revocation
