// OpenNames: the member names of the objects that are open, and whether one object has a name twice.
//
// Nearly every object has few names, all different, and that is to cost little: each name has a print, and
// equal names have equal prints. Only where a print comes twice in one object, its names are compared: by a
// hash that is seeded, so that nobody can choose names that make this slow.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"

namespace assay::json {

// The bytes that stand first in memory of a word, as many as the index says.
inline constexpr std::uint64_t kFirstBytes[] = {
    0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF};
static_assert(std::endian::native == std::endian::little);

class OpenNames {
 public:
  // How many bytes behind a name may be read.
  static constexpr std::size_t kReadBehind = 8;

  // One open object. Objects are closed in the order opposite to that in which they were opened.
  class Object {
   private:
    friend class OpenNames;
    explicit Object(std::size_t base) : base_(base) {}

    std::size_t base_;
    std::uint64_t seen_ = 0;  // a bit for each print, the same for many
    bool may_repeat_ = false;
  };

  void Clear() { size_ = 0; }
  Object Open() const { return Object(size_); }

  // Adds a name of the innermost object, which has fewer than kMaxObjectMembers.
  void Add(std::string_view name, Object* object) {
    const std::uint32_t print = PrintOf(name);
    if ((object->seen_ >> (print % 64) & 1) != 0) [[unlikely]]
      object->may_repeat_ |= HasPrint(object->base_, print);
    object->seen_ |= std::uint64_t{1} << (print % 64);
    prints_[size_] = print;
    names_[size_] = name;
    ++size_;
  }

  // Closes the innermost object. Whether two of its names were the same.
  bool CloseAndSayIfRepeated(const Object& object) {
    const bool repeated = object.may_repeat_ && AnyTwice({names_.data() + object.base_, size_ - object.base_});
    size_ = object.base_;
    return repeated;
  }

 private:
  static constexpr std::size_t kSlots = 2 * kMaxObjectMembers;
  static_assert((kSlots & (kSlots - 1)) == 0);

  // Of the size, and of all bytes of up to 24.
  static std::uint32_t PrintOf(std::string_view name) {
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

  __attribute__((noinline)) bool HasPrint(std::size_t base, std::uint32_t print) const {
    std::uint32_t found = 0;
    for (std::size_t i = base; i < size_; ++i) found |= static_cast<std::uint32_t>(prints_[i] == print);
    return found != 0;
  }

  bool AnyTwice(std::span<const std::string_view> names) {
    slots_.fill(0);
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::size_t slot = hash_(names[i]) & (kSlots - 1);
      for (; slots_[slot] != 0; slot = (slot + 1) & (kSlots - 1)) {
        if (names[slots_[slot] - 1u] == names[i]) return true;
      }
      slots_[slot] = static_cast<std::uint16_t>(i + 1);
    }
    return false;
  }

  const SeededHash hash_{RandomSeed()};
  std::size_t size_ = 0;
  std::array<std::uint32_t, kMaxObjectMembers * kMaxJsonDepth> prints_;
  std::array<std::string_view, kMaxObjectMembers * kMaxJsonDepth> names_;
  std::array<std::uint16_t, kSlots> slots_;
};

}  // namespace assay::json
