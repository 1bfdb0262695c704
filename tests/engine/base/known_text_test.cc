#include "engine/base/known_text.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

// TextOf: a text of this size in which no two neighbours are equal.
std::string TextOf(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + 1);
  return text;
}

constexpr std::size_t kMostBytes = 70;

TEST(KnownTextTest, IsItselfAlone) {
  for (std::size_t size = 0; size <= kMostBytes; ++size) {
    const std::string text = TextOf(size);
    const KnownText known(text);
    EXPECT_TRUE(known.Is(std::string(text))) << size;
    EXPECT_FALSE(known.Is(text + '\0')) << size;
    if (size > 0) {
      EXPECT_FALSE(known.Is(std::string_view(text).substr(1))) << size;
    }
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] ^= '\x80';
      EXPECT_FALSE(known.Is(other)) << size << " at " << at;
    }
  }
}

TEST(KnownTextTest, IsPrefixOfLongerTextsAndItself) {
  for (std::size_t size = 0; size <= kMostBytes; ++size) {
    const std::string text = TextOf(size);
    const KnownText known(text);
    EXPECT_TRUE(known.IsPrefixOf(text)) << size;
    EXPECT_TRUE(known.IsPrefixOf(text + "x")) << size;
    if (size == 0) continue;
    EXPECT_FALSE(known.IsPrefixOf(std::string_view(text).substr(0, size - 1))) << size;
    EXPECT_FALSE(known.IsPrefixOf("x" + text)) << size;
    std::string other = text + "x";
    other[size - 1] ^= '\x80';
    EXPECT_FALSE(known.IsPrefixOf(other)) << size;
  }
}

}  // namespace
}  // namespace assay
