// Hostile variants of a valid token: each is a defect that must be refused, and the reason for it.
//
// They are made from the token's text alone. None needs a key: this is what an attacker has who holds
// somebody's token and no key.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace assay::generate {

// A compact token, its segments, and the first two decoded.
struct Token {
  std::string header, payload, signature;  // as in the token
  std::string header_json, payload_json;

  std::string Text() const { return header + '.' + payload + '.' + signature; }
};

// Splits and decodes. False for what is not three base64url segments.
bool ParseToken(std::string_view text, Token* token);

struct HostileKind {
  const char* name;
  const char* reason;  // the word that `assay verify` must give
  // The variant of `token`. `other` is another valid token, with another key and algorithm.
  std::function<std::string(const Token& token, const Token& other)> make;
};

std::span<const HostileKind> HostileKinds();

}  // namespace assay::generate
