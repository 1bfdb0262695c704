// HeaderText: the text that an Mcp-Method or Mcp-Name header carries, plain or as `=?base64?…?=`.
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/arena.h"

namespace assay::mcp {

// DecodeHeaderText: the text of a header's `value`. Plain text is printable ASCII with inner spaces and stands for
// itself. Everything else travels as `=?base64?` BASE64 `?=`, which is decoded strictly: the standard alphabet with its
// padding and no set bits behind the end (RFC 4648 sections 4 and 3.5), well-formed UTF-8, no NUL. Nothing for any
// other value; a value that begins like the encoded form is never taken for plain text.
std::optional<std::string_view> DecodeHeaderText(std::string_view value, Arena& arena);

}  // namespace assay::mcp
