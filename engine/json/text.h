// Single strings and numbers of JSON text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace assay::json {

// True when all of `text` is one number of the grammar of RFC 8259 section 6.
bool IsNumber(std::string_view text);

// Unescapes the inside of a JSON string (without its quotes) into `out`, which has room for
// `inside.size()` bytes. Nothing when an escape is malformed or a surrogate stands alone. Control
// characters and UTF-8 are the caller's to have checked.
std::optional<std::size_t> Unescape(std::string_view inside, char* out);

// The number of bytes of the well-formed UTF-8 sequence (RFC 3629) that `text` begins with; 0 when
// it begins with none. Requires a non-empty text.
std::size_t Utf8SequenceLength(std::string_view text);

}  // namespace assay::json
