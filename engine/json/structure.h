// Structure: where the values of the text that a StrictParser has read last stand. What lies inside one of its arrays
// and objects is found by it without reading the text again, and a value is passed over in one step, however long.
//
// It serves text without escapes only, whose strings are what stands between their quotes, and lives until its
// parser's next call.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/json/value.h"

namespace assay::json {

class Structure {
 public:
  Structure() = default;

  // Structure: `positions`: of the structural characters in `text`, one more behind them. `closing[i]`: for each
  // opening bracket, which of the positions is that of its closing one.
  Structure(const char* text, const std::uint32_t* positions, const std::uint32_t* closing)
      : text_(text), positions_(positions), closing_(closing) {}

  // FindMember: as json::FindMember, of an object whose `place` is not 0.
  bool FindMember(const Value& object, std::string_view name, Value* value) const;

  // ForEachItem: as json::ForEachItem, of an array whose `place` is not 0.
  template <typename Visitor>
  void ForEachItem(const Value& array, Visitor&& visit) const {
    std::uint32_t at = array.place + 1;
    if (CharAt(at) == ']') return;
    while (visit(ValueAt(at)) && CharAt(EndOf(at)) == ',') at = EndOf(at) + 1;
  }

  // IsArrayOfStrings: as json::IsArrayOfStrings, of an array whose `place` is not 0.
  bool IsArrayOfStrings(const Value& array) const {
    std::uint32_t at = array.place + 1;
    for (; CharAt(at) == '"'; ++at) {
      if (CharAt(++at) == ']') return true;
    }
    return at == array.place + 1 && CharAt(at) == ']';
  }

 private:
  char CharAt(std::uint32_t at) const { return text_[positions_[at]]; }

  // EndOf: the place behind the value at `at`.
  std::uint32_t EndOf(std::uint32_t at) const {
    const char first = CharAt(at);
    return first == '{' || first == '[' ? closing_[at] + 1 : at + 1;
  }

  // SpelledAt: the scalar at `at`, without the white space behind it.
  std::string_view SpelledAt(std::uint32_t at) const;
  Value ValueAt(std::uint32_t at) const;

  const char* text_ = nullptr;
  const std::uint32_t* positions_ = nullptr;
  const std::uint32_t* closing_ = nullptr;
};

}  // namespace assay::json
