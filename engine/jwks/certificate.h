// What of an X.509 certificate (RFC 5280) a token's key needs: the public key, and when it is valid. Nobody's word is
// taken for the rest: neither names nor signature nor extensions are looked at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay::jwks {

struct CertificateKey {
  std::string spki;  // SubjectPublicKeyInfo, DER
  std::int64_t valid_from = 0, valid_through = 0;
};

// ReadCertificate: of one certificate in DER.
Result<CertificateKey> ReadCertificate(std::string_view der);

}  // namespace assay::jwks
