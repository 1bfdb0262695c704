// Scalar RSA: BoringSSL's Montgomery multiplication (assembly on x86-64 and AArch64) on a context
// that the key itself holds. RSA_verify takes a lock in the key on every call; this takes none.
#include <openssl/bn.h>

#include <cstring>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/kernels.h"

namespace assay::rsa {
namespace {

// power = s^65537 mod n. With R = 2^bits, 16 squarings of s as it is and a multiplication by s give
// s^65537 R^-65536; the key's R^65537 brings it back: 18 multiplications and no conversion.
bool Open(const PreparedRsa& key, std::span<const std::uint8_t> signature, RsaScratch& scratch) {
  BIGNUM* s = scratch.base();
  BIGNUM* power = scratch.power();
  const BN_MONT_CTX* mont = key.montgomery();
  BN_CTX* ctx = scratch.context();
  if (!BN_bin2bn(signature.data(), signature.size(), s) || !BN_mod_mul_montgomery(power, s, s, mont, ctx)) {
    return false;
  }
  for (int i = 1; i < 16; ++i) {
    if (!BN_mod_mul_montgomery(power, power, power, mont, ctx)) return false;
  }
  return BN_mod_mul_montgomery(power, power, s, mont, ctx) &&
         BN_mod_mul_montgomery(power, power, key.to_plain_words(), mont, ctx);
}

void VerifyBlock(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid, RsaScratch& scratch) {
  for (unsigned i = 0; i < count; ++i) {
    const RsaJob& job = jobs[order[i]];
    const std::size_t bytes = job.key->bytes();
    std::uint8_t block[kMaxBytes];
    if (!Open(*job.key, job.signature, scratch) || !BN_bn2bin_padded(block, bytes, scratch.power())) {
      valid[order[i]] = false;
      continue;
    }
    if (IsPss(job.algorithm)) {
      valid[order[i]] = VerifyPss(job.algorithm, job.digest, std::span<const std::uint8_t>(block, bytes));
      continue;
    }
    std::uint8_t expected[kMaxBytes];
    EncodePkcs1(job.algorithm, job.digest, std::span<std::uint8_t>(expected, bytes));
    valid[order[i]] = std::memcmp(block, expected, bytes) == 0;
  }
}

}  // namespace

const RsaKernel kPortable64 = {"portable64", 1, 0, &VerifyBlock, {1, 1, 1}};

}  // namespace assay::rsa
