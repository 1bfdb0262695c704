#include "engine/remote/cache_control.h"

#include <gtest/gtest.h>

namespace assay::remote {
namespace {

using Seconds = std::optional<std::int64_t>;

TEST(CacheControl, MaxAgeIsRead) {
  EXPECT_EQ(FreshnessSeconds("max-age=3600", ""), Seconds(3600));
  EXPECT_EQ(FreshnessSeconds("public, Max-Age=15 , must-revalidate", ""), Seconds(15));
  EXPECT_EQ(FreshnessSeconds("max-age=\"20\"", ""), Seconds(20));
  EXPECT_EQ(FreshnessSeconds("s-maxage=5, max-age=20", ""), Seconds(20));
  EXPECT_EQ(FreshnessSeconds("foo=\"a, max-age=9\", max-age=8", ""), Seconds(8));
}

TEST(CacheControl, SilenceIsNothing) {
  for (const char* text : {"", "public", "max-age", "max-age=", "max-age=x", "max-age=-1", "max-age=1.5", "xmax-age=3",
                           ",,,", "\"", "a=\"\\"}) {
    EXPECT_EQ(FreshnessSeconds(text, ""), std::nullopt) << text;
  }
}

TEST(CacheControl, NoStoreAndNoCacheAreZero) {
  EXPECT_EQ(FreshnessSeconds("max-age=100, no-store", ""), Seconds(0));
  EXPECT_EQ(FreshnessSeconds("No-Cache", ""), Seconds(0));
}

TEST(CacheControl, TheShorterOfTwoCounts) { EXPECT_EQ(FreshnessSeconds("max-age=9, max-age=100", ""), Seconds(9)); }

TEST(CacheControl, AgeIsTakenOff) {
  EXPECT_EQ(FreshnessSeconds("max-age=100", "40"), Seconds(60));
  EXPECT_EQ(FreshnessSeconds("max-age=100", "400"), Seconds(0));
  EXPECT_EQ(FreshnessSeconds("max-age=100", "garbage"), Seconds(100));
}

TEST(CacheControl, HugeNumbersSaturate) {
  EXPECT_EQ(FreshnessSeconds("max-age=99999999999999999999999999", ""), Seconds(2147483647));
  EXPECT_EQ(FreshnessSeconds("max-age=100", "99999999999999999999999999"), Seconds(0));
}

}  // namespace
}  // namespace assay::remote
