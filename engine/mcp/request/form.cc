#include "engine/mcp/request/form.h"

#include <algorithm>

#include "engine/base/text.h"

namespace assay::mcp {

std::string FormText::Decode() const {
  std::string out;
  for (std::size_t i = 0; i < encoded_.size(); ++i) {
    const int byte = PercentEscape(encoded_, i);
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
    if (encoded_[i] == '%' && PercentEscape(encoded_, i) < 0) return false;
  }
  return true;
}

bool IsParameterName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return IsAlphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

std::string VariableName(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '.', '_');
  return out;
}

}  // namespace assay::mcp
