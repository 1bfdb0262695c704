#include "engine/revocation/fingerprint.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

namespace assay::revocation {

Fingerprinter::Fingerprinter() {
  // BoringSSL ends the process rather than give no random bytes.
  RAND_bytes(reinterpret_cast<std::uint8_t*>(key_.data()), sizeof(key_));
  RAND_bytes(secret_.data(), secret_.size());
}

Fingerprint Fingerprinter::Of(RevokedBy by, std::string_view issuer, std::string_view value) const {
  SHA256_CTX sha;
  SHA256_Init(&sha);
  SHA256_Update(&sha, secret_.data(), secret_.size());
  const std::uint64_t prefix[2] = {static_cast<std::uint64_t>(by), issuer.size()};
  SHA256_Update(&sha, prefix, sizeof(prefix));
  SHA256_Update(&sha, issuer.data(), issuer.size());
  SHA256_Update(&sha, value.data(), value.size());
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256_Final(digest, &sha);
  Fingerprint fingerprint;
  std::memcpy(&fingerprint, digest, sizeof(fingerprint));
  return fingerprint;
}

}  // namespace assay::revocation
