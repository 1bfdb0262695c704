// PreparedRsa: one RSA public key with the constants that the kernels precompute from it.
#pragma once

#include <openssl/base.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "engine/jws/alg.h"
#include "engine/simd/limb52.h"

namespace assay::rsa {

using simd::kLimbBits;
using simd::kLimbMask;

// LimbsFor: limbs of 52 bits for a modulus of `bits`; R = 2^(52 * limbs) exceeds 2^32 times any such modulus.
constexpr unsigned LimbsFor(unsigned bits) { return (bits + kLimbBits - 1) / kLimbBits; }
inline constexpr unsigned kMaxBits = 4096;
inline constexpr unsigned kMaxBytes = kMaxBits / 8;
// LaneLimbs: 40, 60 and 80: multiples of the kernels' tiles; 4096 bits would fit into 79.
constexpr unsigned LaneLimbs(unsigned bits) { return bits / 1024 * 20; }
inline constexpr unsigned kMaxLimbs = LaneLimbs(kMaxBits);
static_assert(LaneLimbs(2048) == LimbsFor(2048) && LaneLimbs(3072) >= LimbsFor(3072) &&
              LaneLimbs(4096) >= LimbsFor(4096));

inline std::uint64_t LoadBigEndian64(const std::uint8_t* in) {
  std::uint64_t value;
  std::memcpy(&value, in, sizeof(value));
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

inline void StoreBigEndian64(std::uint8_t* out, std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
  std::memcpy(out, &value, sizeof(value));
}

// PreparedRsa: immutable and thread-safe.
class PreparedRsa {
 public:
  using Bytes = std::span<const std::uint8_t>;

  // Create: from big-endian modulus and exponent without leading zero bytes. nullptr unless the modulus is odd
  // and has exactly 2048, 3072 or 4096 bits and the exponent is 65537 (or memory runs out): such
  // a key is verified by BoringSSL.
  static std::unique_ptr<const PreparedRsa> Create(Bytes n, Bytes e);

  ~PreparedRsa();
  PreparedRsa(const PreparedRsa&) = delete;
  PreparedRsa& operator=(const PreparedRsa&) = delete;

  unsigned bits() const { return bits_; }
  std::size_t bytes() const { return bits_ / 8; }
  unsigned limbs() const { return LaneLimbs(bits_); }
  Bytes modulus() const { return modulus_; }  // big-endian, bytes() long

  // n, c5, c10, to_plain, padding: arrays of limbs() limbs below 2^52, least significant first, each value in [0, n).
  // With R = 2^(52 * limbs()) and C = R^-65536 mod n:
  const std::uint64_t* n() const { return Row(kN); }
  const std::uint64_t* c5() const { return Row(kC5); }           // C * 2^260
  const std::uint64_t* c10() const { return Row(kC10); }         // C * 2^520
  const std::uint64_t* to_plain() const { return Row(kPlain); }  // R^65537
  // padding: C * EM, where EM is the PKCS#1 v1.5 block of `algorithm` with a digest of zeros.
  const std::uint64_t* padding(Algorithm algorithm) const;

  std::uint64_t minus_inverse() const { return minus_inverse_; }  // -1/n mod 2^52

  // montgomery, to_plain_words: the same in BoringSSL's words: Montgomery context with R' = 2^bits, and R'^65537 mod n.
  const BN_MONT_CTX* montgomery() const { return montgomery_.get(); }
  const BIGNUM* to_plain_words() const { return plain_words_.get(); }

 private:
  enum RowName : unsigned { kN, kC5, kC10, kPlain, kPadding256, kPadding384, kPadding512, kRows };

  PreparedRsa() = default;
  bool Build(Bytes n);
  const std::uint64_t* Row(unsigned row) const { return rows_.data() + row * limbs(); }

  unsigned bits_ = 0;
  std::uint64_t minus_inverse_ = 0;
  std::vector<std::uint64_t> rows_;
  std::vector<std::uint8_t> modulus_;
  bssl::UniquePtr<BN_MONT_CTX> montgomery_;
  bssl::UniquePtr<BIGNUM> plain_words_;
};

// BytesToLimbs: splits the big-endian `bytes` into limbs of 52 bits: out[i * stride] for i < limbs. Requires
// bytes.size() <= kMaxBytes and 52 * limbs >= 8 * bytes.size().
void BytesToLimbs(std::span<const std::uint8_t> bytes, std::uint64_t* out, std::size_t stride, unsigned limbs);

}  // namespace assay::rsa
