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
  EXPECT_EQ(memo.Find("eyJ0"), nullptr);
  {
    const std::string encoded = "eyJ0", kid = "k1";  // gone before it is asked for
    memo.Remember(encoded, HeaderWith(kid));
  }
  memo.StartBatch();
  const HeaderMemo::Entry* const entry = memo.Find("eyJ0");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->header.kid, "k1");
  EXPECT_EQ(entry->header.algorithm, Algorithm::kES256);
  EXPECT_EQ(memo.Find("eyJ1"), nullptr);
  EXPECT_EQ(memo.Find("eyJ"), nullptr);
  EXPECT_EQ(memo.Find("eyJ00"), nullptr);
  EXPECT_EQ(memo.Find(""), nullptr);
}

TEST(HeaderMemo, WhatIsTooLongIsNotRemembered) {
  HeaderMemo memo;
  memo.Remember(std::string(1000, 'A'), HeaderWith("k"));
  EXPECT_EQ(memo.Find(std::string(1000, 'A')), nullptr);
  memo.Remember("AAAA", HeaderWith(std::string(256, 'k')));
  ASSERT_NE(memo.Find("AAAA"), nullptr);
  EXPECT_EQ(memo.Find("AAAA")->header.kid, std::string(256, 'k'));
}

TEST(HeaderMemo, AnEntryInUseByTheBatchKeepsWhatItHolds) {
  HeaderMemo memo;
  memo.Remember("mine", HeaderWith("mine"));
  memo.StartBatch();
  const HeaderMemo::Entry* const entry = memo.Find("mine");
  ASSERT_NE(entry, nullptr);
  for (int i = 0; i < 10'000; ++i) memo.Remember("other" + std::to_string(i), HeaderWith("other"));
  EXPECT_EQ(entry->header.kid, "mine");
  EXPECT_EQ(memo.Find("mine"), entry);
}

TEST(HeaderMemo, ANewHeaderForgetsTheKeyOfTheOneWhosePlaceItTakes) {
  HeaderMemo memo;
  for (int i = 0; i < 10'000; ++i) {
    memo.StartBatch();
    const std::string encoded = "header" + std::to_string(i);
    memo.Remember(encoded, HeaderWith("k"));
    HeaderMemo::Entry* const entry = memo.Find(encoded);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->key_set, 0u);
    entry->key_set = 7;
  }
}

TEST(HeaderMemo, OneHeaderThatNobodyVouchesForIsRememberedToo) {
  HeaderMemo memo;
  memo.RememberUnproven("forged", HeaderWith("k"));
  memo.StartBatch();
  HeaderMemo::Entry* const entry = memo.Find("forged");
  ASSERT_NE(entry, nullptr);
  EXPECT_FALSE(entry->authentic());
  EXPECT_EQ(entry->header.kid, "k");
  memo.RememberUnproven("another", HeaderWith("l"));  // not while the batch uses the first
  EXPECT_EQ(memo.Find("another"), nullptr);
  EXPECT_EQ(memo.Find("forged"), entry);
  memo.StartBatch();
  entry->key_set = 7;
  memo.RememberUnproven("another", HeaderWith("l"));
  EXPECT_EQ(memo.Find("forged"), nullptr);
  ASSERT_EQ(memo.Find("another"), entry);
  EXPECT_EQ(entry->key_set, 0u);
}

TEST(HeaderMemo, AFloodOfUnprovenHeadersDrivesNoAuthenticOneOut) {
  HeaderMemo memo;
  memo.Remember("good", HeaderWith("good"));
  for (int i = 0; i < 10'000; ++i) {
    memo.StartBatch();
    memo.RememberUnproven("invented" + std::to_string(i), HeaderWith("k"));
  }
  ASSERT_NE(memo.Find("good"), nullptr);
  EXPECT_TRUE(memo.Find("good")->authentic());
}

TEST(HeaderMemo, AHeaderBecomesAuthenticWithTheFirstTokenThatIs) {
  HeaderMemo memo;
  memo.RememberUnproven("header", HeaderWith("k"));
  ASSERT_NE(memo.Find("header"), nullptr);
  memo.Remember("header", memo.Find("header")->header);
  for (int batch = 0; batch < 2; ++batch, memo.StartBatch()) {
    ASSERT_NE(memo.Find("header"), nullptr);
    EXPECT_TRUE(memo.Find("header")->authentic());
    EXPECT_EQ(memo.Find("header")->header.kid, "k");
  }
}

}  // namespace
}  // namespace assay
