#include "engine/base/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace assay {
namespace {

TEST(Reason, ZeroIsARejection) {
  EXPECT_EQ(Reason{}, Reason::kUnset);
  EXPECT_FALSE(IsAccepted(Reason{}));
}

TEST(Reason, OnlyAcceptedIsAnAcceptance) {
  for (int n = 0; n < 256; ++n) {
    EXPECT_EQ(IsAccepted(static_cast<Reason>(n)), n == 200) << n;
  }
}

TEST(Reason, WordsAndNumbersAreUnique) {
  std::set<std::string> words;
  std::set<int> numbers;
  int count = 0;
#define ASSAY_COUNT(name, number, word) \
  words.insert(word);                   \
  numbers.insert(number);               \
  ++count;
  ASSAY_REASONS(ASSAY_COUNT)
#undef ASSAY_COUNT
  EXPECT_EQ(words.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>(count));
}

TEST(Reason, UnknownNumbersReadAsUnset) { EXPECT_EQ(ReasonWord(static_cast<Reason>(7)), "unset"); }

// The numbers are ABI: spelled out once more here so that an edit of the list is noticed.
TEST(Reason, NumbersAreStable) {
  EXPECT_EQ(static_cast<int>(Reason::kBadBase64url), 5);
  EXPECT_EQ(static_cast<int>(Reason::kKidTooLong), 29);
  EXPECT_EQ(static_cast<int>(Reason::kBadClaimType), 41);
  EXPECT_EQ(static_cast<int>(Reason::kKeyUnusable), 65);
  EXPECT_EQ(static_cast<int>(Reason::kBadSignature), 81);
  EXPECT_EQ(static_cast<int>(Reason::kRevocationUnavailable), 112);
  EXPECT_EQ(static_cast<int>(Reason::kCredentialRepeated), 145);
}

}  // namespace
}  // namespace assay
