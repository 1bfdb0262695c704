// AppendAtomically: text put behind a file's, by replacing the file.
#pragma once

#include <string>
#include <string_view>

namespace assay::cli {

// AppendAtomically: replaces the file that `named` leads to by its text and `lines` behind it (a newline between them
// where one is missing), so that a reader sees the old file or the whole new one, and a crash leaves one of the two;
// several processes may do it at once. A symbolic link stays one; owner, group and mode stay as they are, or nothing is
// changed. Creates a file that is not there, for its owner alone to write. `check` is given the old text and throws
// what should stop it. Throws InputError, also where there would be more than `limit` bytes.
void AppendAtomically(const std::string& named, std::string_view lines, std::size_t limit,
                      void (*check)(const std::string& path, const std::string& text));

}  // namespace assay::cli
