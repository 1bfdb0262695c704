// Structure: where the values of the text that a StrictParser has read last stand. What lies inside one of its arrays
// and objects is found by it without reading the text again, and a value is passed over in one step, however long.
//
// It serves text without escapes only, whose strings are what stands between their quotes, and lives until its
// parser's next call.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/json/scan.h"
#include "engine/json/value.h"

namespace assay::json {

class Structure {
 public:
  Structure() = default;

  // Structure: `positions`: of the structural characters in `text`, one more behind them. `closing[i]`: for each
  // opening bracket, which of the positions is that of its closing one.
  Structure(const char* text, const std::uint32_t* positions, const std::uint32_t* closing)
      : text_(text), positions_(positions), closing_(closing) {}

  // FindPath: what the names lead to, one object inside the other, from a value with a `place` that is not 0. False
  // when there is none, also where something on the way is no object.
  bool FindPath(const Value& from, std::span<const std::string> names, Value* value) const;

  // ForEachItem: as json::ForEachItem, of an array whose `place` is not 0.
  template <typename Visitor>
  void ForEachItem(const Value& array, Visitor&& visit) const {
    std::uint32_t at = array.place + 1;
    if (CharAt(at) == ']') return;
    while (visit(ValueAt(at)) && CharAt(EndOf(at)) == ',') at = EndOf(at) + 1;
  }

  // ForEachString: calls `visit(text)` for each item of an array whose `place` is not 0, as long as these are strings;
  // whether all are.
  template <typename Visitor>
  bool ForEachString(const Value& array, Visitor&& visit) const {
    std::uint32_t at = array.place + 1;
    if (CharAt(at) == ']') return true;
    for (; CharAt(at) == '"'; at += 2) {
      visit(Unquoted(SpelledAt(at)));
      if (CharAt(at + 1) == ']') return true;
    }
    return false;
  }

  // IsArrayOfStrings: as json::IsArrayOfStrings, of an array whose `place` is not 0.
  bool IsArrayOfStrings(const Value& array) const {
    return ForEachString(array, [](std::string_view) {});
  }

 private:
  char CharAt(std::uint32_t at) const { return text_[positions_[at]]; }

  // EndOf: the place behind the value at `at`.
  std::uint32_t EndOf(std::uint32_t at) const {
    const char first = CharAt(at);
    return first == '{' || first == '[' ? closing_[at] + 1 : at + 1;
  }

  // MemberAt: the place of the value of the member with this name of the object at `at`; 0 when there is none.
  std::uint32_t MemberAt(std::uint32_t at, std::string_view name) const;

  // IsStringAt: whether the string at `at`, in which no escape hides a quote, is `text`.
  bool IsStringAt(std::uint32_t at, std::string_view text) const {
    const char* const begin = text_ + positions_[at] + 1;
    const std::size_t most = positions_[at + 1] - positions_[at] - 2;  // without its quotes
    return text.size() <= most && begin[text.size()] == '"' && SameBytes(begin, text.data(), text.size());
  }

  // SpelledAt: the scalar at `at`, without the white space behind it.
  std::string_view SpelledAt(std::uint32_t at) const {
    const char* const begin = text_ + positions_[at];
    const char* last = text_ + positions_[at + 1] - 1;
    while (IsSpace(*last)) --last;
    return {begin, static_cast<std::size_t>(last + 1 - begin)};
  }
  static std::string_view Unquoted(std::string_view string) { return {string.data() + 1, string.size() - 2}; }
  Value ValueAt(std::uint32_t at) const;

  const char* text_ = nullptr;
  const std::uint32_t* positions_ = nullptr;
  const std::uint32_t* closing_ = nullptr;
};

}  // namespace assay::json
