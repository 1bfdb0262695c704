// Algorithm: the JWS signature algorithms that Assay verifies (RFC 7518 section 3.1, RFC 8037,
// RFC 9864 for the fully-specified name `Ed25519`). Symmetric algorithms and `none` have no
// enumerator: they cannot be configured, and no code path leads to them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace assay {

enum class Algorithm : std::uint8_t {
  kES256,
  kES384,
  kES512,
  kRS256,
  kRS384,
  kRS512,
  kPS256,
  kPS384,
  kPS512,
  kEdDSA,    // RFC 8037; in Assay with Ed25519 keys only
  kEd25519,  // RFC 9864; the same signature as kEdDSA, but each name must itself be allowed
};

inline constexpr int kAlgorithmCount = 11;

// AlgorithmName: the `alg` header value.
constexpr std::string_view AlgorithmName(Algorithm algorithm) {
  constexpr std::string_view kNames[kAlgorithmCount] = {"ES256", "ES384", "ES512", "RS256", "RS384",  "RS512",
                                                        "PS256", "PS384", "PS512", "EdDSA", "Ed25519"};
  return kNames[static_cast<int>(algorithm)];
}

// ParseAlgorithm: the algorithm whose name is exactly `name` (case-sensitive, RFC 7515 section 4.1.1).
constexpr std::optional<Algorithm> ParseAlgorithm(std::string_view name) {
  for (int i = 0; i < kAlgorithmCount; ++i) {
    if (AlgorithmName(static_cast<Algorithm>(i)) == name) return static_cast<Algorithm>(i);
  }
  return std::nullopt;
}

// AlgorithmSet: a set of algorithms. Empty when default-constructed.
class AlgorithmSet {
 public:
  constexpr AlgorithmSet() = default;
  constexpr AlgorithmSet(std::initializer_list<Algorithm> algorithms) {
    for (Algorithm algorithm : algorithms) Add(algorithm);
  }
  constexpr void Add(Algorithm algorithm) { bits_ |= Bit(algorithm); }
  constexpr bool Contains(Algorithm algorithm) const { return (bits_ & Bit(algorithm)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr AlgorithmSet operator|(AlgorithmSet other) const { return FromBits(bits_ | other.bits_); }
  constexpr AlgorithmSet operator&(AlgorithmSet other) const { return FromBits(bits_ & other.bits_); }
  constexpr bool operator==(const AlgorithmSet&) const = default;
  constexpr std::uint32_t bits() const { return bits_; }  // for an order; the numbering is not stable

 private:
  static constexpr std::uint32_t Bit(Algorithm algorithm) {
    return std::uint32_t{1} << static_cast<unsigned>(algorithm);
  }
  static constexpr AlgorithmSet FromBits(std::uint32_t bits) {
    AlgorithmSet set;
    set.bits_ = bits;
    return set;
  }
  std::uint32_t bits_ = 0;
};

}  // namespace assay
