// Writer: appends JSON text (RFC 8259) to a string: the commas, the quotes and the escapes are its.
//
//   Writer(&out).Begin('{').Member("line", 3).Member("kid", kid).End('}');
//
// Strings are escaped as AppendEscaped() does. What is written must be whole: nothing checks that objects have names.
#pragma once

#include <concepts>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

#include "engine/json/text.h"

namespace assay::json {

class Writer {
 public:
  explicit Writer(std::string* out, Escapes escapes = Escapes::kString) : out_(out), escapes_(escapes) {}

  // Begin and End take the bracket.
  Writer& Begin(char bracket) {
    Separate();
    *out_ += bracket;
    fresh_ = true;
    return *this;
  }
  Writer& End(char bracket) {
    *out_ += bracket;
    fresh_ = false;
    return *this;
  }

  // Name: the name of the member whose value comes next.
  Writer& Name(std::string_view name) {
    Value(name);
    *out_ += ':';
    fresh_ = true;
    return *this;
  }
  template <typename T>
  Writer& Member(std::string_view name, const T& value) {
    return Name(name).Value(value);
  }

  // Value: a string; a whole number; null or a value; an array of values.
  Writer& Value(std::string_view text) {
    Separate();
    *out_ += '"';
    AppendEscaped(text, out_, escapes_);
    *out_ += '"';
    return *this;
  }
  Writer& Value(std::integral auto number) { return Raw(std::to_string(number)); }
  template <typename T>
  Writer& Value(const std::optional<T>& value) {
    return value ? Value(*value) : Raw("null");
  }
  template <std::ranges::range T>
    requires(!std::convertible_to<T, std::string_view>)
  Writer& Value(const T& values) {
    Begin('[');
    for (const auto& value : values) Value(value);
    return End(']');
  }

  // Raw: `json` is JSON text, and is written as it is.
  Writer& Raw(std::string_view json) {
    Separate();
    *out_ += json;
    return *this;
  }

 private:
  void Separate() {
    if (!fresh_) *out_ += ',';
    fresh_ = false;
  }

  std::string* out_;
  Escapes escapes_;
  bool fresh_ = true;  // nothing stands before that a comma would have to part from
};

}  // namespace assay::json
