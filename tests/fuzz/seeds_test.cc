// The seeds of one fuzz target, played through its entry point: no law is broken, and what is
// tested accepts some of them and rejects others, so that a fuzzing run begins on both sides.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz/law.h"

namespace assay {
namespace {

TEST(Seeds, ReachAcceptanceAndRejection) {
  ASSERT_TRUE(std::filesystem::is_directory(ASSAY_SEEDS));
  std::size_t seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SEEDS)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string seed((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::printf("%s\n", entry.path().filename().c_str());
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size()), 0);
    ++seeds;
  }
  const fuzz::Reached& reached = fuzz::Seen();
  std::printf("%zu seeds: %llu accepted, %llu rejected\n", seeds, static_cast<unsigned long long>(reached.accepted),
              static_cast<unsigned long long>(reached.rejected));
  EXPECT_GT(reached.accepted, 0u);
  EXPECT_GT(reached.rejected, 0u);
}

}  // namespace
}  // namespace assay
