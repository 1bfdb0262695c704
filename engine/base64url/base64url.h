// base64url as RFC 7515 section 2 wants it, and nothing more forgiving: the URL-safe alphabet, no
// padding, no white space, no length of 1 mod 4, and unused bits of the last character zero
// (RFC 4648 section 3.5), so that every byte string has exactly one spelling.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::base64url {

// DecodedSize: the bytes that `encoded_size` characters decode to, when they decode at all.
constexpr std::size_t DecodedSize(std::size_t encoded_size) { return encoded_size * 3 / 4; }

constexpr std::size_t EncodedSize(std::size_t size) { return (size * 4 + 2) / 3; }

// kOk: what Decode returns for well-formed text.
inline constexpr std::size_t kOk = static_cast<std::size_t>(-1);

// Decode: decodes `encoded` into `out`, which has room for DecodedSize(encoded.size()) bytes. Returns kOk, or the
// position of the first character that is wrong: one outside the alphabet, or the last one when the length is 1 mod 4
// or unused bits are set. After an error the content of `out` is unspecified. Reads and writes nothing beyond the two.
// Thread-safe; the first call chooses a kernel (kernels.h).
std::size_t Decode(std::string_view encoded, char* out);

std::string Encode(std::string_view bytes);

}  // namespace assay::base64url
