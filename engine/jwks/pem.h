// PEM (RFC 7468): one block of a text, strictly.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay::jwks {

struct PemBlock {
  std::string label;  // "PUBLIC KEY", "CERTIFICATE", ...
  std::string der;
};

// LooksLikePem: whether a text is meant to be PEM.
bool LooksLikePem(std::string_view text);

// ReadPem: the only block of `text`; what stands around it is for people (RFC 7468 section 2). Fails for a text with
// none or with several, and for private keys, and says so: one that lies here is compromised.
Result<PemBlock> ReadPem(std::string_view text);

}  // namespace assay::jwks
