#include "engine/pipeline/header_memo.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

jws::Header HeaderWith(std::string_view kid) {
  jws::Header header;
  header.algorithm = Algorithm::kES256;
  header.has_kid = true;
  header.kid = kid;
  return header;
}

TEST(HeaderMemo, GivesWhatWasRememberedOfExactlyTheseBytes) {
  HeaderMemo memo;
  EXPECT_EQ(memo.Recall("eyJ0"), nullptr);
  {
    const std::string encoded = "eyJ0", kid = "k1";  // gone before it is asked for
    memo.Learn(encoded, HeaderWith(kid), {}, HeaderMemo::Proof::kAuthentic);
  }
  memo.StartBatch();
  const HeaderMemo::Entry* const entry = memo.Recall("eyJ0");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->header().kid, "k1");
  EXPECT_EQ(entry->header().algorithm, Algorithm::kES256);
  EXPECT_EQ(memo.Recall("eyJ1"), nullptr);
  EXPECT_EQ(memo.Recall("eyJ"), nullptr);
  EXPECT_EQ(memo.Recall("eyJ00"), nullptr);
  EXPECT_EQ(memo.Recall(""), nullptr);
}

TEST(HeaderMemo, WhatIsTooLongIsNotRemembered) {
  HeaderMemo memo;
  memo.Learn(std::string(1000, 'A'), HeaderWith("k"), {}, HeaderMemo::Proof::kAuthentic);
  EXPECT_EQ(memo.Recall(std::string(1000, 'A')), nullptr);
  memo.Learn("AAAA", HeaderWith(std::string(256, 'k')), {}, HeaderMemo::Proof::kAuthentic);
  ASSERT_NE(memo.Recall("AAAA"), nullptr);
  EXPECT_EQ(memo.Recall("AAAA")->header().kid, std::string(256, 'k'));
}

TEST(HeaderMemo, AnEntryInUseByTheBatchKeepsWhatItHolds) {
  HeaderMemo memo;
  memo.Learn("mine", HeaderWith("mine"), {}, HeaderMemo::Proof::kAuthentic);
  memo.StartBatch();
  const HeaderMemo::Entry* const entry = memo.Recall("mine");
  ASSERT_NE(entry, nullptr);
  for (int i = 0; i < 10'000; ++i)
    memo.Learn("other" + std::to_string(i), HeaderWith("other"), {}, HeaderMemo::Proof::kAuthentic);
  EXPECT_EQ(entry->header().kid, "mine");
  EXPECT_EQ(memo.Recall("mine"), entry);
}

TEST(HeaderMemo, ANewHeaderForgetsTheKeyOfTheOneWhosePlaceItTakes) {
  HeaderMemo memo;
  for (int i = 0; i < 10'000; ++i) {
    memo.StartBatch();
    const std::string encoded = "header" + std::to_string(i);
    memo.Learn(encoded, HeaderWith("k"), {}, HeaderMemo::Proof::kAuthentic);
    const HeaderMemo::Entry* const entry = memo.Recall(encoded);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->key(), HeaderMemo::KeyPlace());
    memo.Learn(encoded, entry->header(), {7, 1}, HeaderMemo::Proof::kNone);
    EXPECT_EQ(entry->key(), (HeaderMemo::KeyPlace{7, 1}));
  }
}

TEST(HeaderMemo, OneHeaderThatNobodyVouchesForIsRememberedToo) {
  HeaderMemo memo;
  memo.Learn("forged", HeaderWith("k"), {}, HeaderMemo::Proof::kNone);
  memo.StartBatch();
  const HeaderMemo::Entry* const entry = memo.Recall("forged");
  ASSERT_NE(entry, nullptr);
  EXPECT_FALSE(entry->authentic());
  EXPECT_EQ(entry->header().kid, "k");
  memo.Learn("another", HeaderWith("l"), {}, HeaderMemo::Proof::kNone);  // not while the batch uses the first
  EXPECT_EQ(memo.Recall("another"), nullptr);
  EXPECT_EQ(memo.Recall("forged"), entry);
  memo.StartBatch();
  memo.Learn("forged", entry->header(), {7, 1}, HeaderMemo::Proof::kNone);
  memo.Learn("another", HeaderWith("l"), {}, HeaderMemo::Proof::kNone);
  EXPECT_EQ(memo.Recall("forged"), nullptr);
  ASSERT_EQ(memo.Recall("another"), entry);
  EXPECT_EQ(entry->key(), HeaderMemo::KeyPlace());
}

TEST(HeaderMemo, AFloodOfUnprovenHeadersDrivesNoAuthenticOneOut) {
  HeaderMemo memo;
  memo.Learn("good", HeaderWith("good"), {}, HeaderMemo::Proof::kAuthentic);
  for (int i = 0; i < 10'000; ++i) {
    memo.StartBatch();
    memo.Learn("invented" + std::to_string(i), HeaderWith("k"), {}, HeaderMemo::Proof::kNone);
  }
  ASSERT_NE(memo.Recall("good"), nullptr);
  EXPECT_TRUE(memo.Recall("good")->authentic());
}

TEST(HeaderMemo, AHeaderBecomesAuthenticWithTheFirstTokenThatIs) {
  HeaderMemo memo;
  memo.Learn("header", HeaderWith("k"), {}, HeaderMemo::Proof::kNone);
  ASSERT_NE(memo.Recall("header"), nullptr);
  memo.Learn("header", memo.Recall("header")->header(), {}, HeaderMemo::Proof::kAuthentic);
  for (int batch = 0; batch < 2; ++batch, memo.StartBatch()) {
    ASSERT_NE(memo.Recall("header"), nullptr);
    EXPECT_TRUE(memo.Recall("header")->authentic());
    EXPECT_EQ(memo.Recall("header")->header().kid, "k");
  }
}

}  // namespace
}  // namespace assay
