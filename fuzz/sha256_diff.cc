// Every SHA-256 kernel must give BoringSSL's digests for every batch.
//
// Input: pairs of bytes are lengths (little-endian, below 16,384) until a zero pair; messages of
// those lengths are cut from the rest, again and again from its beginning.
#include <openssl/sha.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/digest/sha256_batch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::size_t> lengths;
  std::size_t at = 0;
  while (at + 2 <= size && lengths.size() < 64) {
    const std::size_t length = (data[at] | static_cast<std::size_t>(data[at + 1]) << 8) % 16384;
    at += 2;
    if (length == 0) break;
    lengths.push_back(length - 1);
  }
  // Each message in memory of its own, so that AddressSanitizer sees any read beyond its end.
  std::vector<std::vector<char>> texts;
  for (std::size_t length : lengths) {
    std::vector<char> text(length);
    for (std::size_t i = 0; i < length; ++i) {
      text[i] = at < size ? static_cast<char>(data[at + (i + texts.size()) % (size - at)]) : 'a';
    }
    texts.push_back(std::move(text));
  }
  std::vector<std::string_view> messages;
  std::vector<assay::Sha256Digest> expected(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    messages.emplace_back(texts[i].data(), texts[i].size());
    SHA256(reinterpret_cast<const std::uint8_t*>(texts[i].data()), texts[i].size(), expected[i].data());
  }
  std::vector<assay::Sha256Digest> digests(texts.size());
  for (const assay::Sha256Kernel* kernel : assay::Sha256Kernels()) {
    if (!assay::simd::IsSupported(*kernel)) continue;
    for (assay::Sha256Digest& digest : digests) digest.fill(0);
    assay::Sha256Batch(*kernel, messages, digests);
    ASSAY_CHECK(digests == expected);
  }
  for (assay::Sha256Digest& digest : digests) digest.fill(0);
  assay::Sha256Batch(messages, digests);
  ASSAY_CHECK(digests == expected);
  return 0;
}
