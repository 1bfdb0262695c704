// BatchVerifier: digests and checks the signatures of many tokens in one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/jws/alg.h"
#include "engine/verify/public_key.h"

namespace assay {

// The answer to one job. A value-initialised answer is not a valid signature.
enum class SignatureStatus : std::uint8_t {
  kUnchecked = 0,
  kBadLength,  // not key->signature_bytes() long
  kBad,
  kValid,
};

// One signature to check. The views must stay readable until Verify() returns.
struct SignatureJob {
  const PublicKey* key = nullptr;          // not null; key->capable() contains `algorithm`
  Algorithm algorithm = Algorithm::kES256;
  std::string_view signing_input;          // ASCII(header) '.' ASCII(payload), RFC 7515 section 5.2
  std::string_view signature;              // decoded bytes
  SignatureStatus status = SignatureStatus::kUnchecked;  // out
};

// Not thread-safe: one per worker. Does not throw.
class BatchVerifier {
 public:
  static constexpr std::string_view kKernelName = "boringssl";

  // Sets `status` of every job. Each answer is exact and independent of the other jobs and of their
  // order: a batch of n gives what n batches of one give.
  void Verify(std::span<SignatureJob> jobs);
};

}  // namespace assay
