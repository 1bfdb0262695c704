// TokenMaker: signed tokens for tests, load and benchmarks (RFC 7515 section 5.1, compact form).
#pragma once

#include <string>
#include <string_view>

#include "tools/load/signing_key.h"

namespace assay::cli {

// TokenMaker: makes signed tokens. Thread-safe: one may serve several threads.
class TokenMaker {
 public:
  // Requires key.has_private(); `key` must live as long. An empty `typ` leaves the member out.
  TokenMaker(const load::SigningKey& key, std::string_view typ);

  // Append: appends a token with the given payload bytes.
  void Append(std::string_view payload, std::string* out) const;
  std::string Make(std::string_view payload) const;

  // RandomId: 128 random bits, base64url: a `jti` that is no other token's.
  static std::string RandomId();

 private:
  const load::SigningKey& key_;
  std::string header_;  // encoded, with its dot
};

}  // namespace assay::cli
