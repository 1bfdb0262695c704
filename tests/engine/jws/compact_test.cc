#include "engine/jws/compact.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::jws {
namespace {

constexpr std::size_t kLimit = 100;

Reason SplitReason(std::string_view token) {
  Compact compact;
  return Split(token, kLimit, &compact);
}

TEST(Split, ThreeSegmentsAndTheSigningInput) {
  Compact compact;
  ASSERT_EQ(Split("aa.bbb.cccc", kLimit, &compact), Reason::kUnset);
  EXPECT_EQ(compact.header, "aa");
  EXPECT_EQ(compact.payload, "bbb");
  EXPECT_EQ(compact.signature, "cccc");
  EXPECT_EQ(compact.signing_input, "aa.bbb");
}

TEST(Split, EmptySegmentsAreSegments) {
  Compact compact;
  ASSERT_EQ(Split("..", kLimit, &compact), Reason::kUnset);
  EXPECT_EQ(compact.signing_input, ".");
  EXPECT_TRUE(compact.header.empty() && compact.payload.empty() && compact.signature.empty());
}

TEST(Split, ExactlyTwoDots) {
  EXPECT_EQ(SplitReason("a"), Reason::kNotThreeSegments);
  EXPECT_EQ(SplitReason("a.b"), Reason::kNotThreeSegments);
  EXPECT_EQ(SplitReason("a.b.c.d"), Reason::kNotThreeSegments);
  EXPECT_EQ(SplitReason("a.b.c.d.e.f"), Reason::kNotThreeSegments);
  EXPECT_EQ(SplitReason(std::string(kLimit, '.')), Reason::kNotThreeSegments);
}

TEST(Split, FiveSegmentsAreAJwe) { EXPECT_EQ(SplitReason("a.b.c.d.e"), Reason::kEncryptedToken); }

TEST(Split, TheLimitIsCheckedBeforeAnythingIsRead) {
  EXPECT_EQ(SplitReason("a.b." + std::string(kLimit - 4, 'c')), Reason::kUnset);
  EXPECT_EQ(SplitReason("a.b." + std::string(kLimit - 3, 'c')), Reason::kTooLarge);
  EXPECT_EQ(SplitReason(std::string(kLimit + 1, '.')), Reason::kTooLarge);
}

TEST(Split, NoBytesAreEmpty) { EXPECT_EQ(SplitReason(""), Reason::kEmpty); }

}  // namespace
}  // namespace assay::jws
