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

// Token: a compact token, its segments, and the first two decoded.
struct Token {
  std::string header, payload, signature;  // as in the token
  std::string header_json, payload_json;

  std::string Text() const { return header + '.' + payload + '.' + signature; }
};

// ParseToken: splits `text`, and decodes the first two segments. False unless there are three and these two are
// base64url.
bool ParseToken(std::string_view text, Token* token);

struct HostileKind {
  const char* name;
  const char* reason;  // the word that `assay verify` must give
  // make: the variant of `token`. `other` is another valid token, with another key and algorithm.
  std::function<std::string(const Token& token, const Token& other)> make;
};

std::span<const HostileKind> HostileKinds();

}  // namespace assay::generate
