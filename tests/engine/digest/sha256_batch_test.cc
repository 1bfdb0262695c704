#include "engine/digest/sha256_batch.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/testing/emulated/emulated_kernels.h"

namespace assay {
namespace {

Sha256Digest Reference(std::string_view message) {
  Sha256Digest digest;
  SHA256(reinterpret_cast<const std::uint8_t*>(message.data()), message.size(), digest.data());
  return digest;
}

std::string Hex(const Sha256Digest& digest) {
  std::string text;
  char byte[3];
  for (std::uint8_t b : digest) {
    std::snprintf(byte, sizeof(byte), "%02x", b);
    text += byte;
  }
  return text;
}

std::size_t DiffCount(std::size_t otherwise) {
  const char* text = std::getenv("ASSAY_DIFF_COUNT");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class Sha256KernelTest : public ::testing::TestWithParam<const Sha256Kernel*> {
 protected:
  static const Sha256Kernel& kernel() { return *GetParam(); }

  // Each message on the heap with its exact size, so that a sanitizer sees any read beyond its end.
  static void ExpectAll(const std::vector<std::string>& texts, const char* what) {
    std::vector<std::vector<char>> exact;
    for (const std::string& text : texts) exact.emplace_back(text.begin(), text.end());
    std::vector<std::string_view> messages;
    for (const std::vector<char>& text : exact) messages.emplace_back(text.data(), text.size());
    std::vector<Sha256Digest> digests(messages.size());
    Sha256Batch(kernel(), messages, digests);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      ASSERT_EQ(Hex(digests[i]), Hex(Reference(messages[i])))
          << kernel().name << ", " << what << ", message " << i << " of " << messages.size() << ", "
          << messages[i].size() << " bytes";
    }
  }

  std::string Random(std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }

  std::mt19937_64 random_{20240607};
};

TEST_P(Sha256KernelTest, SelfTestPasses) { EXPECT_TRUE(SelfTest(kernel())); }

TEST_P(Sha256KernelTest, NistExamples) {
  const std::vector<std::string_view> messages = {
      "abc", "", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmno"
      "p"
      "qrsmnopqrstnopqrstu"};
  std::vector<Sha256Digest> digests(messages.size());
  Sha256Batch(kernel(), messages, digests);
  EXPECT_EQ(Hex(digests[0]), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(digests[1]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(digests[2]), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Hex(digests[3]), "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

TEST_P(Sha256KernelTest, MillionTimesTheLetterA) {
  const std::string text(1000000, 'a');
  const std::vector<std::string_view> messages(17, text);
  std::vector<Sha256Digest> digests(messages.size());
  Sha256Batch(kernel(), messages, digests);
  for (const Sha256Digest& digest : digests) {
    EXPECT_EQ(Hex(digest), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

TEST_P(Sha256KernelTest, EveryLengthTo300InOneBatch) {
  std::vector<std::string> texts;
  for (std::size_t size = 0; size <= 300; ++size) texts.push_back(Random(size));
  ExpectAll(texts, "ascending");
}

TEST_P(Sha256KernelTest, EveryLengthTo300InEveryLane) {
  for (std::size_t size = 0; size <= 300; ++size) {
    std::vector<std::string> texts;
    for (unsigned lane = 0; lane < kernel().lanes; ++lane) texts.push_back(Random(size));
    ExpectAll(texts, "equal lengths");
  }
}

TEST_P(Sha256KernelTest, EveryBatchSizeTo40) {
  for (std::size_t count = 0; count <= 40; ++count) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back(Random(random_() % 400));
    ExpectAll(texts, "batch size");
  }
}

TEST_P(Sha256KernelTest, OneLongAmongShortOnes) {
  for (std::size_t at = 0; at < 20; ++at) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 20; ++i) texts.push_back(Random(i == at ? 70000 : i));
    ExpectAll(texts, "one long");
  }
}

TEST_P(Sha256KernelTest, RandomBatches) {
  const std::size_t wanted = DiffCount(4000);
  for (std::size_t done = 0; done < wanted;) {
    const std::size_t count = random_() % 100;
    const std::size_t longest = std::size_t{1} << (random_() % 14);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back(Random(random_() % longest));
    ExpectAll(texts, "random");
    done += count + 1;
  }
}

TEST_P(Sha256KernelTest, MoreMessagesThanAreOrderedAtOnce) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 2500; ++i) texts.push_back(Random(random_() % 130));
  ExpectAll(texts, "many");
}

INSTANTIATE_TEST_SUITE_P(Kernels, Sha256KernelTest, ::testing::ValuesIn(assay::testing::TestedSha256Kernels()),
                         [](const auto& param) { return std::string(param.param->name); });

TEST(Sha256Batch, ChoosesTheWidestSupportedKernelForManyMessages) {
  const Sha256Kernel* widest = nullptr;
  for (const Sha256Kernel* kernel : Sha256Kernels()) {
    if (widest == nullptr && simd::IsSupported(*kernel)) widest = kernel;
  }
  ASSERT_NE(widest, nullptr);
  std::printf("SHA-256 of large batches: %s, %u lanes\n", widest->name, widest->lanes);
  EXPECT_STREQ(ActiveSha256Kernel(256).name, widest->name);
  EXPECT_STREQ(ActiveSha256Kernel(1).name, "boringssl");
}

TEST(Sha256Batch, LastKernelRunsEverywhere) {
  ASSERT_FALSE(Sha256Kernels().empty());
  EXPECT_EQ(Sha256Kernels().back()->required, 0u);
  EXPECT_EQ(Sha256Kernels().back()->fewest, 1u);
}

TEST(Sha256Batch, EveryBatchSizeThroughTheChosenKernels) {
  std::mt19937_64 random(7);
  for (std::size_t count = 0; count <= 150; ++count) {
    std::vector<std::string> texts(count);
    for (std::string& text : texts) text.assign(random() % 900, static_cast<char>(random()));
    const std::vector<std::string_view> messages(texts.begin(), texts.end());
    std::vector<Sha256Digest> digests(count);
    Sha256Batch(messages, digests);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(Hex(digests[i]), Hex(Reference(messages[i]))) << i << " of " << count;
    }
  }
}

}  // namespace
}  // namespace assay
