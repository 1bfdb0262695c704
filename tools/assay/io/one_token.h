// One token, as commands take it that look at a single one.
#pragma once

#include <string>

namespace assay::cli {

// ReadOneToken: the token in `path` (`-` is standard input), without the end of its line. OneToken: the same of a text
// that was given. Both take `Bearer ` off. Throws InputError for none, or several lines.
std::string ReadOneToken(const std::string& path);
std::string OneToken(std::string text);

}  // namespace assay::cli
