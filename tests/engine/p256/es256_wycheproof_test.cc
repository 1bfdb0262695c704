// Project Wycheproof's ecdsa_secp256r1_sha256_p1363, whole, through every kernel, alone and in one
// batch.
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/engine/p256/kernels.h"
#include "tests/vectors.h"

namespace assay::p256 {
namespace {

std::vector<std::uint8_t> Unhex(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// The last 32 bytes of a coordinate that may carry a leading zero or lack some.
std::array<std::uint8_t, 32> Coordinate(const std::string& hex) {
  const std::vector<std::uint8_t> bytes = Unhex(hex.size() % 2 != 0 ? "0" + hex : hex);
  std::array<std::uint8_t, 32> out{};
  for (std::size_t i = 0; i < 32 && i < bytes.size(); ++i) {
    out[31 - i] = bytes[bytes.size() - 1 - i];
  }
  return out;
}

class Es256WycheproofTest : public KernelTest {};
ASSAY_FOR_EVERY_KERNEL(Es256WycheproofTest);

TEST_P(Es256WycheproofTest, EveryCaseGetsItsVerdict) {
  ASSAY_VECTORS_OR_SKIP(folder);
  const auto file = testing::ReadJson(folder / "wycheproof" / "ecdsa_secp256r1_sha256_p1363_test.json");
  std::vector<std::unique_ptr<const KeyTable>> keys;
  std::vector<std::unique_ptr<TestSignature>> signatures;
  std::vector<Es256Job> jobs;
  std::vector<std::uint8_t> expected;
  std::vector<int> ids;
  std::map<std::string, int> flags;
  std::size_t wrong_length = 0;
  for (const auto& group : file.at("testGroups")) {
    const auto x = Coordinate(group.at("publicKey").at("wx"));
    const auto y = Coordinate(group.at("publicKey").at("wy"));
    keys.push_back(KeyTable::Build(x.data(), y.data(), 5 + static_cast<int>(keys.size() % 4)));
    ASSERT_NE(nullptr, keys.back());
    for (const auto& test : group.at("tests")) {
      const std::vector<std::uint8_t> message = Unhex(test.at("msg"));
      const std::vector<std::uint8_t> bytes = Unhex(test.at("sig"));
      const bool valid = test.at("result") == "valid";
      for (const auto& flag : test.at("flags")) ++flags[flag];
      if (bytes.size() != 64) {
        // Refused by whoever calls the kernel, whose interface has no length.
        EXPECT_FALSE(valid);
        ++wrong_length;
        continue;
      }
      auto signature = std::make_unique<TestSignature>();
      SHA256(message.data(), message.size(), signature->digest.data());
      std::copy(bytes.begin(), bytes.end(), signature->bytes.begin());
      jobs.push_back({signature->digest.data(), signature->bytes.data(), keys.back().get()});
      signatures.push_back(std::move(signature));
      expected.push_back(valid);
      ids.push_back(test.at("tcId"));
    }
  }
  ASSERT_EQ(file.at("numberOfTests").get<std::size_t>(), jobs.size() + wrong_length);
  ASSERT_GT(jobs.size(), 200u);
  for (const auto& [flag, note] : file.at("notes").items()) {
    EXPECT_GT(flags[flag], 0) << "no case of " << flag << " ran";
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(expected[i] != 0, kernel().verify_one(jobs[i], scratch())) << "tcId " << ids[i];
  }
  EXPECT_EQ(expected, VerifyBatch(jobs));
}

}  // namespace
}  // namespace assay::p256
