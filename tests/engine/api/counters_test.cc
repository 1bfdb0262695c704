#include "engine/api/counters.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay {
namespace {

TEST(Counters, BatchesFallIntoTheirBuckets) {
  Counters counters(1);
  for (std::size_t size : {1u, 2u, 3u, 4u, 1024u, 1025u, 5000u}) counters.Count(std::vector<Verdict>(size));
  counters.Count({});
  EXPECT_EQ(counters.batches(0), 1u);
  EXPECT_EQ(counters.batches(1), 1u);
  EXPECT_EQ(counters.batches(2), 2u);
  EXPECT_EQ(counters.batches(kBatchSizeBuckets.size() - 1), 1u);
  EXPECT_EQ(counters.batches(kBatchSizeBuckets.size()), 2u);
}

TEST(Counters, TokensWithoutAnIssuerHaveTheirOwnRowAndSumsAdd) {
  Counters counters(2), sum(2);
  counters.Count(std::vector<Verdict>(3));
  sum.Add(counters);
  sum.Add(counters);
  EXPECT_EQ(sum.tokens(2, 0), 6u) << "unset, no issuer";
  EXPECT_EQ(sum.tokens(0, 0), 0u);
}

}  // namespace
}  // namespace assay
