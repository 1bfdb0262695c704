#include "engine/mcp/decide/scope_memo.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::mcp {
namespace {

// What is computed for a claim in these tests: a bit for each of its bytes' values, as far as there are bits.
ScopeBits BitsOf(std::string_view claim) {
  ScopeBits bits;
  for (std::size_t i = 0; i < claim.size(); ++i)
    bits.Add((static_cast<unsigned char>(claim[i]) * 31u + i * 7u) % kMaxScopes);
  return bits;
}

class ScopeMemoTest : public ::testing::Test {
 protected:
  // Whether the memo's answer is the computed one.
  bool IsRight(std::string_view claim) {
    const ScopeBits* const bits = memo_.Get(claim, [&](ScopeBits* out) {
      ++computed_;
      *out |= BitsOf(claim);
      return true;
    });
    return bits != nullptr && *bits == BitsOf(claim);
  }

  ScopeMemo memo_;
  int computed_ = 0;
};

TEST_F(ScopeMemoTest, ComputesAClaimOnce) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(IsRight("\"files:read files:write\""));
  EXPECT_EQ(computed_, 1);
}

TEST_F(ScopeMemoTest, KeepsTheClaimsOfManyClients) {
  for (const std::string before : {"\"", "\"files:read files:write project_", "\"openid profile tenant:"}) {
    for (const std::string behind : {"\"", ":read openid\"", "/0123456789/0123456789 offline_access\""}) {
      memo_ = ScopeMemo();
      computed_ = 0;
      for (int round = 0; round < 3; ++round) {
        for (int i = 10; i < 70; ++i) EXPECT_TRUE(IsRight(before + std::to_string(i) + behind));
      }
      EXPECT_LE(computed_, 75) << before << behind;
    }
  }
}

TEST_F(ScopeMemoTest, IsRightForMoreClaimsThanItHolds) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5000; ++i) ASSERT_TRUE(IsRight("\"scope-" + std::to_string(i) + "\"")) << i;
  }
}

// Its hash reads 64 of the bytes.
TEST_F(ScopeMemoTest, TellsClaimsApartThatAgreeWhereTheHashLooks) {
  std::string claim(300, 'a');
  EXPECT_TRUE(IsRight(claim));
  for (std::size_t i = 0; i < claim.size(); ++i) {
    std::string other = claim;
    other[i] = 'b';
    EXPECT_TRUE(IsRight(other)) << i;
  }
  EXPECT_TRUE(IsRight(std::string(301, 'a')));
  EXPECT_TRUE(IsRight(""));
}

TEST_F(ScopeMemoTest, DoesNotKeepWhatIsTooLong) {
  const std::string longest(ScopeMemo::kMaxText, 'x'), longer(ScopeMemo::kMaxText + 1, 'x');
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(IsRight(longest));
  EXPECT_EQ(computed_, 1);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(IsRight(longer));
  EXPECT_EQ(computed_, 3);
  EXPECT_TRUE(IsRight(longest));
  EXPECT_EQ(computed_, 3);
}

TEST_F(ScopeMemoTest, DoesNotKeepWhatCannotBe) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(memo_.Get("17",
                        [](ScopeBits* bits) {
                          bits->Add(3);
                          return false;
                        }),
              nullptr);
  }
  EXPECT_TRUE(IsRight("17"));
  EXPECT_EQ(computed_, 1);
}

}  // namespace
}  // namespace assay::mcp
