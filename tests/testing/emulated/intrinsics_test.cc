// The emulated intrinsics against the CPU's own, on random and extreme inputs.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "engine/simd/features.h"
#include "tests/testing/emulated/intrinsic_rows.h"

namespace assay::testing {
namespace {

struct Pair {
  IntrinsicRow native;
  IntrinsicRow emulated;
};

// None on a CPU that lacks any of the features: nothing is there to compare with.
std::vector<Pair> Pairs() {
  constexpr simd::FeatureSet kNeeded =
      simd::kAvx512 | simd::kAvx512Ifma | simd::kAvx512Vbmi | simd::kAvx2 | simd::kShaNi;
  const std::vector<IntrinsicRow> native = NativeIntrinsicRows(), emulated = EmulatedIntrinsicRows();
  std::vector<Pair> pairs;
  if (!native.empty() && simd::Has(kNeeded)) {
    for (std::size_t i = 0; i < native.size(); ++i) pairs.push_back({native[i], emulated[i]});
  }
  std::printf("intrinsics compared with this CPU's: %zu of %zu\n", pairs.size(), emulated.size());
  return pairs;
}

class Intrinsic : public ::testing::TestWithParam<Pair> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Intrinsic);

TEST_P(Intrinsic, EmulatedGivesWhatTheCpuDoes) {
  const Pair& pair = GetParam();
  ASSERT_STREQ(pair.native.name, pair.emulated.name);
  std::mt19937_64 random(1);
  for (int round = 0; round < 5000; ++round) {
    alignas(64) std::uint8_t in[256];
    for (std::uint8_t& byte : in) byte = static_cast<std::uint8_t>(random());
    // Runs of zeros, of ones, of signs alone, and counts that are small.
    if (round % 2 == 1) {
      constexpr std::uint8_t kExtreme[] = {0x00, 0xFF, 0x80, 0x7F};
      const std::size_t first = random() % 256;
      std::memset(in + first, kExtreme[random() % 4], random() % (257 - first));
    }
    if (round % 8 == 2) std::memset(in + 1, 0, 15);
    alignas(64) std::uint8_t native[128] = {}, emulated[128] = {};
    pair.native.run(in, native);
    pair.emulated.run(in, emulated);
    ASSERT_EQ(std::memcmp(native, emulated, sizeof(native)), 0) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Intrinsic, ::testing::ValuesIn(Pairs()),
                         [](const auto& row) { return std::string(row.param.emulated.name); });

// On every CPU: Intel's definition of vpmadd52 on ones in all 52 bits, and on bits that do not count.
TEST(EmulatedIntrinsics, ProductsOf52BitsAreSplitAtBit52) {
  for (const IntrinsicRow& row : EmulatedIntrinsicRows()) {
    const bool low = std::strcmp(row.name, "madd52lo") == 0;
    if (!low && std::strcmp(row.name, "madd52hi") != 0) continue;
    alignas(64) std::uint8_t in[256];
    alignas(64) std::uint8_t out[128] = {};
    std::memset(in, 0, 64);
    std::memset(in + 64, 0xFF, 192);
    row.run(in, out);
    std::uint64_t word;
    std::memcpy(&word, out + 64, 8);
    EXPECT_EQ(word, low ? 1u : 0xFFFFFFFFFFFFEu) << row.name;  // (2^52 - 1)^2 = (2^52 - 2) 2^52 + 1
  }
  EXPECT_GT(EmulatedIntrinsicRows().size(), 100u);
}

}  // namespace
}  // namespace assay::testing
