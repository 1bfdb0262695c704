// OpenNames: duplicate detection for the member names of the objects that are open (a stack).
//
// Each name gets a 32-bit fingerprint, and each object a 64-bit filter of the fingerprints seen (a Bloom filter with
// one hash). Only on a fingerprint collision within one object are its names compared, when it closes, in a hash set
// with a seeded hash: linear, whatever names an attacker chooses. So are the names of an object that has more members
// than it is worth to compare fingerprints of.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"

namespace assay::json {

// kFirstBytes[n]: a mask of the n bytes of a word that are first in memory.
inline constexpr std::uint64_t kFirstBytes[] = {
    0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF};
static_assert(std::endian::native == std::endian::little);

class OpenNames {
 public:
  // kReadBehind: bytes beyond the end of a name that Add() may read: the text needs that much padding.
  static constexpr std::size_t kReadBehind = 8;

  // Object: an open object. The last one opened is closed first.
  class Object {
   private:
    friend class OpenNames;
    explicit Object(std::size_t base) : base_(base) {}

    std::size_t base_;
    std::uint64_t seen_ = 0;  // filter: bit fingerprint % 64
    bool may_repeat_ = false;
  };

  // OpenNames: for objects of up to `most` members each, up to `depth` of them open at once.
  OpenNames(std::size_t most, std::size_t depth)
      : fingerprints_(most * depth), names_(most * depth), slots_(std::bit_ceil(2 * most)) {}

  void Clear() { size_ = 0; }
  Object Open() const { return Object(size_); }

  // Add: a name of the innermost object. Requires that there are fewer of them than the limit.
  void Add(std::string_view name, Object* object) {
    const std::uint32_t fingerprint = FingerprintOf(name);
    if ((object->seen_ >> (fingerprint % 64) & 1) != 0) [[unlikely]]
      object->may_repeat_ |= size_ - object->base_ >= kMostScanned || HasFingerprint(object->base_, fingerprint);
    object->seen_ |= std::uint64_t{1} << (fingerprint % 64);
    fingerprints_[size_] = fingerprint;
    names_[size_] = name;
    ++size_;
  }

  // Close: closes the innermost object; true: it has a duplicate name.
  [[nodiscard]] bool Close(const Object& object) {
    const bool repeated = object.may_repeat_ && AnyTwice({names_.data() + object.base_, size_ - object.base_});
    size_ = object.base_;
    return repeated;
  }

 private:
  static constexpr std::size_t kMostScanned = kMaxObjectMembers;  // names whose fingerprints are compared one by one

  // FingerprintOf: a hash of the size and of three words: all bytes of names up to 24, some of longer ones.
  static std::uint32_t FingerprintOf(std::string_view name) {
    const char* const p = name.data();
    const std::size_t size = name.size();
    std::uint64_t word = LoadWord<std::uint64_t>(p);
    if (size < 8) {
      word &= kFirstBytes[size];
    } else {
      word = word * 0x9E3779B97F4A7C15u ^ LoadWord<std::uint64_t>(p + size - 8);
      if (size > 16) word = word * 0xE7037ED1A0B428DBu ^ LoadWord<std::uint64_t>(p + (size - 8) / 2);
    }
    return static_cast<std::uint32_t>(static_cast<unsigned __int128>(word ^ size) * 0x9E3779B97F4A7C15u >> 64);
  }

  __attribute__((noinline)) bool HasFingerprint(std::size_t base, std::uint32_t fingerprint) const {
    std::uint32_t found = 0;
    for (std::size_t i = base; i < size_; ++i) found |= static_cast<std::uint32_t>(fingerprints_[i] == fingerprint);
    return found != 0;
  }

  // AnyTwice: whether two names are equal, by a hash set with linear probing. One seed for all: drawing one costs more
  // than most texts take to read.
  bool AnyTwice(std::span<const std::string_view> names) {
    static const SeededHash hash(RandomSeed());
    const std::size_t used = std::bit_ceil(2 * names.size());
    std::fill_n(slots_.begin(), used, std::uint16_t{0});
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::size_t slot = hash(names[i]) & (used - 1);
      for (; slots_[slot] != 0; slot = (slot + 1) & (used - 1)) {
        if (names[slots_[slot] - 1u] == names[i]) return true;
      }
      slots_[slot] = static_cast<std::uint16_t>(i + 1);
    }
    return false;
  }

  std::size_t size_ = 0;
  std::vector<std::uint32_t> fingerprints_;
  std::vector<std::string_view> names_;
  std::vector<std::uint16_t> slots_;  // of AnyTwice(): 1 and the position of a name, or 0
  static_assert(kMaxObjectMembersCeiling < UINT16_MAX);
};

}  // namespace assay::json
