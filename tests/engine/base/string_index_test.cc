#include "engine/base/string_index.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace assay {
namespace {

// The text in a block of exactly its size, so that a sanitizer sees a read beyond it.
std::size_t FindExact(const StringIndex& index, std::string_view text) {
  const auto block = std::make_unique<char[]>(text.size());
  text.copy(block.get(), text.size());
  return index.Find({block.get(), text.size()});
}

TEST(StringIndex, FindsEachStringOfEverySizeAndNothingElse) {
  std::vector<std::string> strings;
  for (std::size_t size = 0; size < 70; ++size) {
    strings.push_back(std::string(size, 'a'));
    // Differing from it in one byte, wherever that is.
    for (std::size_t at = 0; at < size; ++at) {
      strings.push_back(std::string(size, 'a'));
      strings.back()[at] = '\0';
    }
  }
  const std::vector<std::string_view> views(strings.begin(), strings.end());
  const StringIndex index(views);
  for (std::size_t i = 0; i < strings.size(); ++i) {
    ASSERT_EQ(FindExact(index, strings[i]), i);
    std::string other = strings[i] + '\1';
    ASSERT_EQ(FindExact(index, other), StringIndex::kNone) << i;
    if (strings[i].empty()) continue;
    other = strings[i];
    other.back() = 'b';
    ASSERT_EQ(FindExact(index, other), StringIndex::kNone) << i;
    other = strings[i];
    other.front() = 'b';
    ASSERT_EQ(FindExact(index, other), StringIndex::kNone) << i;
  }
}

TEST(StringIndex, FindsStringsThatNoSingleWordTellsApart) {
  // Each differs from the others in a word of its own, so that at every place nearly all are alike.
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < 30; ++i) {
    strings.push_back(std::string(8 * 30, 'a'));
    strings.back()[8 * i] = 'b';
  }
  const StringIndex index(std::vector<std::string_view>(strings.begin(), strings.end()));
  for (std::size_t i = 0; i < strings.size(); ++i) {
    ASSERT_EQ(FindExact(index, strings[i]), i);
    std::string other = strings[i];
    other[8 * i + 1] = 'b';
    ASSERT_EQ(FindExact(index, other), StringIndex::kNone);
  }
}

TEST(StringIndex, OfEqualStringsTheFirstCounts) {
  const StringIndex index(std::vector<StringIndex::Entry>{{"b", 7}, {"a", 3}, {"a", 9}, {"", 4}});
  EXPECT_EQ(index.Find("a"), 3u);
  EXPECT_EQ(index.Find("b"), 7u);
  EXPECT_EQ(index.Find(""), 4u);
  EXPECT_EQ(index.Find("c"), StringIndex::kNone);
}

TEST(StringIndex, OutlivesTheStringsItWasMadeOf) {
  auto text = std::make_unique<std::string>("https://issuer.example");
  const StringIndex index(std::vector<std::string_view>{*text});
  text.reset();
  EXPECT_EQ(index.Find("https://issuer.example"), 0u);
}

TEST(StringIndex, AnEmptyIndexHoldsNothing) {
  EXPECT_EQ(StringIndex().Find(""), StringIndex::kNone);
  EXPECT_EQ(StringIndex().Find("https://issuer.example"), StringIndex::kNone);
  EXPECT_EQ(StringIndex(std::vector<std::string_view>{""}).Find(""), 0u);
}

}  // namespace
}  // namespace assay
