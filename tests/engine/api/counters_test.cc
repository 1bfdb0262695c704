#include "engine/api/counters.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace assay {
namespace {

TrustSnapshot NoIssuers() {
  return TrustSnapshot(std::make_shared<const IssuerDirectory>(Limits{}, std::vector<std::shared_ptr<const Policy>>()),
                       {});
}

TEST(Counters, BatchesFallIntoTheirBuckets) {
  Counters counters(1);
  const TrustSnapshot snapshot = NoIssuers();
  for (std::size_t size : {1u, 2u, 3u, 4u, 1024u, 1025u, 5000u}) {
    counters.Count(snapshot, std::vector<Verdict>(size));
  }
  counters.Count(snapshot, {});
  EXPECT_EQ(counters.batches(0), 1u);
  EXPECT_EQ(counters.batches(1), 1u);
  EXPECT_EQ(counters.batches(2), 2u);
  EXPECT_EQ(counters.batches(kBatchSizeBuckets.size() - 1), 1u);
  EXPECT_EQ(counters.batches(kBatchSizeBuckets.size()), 2u);
}

TEST(Counters, TokensWithoutAnIssuerHaveTheirOwnRowAndSumsAdd) {
  Counters counters(3), sum(3);
  counters.Count(NoIssuers(), std::vector<Verdict>(3));
  sum.Add(counters);
  sum.Add(counters);
  EXPECT_EQ(sum.tokens(Counters::kNoIssuerRow, 0), 6u) << "unset, no issuer";
  EXPECT_EQ(sum.tokens(1, 0), 0u);
}

TEST(Counters, GrowingKeepsWhatWasCounted) {
  Counters counters(1), sum(2000);
  const TrustSnapshot snapshot = NoIssuers();
  for (std::size_t rows = 1; rows <= 2000; rows += 13) {
    counters.Grow(rows);
    counters.Count(snapshot, std::vector<Verdict>(1));
  }
  sum.Add(counters);
  EXPECT_EQ(sum.tokens(Counters::kNoIssuerRow, 0), 154u);
  EXPECT_EQ(counters.tokens(counters.rows() - 1, 0), 0u);
}

}  // namespace
}  // namespace assay
