// application/x-www-form-urlencoded text: queries, authorization and token requests.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay::mcp {

// FormText: a name or a value as it was encoded.
class FormText {
 public:
  explicit FormText(std::string_view encoded) : encoded_(encoded) {}

  // Is: whether Decode() gives `text`. A broken escape stands for itself.
  bool Is(std::string_view text) const { return Decode() == text; }
  std::string Decode() const;

  // IsWhole: whether every percent sign begins an escape.
  bool IsWhole() const;

 private:
  std::string_view encoded_;
};

// IsParameterName: whether `name` is a parameter name (RFC 6749 section 8.2): letters, digits, `-`, `.` and `_`.
bool IsParameterName(std::string_view name);

// VariableName: what a parameter name becomes for readers that make variables of parameters: `_` for `.`.
std::string VariableName(std::string_view name);

// ForEachParameter: calls `visit(name, value)` for each parameter, in order.
template <typename Visitor>
void ForEachParameter(std::string_view form, Visitor&& visit) {
  while (!form.empty()) {
    const std::size_t end = form.find('&');
    const std::string_view part = form.substr(0, end);
    form.remove_prefix(end == std::string_view::npos ? form.size() : end + 1);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    visit(FormText(part.substr(0, equals)),
          FormText(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1)));
  }
}

}  // namespace assay::mcp
