// How a revocation set knows a claim again without keeping its text.
//
// Two functions, both keyed with secrets of the process:
//  - Hash, 64 bits, a few nanoseconds: only finds the place where to look. Whoever makes it collide costs
//    time and nothing else.
//  - Fingerprint, 128 bits of SHA-256(secret | kind | length of issuer | issuer | value): decides. Two names
//    with the same fingerprint would be taken for one. That can never hide a revocation, since entries that
//    meet are united; it could revoke a good token, with a probability of 2^-128 for each pair of an entry
//    and a token: with a million entries, 2^-58 for 2^50 tokens. Without the secret nobody can search for one.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/revocation/revocation.h"

namespace assay::revocation {

struct Fingerprint {
  std::uint64_t low = 0, high = 0;
  bool operator==(const Fingerprint&) const = default;
};

class Fingerprinter {
 public:
  // Fingerprinter: with secrets from the system's generator.
  Fingerprinter();

  // IssuerSeed: the part of Hash() that all claims of one issuer share.
  std::uint64_t IssuerSeed(std::string_view issuer) const { return Hash(key_[0], issuer); }

  std::uint64_t Hash(std::uint64_t issuer_seed, RevokedBy by, std::string_view value) const {
    return Hash(issuer_seed + (static_cast<std::uint64_t>(by) + 1) * 0x9E3779B97F4A7C15u, value);
  }

  std::uint64_t Hash(RevokedBy by, std::string_view issuer, std::string_view value) const {
    return Hash(IssuerSeed(issuer), by, value);
  }

  Fingerprint Of(RevokedBy by, std::string_view issuer, std::string_view value) const;

 private:
  static std::uint64_t Word(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
  }

  static std::uint64_t HalfWord(const char* bytes) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
  }
  static std::uint64_t Byte(char c) { return static_cast<unsigned char>(c); }

  // Mix: both halves of the product, folded: each bit of either factor reaches the upper half's middle.
  static std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t Hash(std::uint64_t seed, std::string_view text) const {
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left > 16; at += 16, left -= 16) seed = Mix(Word(at) ^ key_[1], Word(at + 8) ^ seed);
    // The last 1 to 16 bytes as two words that may overlap each other, or what went before; the length,
    // which comes last, keeps texts apart that then look the same.
    std::uint64_t first = 0, second = 0;
    if (text.size() >= 16) {
      first = Word(at + left - 16);
      second = Word(at + left - 8);
    } else if (left >= 8) {
      first = Word(at);
      second = Word(at + left - 8);
    } else if (left >= 4) {
      first = HalfWord(at);
      second = HalfWord(at + left - 4);
    } else if (left > 0) {
      first = Byte(at[0]) << 16 | Byte(at[left / 2]) << 8 | Byte(at[left - 1]);
    }
    seed = Mix(first ^ key_[1], second ^ seed);
    return Mix(seed ^ key_[2], text.size() ^ key_[3]);
  }

  std::array<std::uint64_t, 4> key_;
  std::array<std::uint8_t, 32> secret_;
};

}  // namespace assay::revocation
