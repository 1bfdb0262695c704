#include "engine/digest/sha256_batch.h"

#include <openssl/sha.h>

#include <cstring>
#include <iterator>

#include "engine/base/check.h"
#include "engine/digest/sha256_lanes.h"

namespace assay {
namespace sha256 {
namespace {

void DigestOneByOne(const std::string_view* messages, const std::uint16_t* order, std::size_t count,
                    Sha256Digest* digests) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view message = messages[order[i]];
    SHA256(reinterpret_cast<const std::uint8_t*>(message.data()), message.size(), digests[order[i]].data());
  }
}

// Messages ordered at once; longer spans are cut. Bounds the stack: 2 bytes each.
constexpr std::size_t kMostOrdered = 1024;

// Longer messages than this share one bucket and are not ordered among themselves. Tokens are at
// most 16 KiB.
constexpr std::size_t kBuckets = 260;

std::size_t Bucket(std::string_view message) {
  const std::size_t blocks = (message.size() + 8) / 64;
  return blocks < kBuckets ? kBuckets - 1 - blocks : 0;
}

// Fills order[0..count) with indices by falling block count (a counting sort: stable, linear).
void OrderByBlocks(const std::string_view* messages, std::size_t count, std::uint16_t* order) {
  std::uint16_t start[kBuckets + 1] = {};
  for (std::size_t i = 0; i < count; ++i) ++start[Bucket(messages[i]) + 1];
  for (std::size_t b = 1; b < kBuckets; ++b) {
    start[b] = static_cast<std::uint16_t>(start[b] + start[b - 1]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    order[start[Bucket(messages[i])]++] = static_cast<std::uint16_t>(i);
  }
}

// The kernels that this process uses, fastest first; the last entry takes a single message.
struct Chosen {
  const Sha256Kernel* kernels[5];
  std::size_t count = 0;

  Chosen() {
    ASSAY_CHECK(Sha256Kernels().size() <= std::size(kernels));
    for (const Sha256Kernel* kernel : Sha256Kernels()) {
      if (simd::IsSupported(*kernel) && SelfTest(*kernel)) kernels[count++] = kernel;
    }
    // BoringSSL disagreeing with FIPS 180-4 leaves nothing to verify with.
    ASSAY_CHECK(count > 0 && kernels[count - 1] == &kSingle);
  }

  const Sha256Kernel& For(std::size_t messages) const {
    std::size_t i = 0;
    while (i + 1 < count && messages < kernels[i]->fewest) ++i;
    return *kernels[i];
  }
};

const Chosen& Choice() {
  static const Chosen chosen;
  return chosen;
}

template <class Each>
void InOrder(std::span<const std::string_view> messages, std::span<Sha256Digest> digests, const Each& each) {
  ASSAY_CHECK(messages.size() == digests.size());
  std::uint16_t order[kMostOrdered];
  for (std::size_t at = 0; at < messages.size(); at += kMostOrdered) {
    const std::size_t left = messages.size() - at;
    const std::size_t count = left < kMostOrdered ? left : kMostOrdered;
    OrderByBlocks(messages.data() + at, count, order);
    each(messages.data() + at, order, count, digests.data() + at);
  }
}

}  // namespace

const Sha256Kernel kSingle = {"boringssl", 1, 1, 0, &DigestOneByOne};

}  // namespace sha256

simd::KernelList<Sha256Kernel> Sha256Kernels() {
  static constexpr const Sha256Kernel* kKernels[] = {
#if defined(__x86_64__)
      &sha256::kAvx512, &sha256::kShaNi3, &sha256::kShaNi2, &sha256::kAvx2,
#endif
      &sha256::kSingle};
  return kKernels;
}

const Sha256Kernel& ActiveSha256Kernel(std::size_t count) { return sha256::Choice().For(count); }

void Sha256Batch(std::span<const std::string_view> messages, std::span<Sha256Digest> digests) {
  if (messages.size() == 1 && digests.size() == 1) {
    constexpr std::uint16_t kFirst = 0;
    sha256::kSingle.digest(messages.data(), &kFirst, 1, digests.data());
    return;
  }
  const sha256::Chosen& chosen = sha256::Choice();
  sha256::InOrder(messages, digests,
                  [&](const std::string_view* part, const std::uint16_t* order, std::size_t count, Sha256Digest* out) {
                    // Full rounds of the widest kernel; what is left over to the kernel for as
                    // many.
                    while (count > 0) {
                      const Sha256Kernel& kernel = chosen.For(count);
                      const std::size_t over = count % kernel.lanes;
                      const std::size_t take = &chosen.For(over) == &kernel || over == count ? count : count - over;
                      kernel.digest(part, order, take, out);
                      order += take;
                      count -= take;
                    }
                  });
}

void Sha256Batch(const Sha256Kernel& kernel, std::span<const std::string_view> messages,
                 std::span<Sha256Digest> digests) {
  sha256::InOrder(messages, digests, kernel.digest);
}

bool SelfTest(const Sha256Kernel& kernel) {
  // FIPS 180-4 examples (one block, two blocks), the empty message, and 'a' * 119, * 120 and * 128
  // (one byte around the second padding block).
  struct Known {
    const char* text;
    std::size_t repeat;
    std::uint8_t digest[32];
  };
  static constexpr Known kKnown[] = {
      {"abc", 0, {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                  0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       0,
       {0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26, 0x93, 0x0c, 0x3e, 0x60, 0x39,
        0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff, 0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1}},
      {"", 0, {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
               0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}},
      {nullptr, 55, {0x9f, 0x43, 0x90, 0xf8, 0xd3, 0x0c, 0x2d, 0xd9, 0x2e, 0xc9, 0xf0, 0x95, 0xb6, 0x5e, 0x2b, 0x9a,
                     0xe9, 0xb0, 0xa9, 0x25, 0xa5, 0x25, 0x8e, 0x24, 0x1c, 0x9f, 0x1e, 0x91, 0x0f, 0x73, 0x43, 0x18}},
      {nullptr, 56, {0xb3, 0x54, 0x39, 0xa4, 0xac, 0x6f, 0x09, 0x48, 0xb6, 0xd6, 0xf9, 0xe3, 0xc6, 0xaf, 0x0f, 0x5f,
                     0x59, 0x0c, 0xe2, 0x0f, 0x1b, 0xde, 0x70, 0x90, 0xef, 0x79, 0x70, 0x68, 0x6e, 0xc6, 0x73, 0x8a}},
      {nullptr, 119, {0x31, 0xeb, 0xa5, 0x1c, 0x31, 0x3a, 0x5c, 0x08, 0x22, 0x6a, 0xdf, 0x18, 0xd4, 0xa3, 0x59, 0xcf,
                      0xdf, 0xd8, 0xd2, 0xe8, 0x16, 0xb1, 0x3f, 0x4a, 0xf9, 0x52, 0xf7, 0xea, 0x65, 0x84, 0xdc, 0xfb}},
      {nullptr, 120, {0x2f, 0x3d, 0x33, 0x54, 0x32, 0xc7, 0x0b, 0x58, 0x0a, 0xf0, 0xe8, 0xe1, 0xb3, 0x67, 0x4a, 0x7c,
                      0x02, 0x0d, 0x68, 0x3a, 0xa5, 0xf7, 0x3a, 0xaa, 0xed, 0xfd, 0xc5, 0x5a, 0xf9, 0x04, 0xc2, 0x1c}},
      {nullptr, 128, {0x68, 0x36, 0xcf, 0x13, 0xba, 0xc4, 0x00, 0xe9, 0x10, 0x50, 0x71, 0xcd, 0x6a, 0xf4, 0x70, 0x84,
                      0xdf, 0xac, 0xad, 0x4e, 0x5e, 0x30, 0x2c, 0x94, 0xbf, 0xed, 0x24, 0xe0, 0x13, 0xaf, 0xb7, 0x3e}},
  };
  constexpr std::size_t kCount = sizeof(kKnown) / sizeof(kKnown[0]);
  constexpr std::size_t kCopies = 48;  // three rounds of the widest kernel, every lane, every length
  std::uint8_t fill[128];
  std::memset(fill, 'a', sizeof(fill));
  std::string_view messages[kCopies];
  Sha256Digest digests[kCopies];
  for (std::size_t i = 0; i < kCopies; ++i) {
    const Known& known = kKnown[i % kCount];
    messages[i] = known.text != nullptr ? std::string_view(known.text)
                                        : std::string_view(reinterpret_cast<const char*>(fill), known.repeat);
    digests[i].fill(0);
  }
  Sha256Batch(kernel, messages, digests);
  bool good = true;
  for (std::size_t i = 0; i < kCopies; ++i) {
    good &= std::memcmp(digests[i].data(), kKnown[i % kCount].digest, 32) == 0;
  }
  return good;
}

}  // namespace assay
