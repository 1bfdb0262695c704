#include "engine/base/hash.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace assay {
namespace {

// The hash of the text in a block of exactly its size, so that a sanitizer sees a read beyond it.
std::uint64_t HashExact(const SeededHash& hash, const std::string& text) {
  const auto block = std::make_unique<char[]>(text.size());
  text.copy(block.get(), text.size());
  return hash({block.get(), text.size()});
}

TEST(SeededHash, EveryByteAndTheLengthCount) {
  const SeededHash hash(1);
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (std::size_t size = 0; size < 200; ++size) {
    std::string text(size, 'a');
    seen.insert(HashExact(hash, text));
    ++count;
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = 'b';
      seen.insert(HashExact(hash, text));
      ++count;
      text[at] = 'a';
    }
  }
  EXPECT_EQ(seen.size(), count);
}

TEST(SeededHash, SaysTheSameForTheSameTextAndAnotherUnderAnotherSeed) {
  for (const std::string text : {"", "iss", "https://issuer.example/"}) {
    EXPECT_EQ(SeededHash(7)(text), SeededHash(7)(std::string(text)));
    EXPECT_NE(SeededHash(7)(text), SeededHash(8)(text));
  }
}

}  // namespace
}  // namespace assay
