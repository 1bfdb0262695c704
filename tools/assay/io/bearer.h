// The credentials scheme that may stand in front of a token, as in an Authorization header
// (RFC 6750 section 2.1).
#pragma once

#include <string_view>

namespace assay::cli {

inline constexpr std::string_view kBearer = "Bearer ";

inline std::string_view WithoutBearer(std::string_view line) {
  return line.starts_with(kBearer) ? line.substr(kBearer.size()) : line;
}

// LooksLikeToken: whether an argument is a compact JWS, rather than a file's name or a word. What is one is shown to
// nobody: messages end in logs.
inline bool LooksLikeToken(std::string_view argument) {
  const std::string_view text = WithoutBearer(argument);
  return text.starts_with("eyJ") && text.find('.') != std::string_view::npos;
}

}  // namespace assay::cli
