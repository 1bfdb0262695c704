#include "engine/mcp/form.h"

#include <algorithm>
#include <charconv>

namespace assay::mcp {

namespace {

// The byte of the escape at `at`, or -1.
int Escaped(std::string_view text, std::size_t at) {
  unsigned byte = 0;
  if (text[at] != '%' || at + 2 >= text.size()) return -1;
  const char* const hex = text.data() + at + 1;
  return std::from_chars(hex, hex + 2, byte, 16).ptr == hex + 2 ? static_cast<int>(byte) : -1;
}

}  // namespace

std::string FormText::Decode() const {
  std::string out;
  for (std::size_t i = 0; i < encoded_.size(); ++i) {
    const int byte = Escaped(encoded_, i);
    if (byte >= 0) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += encoded_[i] == '+' ? ' ' : encoded_[i];
    }
  }
  return out;
}

bool FormText::IsWhole() const {
  for (std::size_t i = 0; i < encoded_.size(); ++i) {
    if (encoded_[i] == '%' && Escaped(encoded_, i) < 0) return false;
  }
  return true;
}

bool IsParameterName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

std::string VariableName(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '.', '_');
  return out;
}

}  // namespace assay::mcp
