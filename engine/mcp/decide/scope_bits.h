// ScopeBits: a set of a policy's scopes, one bit each.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace assay::mcp {

// kMaxScopes: how many distinct scopes one policy may name, all its members together.
inline constexpr std::size_t kMaxScopes = 512;

class ScopeBits {
 public:
  void Add(std::size_t scope) { words_[scope / 64] |= std::uint64_t{1} << (scope % 64); }
  bool Contains(std::size_t scope) const { return (words_[scope / 64] >> (scope % 64) & 1) != 0; }

  ScopeBits& operator|=(const ScopeBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  ScopeBits& operator&=(const ScopeBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }

  // IsWithin: whether every scope of this set is in `other`.
  bool IsWithin(const ScopeBits& other) const {
    std::uint64_t missing = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) missing |= words_[i] & ~other.words_[i];
    return missing == 0;
  }
  // CountMissing: how many scopes of this set are not in `other`.
  std::size_t CountMissing(const ScopeBits& other) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      count += static_cast<std::size_t>(std::popcount(words_[i] & ~other.words_[i]));
    }
    return count;
  }

  bool operator==(const ScopeBits&) const = default;

 private:
  std::array<std::uint64_t, kMaxScopes / 64> words_ = {};
};

}  // namespace assay::mcp
