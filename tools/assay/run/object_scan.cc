#include "tools/assay/run/object_scan.h"

#include <unordered_map>
#include <vector>

namespace assay::cli {

ObjectScan ScanObject(std::string_view text) {
  struct Name {
    std::string_view name, value;
    std::size_t at;
  };
  ObjectScan out;
  std::vector<Name> names;
  std::size_t depth = 0, value_from = 0;
  bool in_string = false, is_name = false;
  std::size_t string_from = 0;
  const auto end_value = [&](std::size_t at) {
    if (!names.empty() && names.back().value.empty()) names.back().value = text.substr(value_from, at - value_from);
  };
  for (std::size_t i = 0; i < text.size() && out.end == std::string_view::npos; ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c != '"') continue;
      in_string = false;
      if (is_name) names.push_back({text.substr(string_from, i + 1 - string_from), {}, string_from});
      is_name = false;
    } else if (c == '"') {
      in_string = true;
      string_from = i;
    } else if (c == '{' || c == '[') {
      ++depth;
      if (depth == 1) is_name = true;
    } else if (c == ',' && depth == 1) {
      end_value(i);
      is_name = true;
    } else if (c == ':' && depth == 1) {
      value_from = i + 1;
    } else if (c == '}' || c == ']') {
      if (depth == 1) end_value(i);
      if (depth <= 1) out.end = i + 1;
      if (depth > 0) --depth;
    }
  }
  std::unordered_map<std::string_view, const Name*> seen;
  for (const Name& second : names) {
    const auto [entry, is_new] = seen.emplace(second.name, &second);
    if (is_new) continue;
    const Name& first = *entry->second;
    return {out.end, first.name, {first.at, second.at}, {first.value, second.value}};
  }
  return out;
}

}  // namespace assay::cli
