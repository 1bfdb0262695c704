// BatchVerifier: digests and checks the signatures of many tokens in one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/digest/sha256_batch.h"
#include "engine/jws/alg.h"
#include "engine/verify/public_key.h"
#include "engine/verify/registry.h"

namespace assay {

// SignatureStatus: the result of one job. Fails closed: value-initialised, it is not valid.
enum class SignatureStatus : std::uint8_t {
  kUnchecked = 0,
  kBadLength,  // not key->signature_bytes() long
  kBad,
  kValid,
};

// SignatureJob: one signature to verify. The views must stay readable until Verify() returns.
struct SignatureJob {
  const PublicKey* key = nullptr;  // not null; key->capable() contains `algorithm`
  Algorithm algorithm = Algorithm::kES256;
  std::string_view signing_input;                        // ASCII(header) '.' ASCII(payload), RFC 7515 section 5.2
  std::string_view signature;                            // decoded bytes
  SignatureStatus status = SignatureStatus::kUnchecked;  // out
};

// BatchVerifier: not thread-safe, one per worker. Allocates only to grow to a larger batch than it has seen, and in
// BoringSSL for what has no kernel: ES384, ES512, EdDSA, ES256 keys without a table, and RSA keys other than 2048, 3072
// or 4096 bits with e = 65537.
class BatchVerifier {
 public:
  // BatchVerifier: the kernel is one of Kernels() and supported.
  explicit BatchVerifier(const Kernel& kernel);
  ~BatchVerifier();
  BatchVerifier(const BatchVerifier&) = delete;
  BatchVerifier& operator=(const BatchVerifier&) = delete;

  // Verify: sets `status` of every job. Each answer is exact and independent of the other jobs and of their
  // order: a batch of n gives what n batches of one give.
  void Verify(std::span<SignatureJob> jobs);

 private:
  void Digest(std::span<SignatureJob> jobs);
  void VerifyEs256(std::span<SignatureJob> jobs);
  void VerifyRsa(std::span<SignatureJob> jobs);

  const Kernel& kernel_;
  std::unique_ptr<p256::Es256Scratch> es256_scratch_;  // null without a kernel for ES256
  std::unique_ptr<rsa::RsaScratch> rsa_scratch_;       // null without a kernel for RSA

  // Of one call: which jobs go to which kernel, and their digests.
  std::vector<std::uint32_t> es256_;  // positions in `jobs`
  std::vector<std::uint32_t> rsa_;    // likewise; those over SHA-256 first
  std::size_t rsa_over_sha256_ = 0;
  std::vector<std::string_view> messages_;  // signing inputs of es256_, then of the first of rsa_
  std::vector<Sha256Digest> digests_;       // of messages_
  std::vector<std::uint8_t> long_digests_;  // 64 bytes each, of the other jobs in rsa_
  std::vector<p256::Es256Job> es256_jobs_;
  std::vector<rsa::RsaJob> rsa_jobs_;
  std::vector<std::uint8_t> es256_valid_;
  std::unique_ptr<bool[]> rsa_valid_;
  std::size_t rsa_valid_capacity_ = 0;
};

}  // namespace assay
