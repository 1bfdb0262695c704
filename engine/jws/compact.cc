#include "engine/jws/compact.h"

namespace assay::jws {

Reason Split(std::string_view token, std::size_t max_bytes, Compact* compact) {
  if (token.empty()) return Reason::kEmpty;
  if (token.size() > max_bytes) return Reason::kTooLarge;
  std::size_t dots[5];
  std::size_t count = 0;
  for (std::size_t at = 0; count < 5; ++at) {
    at = token.find('.', at);
    if (at == std::string_view::npos) break;
    dots[count++] = at;
  }
  if (count == 4) return Reason::kEncryptedToken;
  if (count != 2) return Reason::kNotThreeSegments;
  compact->header = token.substr(0, dots[0]);
  compact->payload = token.substr(dots[0] + 1, dots[1] - dots[0] - 1);
  compact->signature = token.substr(dots[1] + 1);
  compact->signing_input = token.substr(0, dots[1]);
  return Reason::kUnset;
}

}  // namespace assay::jws
