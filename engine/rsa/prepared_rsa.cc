#include "engine/rsa/prepared_rsa.h"

#include <openssl/bn.h>

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"

namespace assay::rsa {
namespace {

// -1/n mod 2^52 for odd n: every step of Newton's iteration doubles the exact bits, 5 at first.
std::uint64_t MinusInverse(std::uint64_t n) {
  std::uint64_t inverse = (3 * n) ^ 2;
  for (int i = 0; i < 4; ++i) inverse *= 2 - n * inverse;
  return (0 - inverse) & kLimbMask;
}

}  // namespace

void BytesToLimbs(std::span<const std::uint8_t> bytes, std::uint64_t* out, std::size_t stride, unsigned limbs) {
  // Limb i begins at bit 52 * i, so at byte 6.5 * i. Zeros in front serve the loads of the top
  // limbs.
  constexpr std::size_t kFront = 32;
  std::uint8_t padded[kFront + kMaxBytes];
  ASSAY_CHECK(bytes.size() <= kMaxBytes && std::size_t{limbs} * kLimbBits >= bytes.size() * 8 &&
              std::size_t{limbs} * kLimbBits / 8 <= bytes.size() + kFront - 8);
  std::memset(padded, 0, kFront);
  std::memcpy(padded + kFront, bytes.data(), bytes.size());
  const std::uint8_t* end = padded + kFront + bytes.size();
  for (unsigned i = 0; i < limbs; ++i) {
    const std::size_t bit = std::size_t{i} * kLimbBits;
    out[i * stride] = (LoadBigEndian64(end - bit / 8 - 8) >> (bit % 8)) & kLimbMask;
  }
}

PreparedRsa::~PreparedRsa() = default;

std::unique_ptr<const PreparedRsa> PreparedRsa::Create(Bytes n, Bytes e) {
  static constexpr std::uint8_t kF4[] = {1, 0, 1};
  const std::size_t bits = n.size() * 8;
  if (bits != 2048 && bits != 3072 && bits != 4096) return nullptr;
  if ((n.front() & 0x80) == 0 || (n.back() & 1) == 0) return nullptr;
  if (!std::equal(e.begin(), e.end(), std::begin(kF4), std::end(kF4))) return nullptr;
  std::unique_ptr<PreparedRsa> key(new PreparedRsa());
  key->bits_ = static_cast<unsigned>(bits);
  if (!key->Build(n)) return nullptr;
  return key;
}

const std::uint64_t* PreparedRsa::padding(Algorithm algorithm) const {
  switch (algorithm) {
    case Algorithm::kRS256:
      return Row(kPadding256);
    case Algorithm::kRS384:
      return Row(kPadding384);
    default:
      ASSAY_CHECK(algorithm == Algorithm::kRS512);
      return Row(kPadding512);
  }
}

bool PreparedRsa::Build(Bytes n) {
  modulus_.assign(n.begin(), n.end());
  rows_.assign(std::size_t{kRows} * limbs(), 0);
  bssl::UniquePtr<BN_CTX> context(BN_CTX_new());
  bssl::UniquePtr<BIGNUM> modulus(BN_bin2bn(n.data(), n.size(), nullptr));
  bssl::UniquePtr<BIGNUM> two(BN_new()), half(BN_new()), c(BN_new()), value(BN_new()), exponent(BN_new());
  plain_words_.reset(BN_new());
  if (!context || !modulus || !two || !half || !c || !value || !exponent || !plain_words_) {
    return false;
  }
  BN_CTX* ctx = context.get();
  const BIGNUM* m = modulus.get();
  montgomery_.reset(BN_MONT_CTX_new_for_modulus(m, ctx));
  if (!montgomery_) return false;

  // 1/2 mod n is (n + 1) / 2, so powers of R and of 1/R cost no inversion.
  if (!BN_set_word(two.get(), 2) || !BN_rshift1(half.get(), m) || !BN_add_word(half.get(), 1)) {
    return false;
  }
  const auto power = [&](BIGNUM* out, const BIGNUM* base, std::uint64_t bits) {
    return BN_set_u64(exponent.get(), bits) && BN_mod_exp_mont(out, base, exponent.get(), m, ctx, montgomery_.get());
  };
  std::uint8_t written[kMaxBytes];
  const auto store = [&](unsigned row, const BIGNUM* number) {
    if (!BN_bn2bin_padded(written, bytes(), number)) return false;
    BytesToLimbs(Bytes(written, bytes()), rows_.data() + std::size_t{row} * limbs(), 1, limbs());
    return true;
  };
  const std::uint64_t r_bits = std::uint64_t{limbs()} * kLimbBits;
  if (!store(kN, m) || !power(c.get(), half.get(), r_bits * 65536) || !power(value.get(), two.get(), r_bits * 65537) ||
      !store(kPlain, value.get())) {
    return false;
  }
  minus_inverse_ = MinusInverse(rows_[0]);
  for (const auto& [row, digest_limbs] : {std::pair(kC5, 5u), std::pair(kC10, 10u)}) {
    if (!power(value.get(), half.get(), r_bits * 65536 - digest_limbs * kLimbBits) || !store(row, value.get())) {
      return false;
    }
  }
  for (const auto& [row, algorithm] :
       {std::pair(kPadding256, Algorithm::kRS256), std::pair(kPadding384, Algorithm::kRS384),
        std::pair(kPadding512, Algorithm::kRS512)}) {
    const std::uint8_t zeros[64] = {};
    EncodePkcs1(algorithm, Bytes(zeros, DigestBytes(algorithm)), std::span<std::uint8_t>(written, bytes()));
    if (!BN_bin2bn(written, bytes(), value.get()) || !BN_mod_mul(value.get(), value.get(), c.get(), m, ctx) ||
        !store(row, value.get())) {
      return false;
    }
  }
  // BoringSSL multiplies in assembly only numbers that are as many words wide as the modulus;
  // reading a full-length encoding gives that width.
  return power(value.get(), two.get(), std::uint64_t{bits_} * 65537) &&
         BN_bn2bin_padded(written, bytes(), value.get()) && BN_bin2bn(written, bytes(), plain_words_.get()) != nullptr;
}

}  // namespace assay::rsa
