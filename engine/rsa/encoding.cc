#include "engine/rsa/encoding.h"

#include <openssl/sha.h>

#include <cstring>

#include "engine/base/check.h"
#include "engine/digest/sha256_batch.h"

namespace assay::rsa {
namespace {

// DER of DigestInfo up to the digest (RFC 8017 section 9.2, note 1). They differ in three bytes:
// total length, the hash's last arc, and the digest's length.
constexpr std::size_t kPrefixBytes = 19;

void DigestInfoPrefix(std::size_t digest_bytes, std::uint8_t* out) {
  const std::uint8_t arc = digest_bytes == 32 ? 1 : digest_bytes == 48 ? 2 : 3;
  const std::uint8_t length = static_cast<std::uint8_t>(digest_bytes);
  const std::uint8_t prefix[kPrefixBytes] = {0x30,  static_cast<std::uint8_t>(length + 17),
                                             0x30,  0x0d,
                                             0x06,  0x09,
                                             0x60,  0x86,
                                             0x48,  0x01,
                                             0x65,  0x03,
                                             0x04,  0x02,
                                             arc,   0x05,
                                             0x00,  0x04,
                                             length};
  std::memcpy(out, prefix, kPrefixBytes);
}

constexpr std::size_t kMostDigestBytes = 64;
constexpr std::size_t kMostBlockBytes = 512;

void Hash(std::size_t digest_bytes, std::span<const std::uint8_t> message, std::uint8_t* out) {
  if (digest_bytes == 32) {
    SHA256(message.data(), message.size(), out);
  } else if (digest_bytes == 48) {
    SHA384(message.data(), message.size(), out);
  } else {
    SHA512(message.data(), message.size(), out);
  }
}

// Input `counter` of MGF1: the seed and the counter in four bytes, of which only the last is ever
// used: there are at most 512 / 32 blocks.
void Mgf1Input(std::size_t digest_bytes, const std::uint8_t* seed, std::size_t counter, std::uint8_t* input) {
  std::memcpy(input, seed, digest_bytes);
  std::memset(input + digest_bytes, 0, 3);
  input[digest_bytes + 3] = static_cast<std::uint8_t>(counter);
}

void Xor(std::span<std::uint8_t> data, std::size_t at, const std::uint8_t* mask, std::size_t size) {
  const std::size_t left = data.size() - at;
  for (std::size_t i = 0; i < size && i < left; ++i) data[at + i] ^= mask[i];
}

// data ^= MGF1(seed) over SHA-256, whose blocks are hashed side by side.
void XorMgf1Sha256(const std::uint8_t* seed, std::span<std::uint8_t> data) {
  constexpr std::size_t kMost = kMostBlockBytes / 32;
  constexpr std::size_t kInputBytes = 32 + 4;
  constexpr std::uint16_t kOrder[kMost] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  std::uint8_t inputs[kMost][kInputBytes];
  std::string_view messages[kMost];
  Sha256Digest masks[kMost];
  const std::size_t count = (data.size() + 31) / 32;
  for (std::size_t i = 0; i < count; ++i) {
    Mgf1Input(32, seed, i, inputs[i]);
    messages[i] = {reinterpret_cast<const char*>(inputs[i]), kInputBytes};
  }
  ActiveSha256Kernel(count).digest(messages, kOrder, count, masks);
  for (std::size_t i = 0; i < count; ++i) Xor(data, 32 * i, masks[i].data(), 32);
}

// data ^= MGF1(seed) (RFC 8017 section B.2.1).
void XorMgf1(std::size_t digest_bytes, const std::uint8_t* seed, std::span<std::uint8_t> data) {
  if (digest_bytes == 32) return XorMgf1Sha256(seed, data);
  std::uint8_t input[kMostDigestBytes + 4];
  std::uint8_t mask[kMostDigestBytes];
  for (std::size_t at = 0; at < data.size(); at += digest_bytes) {
    Mgf1Input(digest_bytes, seed, at / digest_bytes, input);
    Hash(digest_bytes, std::span<const std::uint8_t>(input, digest_bytes + 4), mask);
    Xor(data, at, mask, digest_bytes);
  }
}

}  // namespace

void EncodePkcs1(Algorithm algorithm, std::span<const std::uint8_t> digest, std::span<std::uint8_t> block) {
  ASSAY_CHECK(IsPkcs1(algorithm) && digest.size() == DigestBytes(algorithm) && block.size() >= 256);
  const std::size_t tail = 1 + kPrefixBytes + digest.size();
  const std::size_t ones = block.size() - 2 - tail;
  std::uint8_t* out = block.data();
  out[0] = 0x00;
  out[1] = 0x01;
  std::memset(out + 2, 0xff, ones);
  out[2 + ones] = 0x00;
  DigestInfoPrefix(digest.size(), out + 3 + ones);
  std::memcpy(out + 3 + ones + kPrefixBytes, digest.data(), digest.size());
}

bool VerifyPss(Algorithm algorithm, std::span<const std::uint8_t> digest, std::span<const std::uint8_t> block) {
  const std::size_t h = DigestBytes(algorithm);
  ASSAY_CHECK(IsPss(algorithm) && digest.size() == h && block.size() >= 256 && block.size() <= kMostBlockBytes);
  // emBits is one less than the modulus's bits, so the leftmost bit of EM is not used.
  if (block.back() != 0xbc || (block.front() & 0x80) != 0) return false;
  const std::size_t masked = block.size() - h - 1;
  const std::uint8_t* hash = block.data() + masked;
  std::uint8_t db[kMostBlockBytes];
  std::memcpy(db, block.data(), masked);
  XorMgf1(h, hash, std::span<std::uint8_t>(db, masked));
  db[0] &= 0x7f;
  const std::size_t zeros = masked - h - 1;
  std::uint8_t nonzero = 0;
  for (std::size_t i = 0; i < zeros; ++i) nonzero |= db[i];
  if (nonzero != 0 || db[zeros] != 0x01) return false;
  std::uint8_t message[8 + 2 * kMostDigestBytes] = {};
  std::memcpy(message + 8, digest.data(), h);
  std::memcpy(message + 8 + h, db + zeros + 1, h);
  std::uint8_t expected[kMostDigestBytes];
  Hash(h, std::span<const std::uint8_t>(message, 8 + 2 * h), expected);
  return std::memcmp(hash, expected, h) == 0;
}

}  // namespace assay::rsa
