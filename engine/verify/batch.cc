#include "engine/verify/batch.h"

#include "engine/verify/boringssl.h"

namespace assay {

void BatchVerifier::Verify(std::span<SignatureJob> jobs) {
  for (SignatureJob& job : jobs) {
    if (job.signature.size() != job.key->signature_bytes()) {
      job.status = SignatureStatus::kBadLength;
      continue;
    }
    const bool valid = boringssl::Verify(*job.key, job.algorithm, job.signing_input, job.signature);
    job.status = valid ? SignatureStatus::kValid : SignatureStatus::kBad;
  }
}

}  // namespace assay
