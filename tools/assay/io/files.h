// Whole small files: keys, key sets, configurations. Token input is streamed by token_reader.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/descriptor.h"

namespace assay::cli {

// ReadFile: the bytes of `path`, or of standard input for "-". Throws InputError naming the path when it cannot be read
// or holds more than `limit` bytes.
std::string ReadFile(const std::string& path, std::size_t limit);

// CreateFile: creates `path` with `text` and mode `mode`. Throws InputError when it exists already, and leaves nothing
// behind when writing fails.
void CreateFile(const std::string& path, std::string_view text, unsigned mode);

// OpenInput: opens `path` for reading ("-" is a duplicate of standard input). Throws InputError.
Descriptor OpenInput(const std::string& path);

}  // namespace assay::cli
