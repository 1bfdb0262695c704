// The credentials scheme that may stand in front of a token, as in an Authorization header
// (RFC 6750 section 2.1).
#pragma once

#include <string_view>

namespace assay::cli {

inline constexpr std::string_view kBearer = "Bearer ";

inline std::string_view WithoutBearer(std::string_view line) {
  return line.starts_with(kBearer) ? line.substr(kBearer.size()) : line;
}

}  // namespace assay::cli
