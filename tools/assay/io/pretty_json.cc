#include "tools/assay/io/pretty_json.h"

#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

// StringAt: the string that begins at `at`, with its quotes.
std::string_view StringAt(std::string_view json, std::size_t at) {
  std::size_t end = at + 1;
  while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2u : 1u;
  return json.substr(at, end + 1 - at);
}

}  // namespace

void AppendPretty(std::string* out, std::string_view json) {
  std::size_t depth = 0;
  const auto new_line = [&] { out->append("\n").append(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    switch (c) {
      case ' ':
      case '\t':
      case '\n':
      case '\r':
        break;
      case '"': {
        const std::string_view string = StringAt(json, i);
        AppendPrintable(out, string);
        i += string.size() - 1;
        break;
      }
      case '{':
      case '[': {
        const std::size_t next = json.find_first_not_of(" \t\r\n", i + 1);
        if (next != std::string_view::npos && (json[next] == '}' || json[next] == ']')) {
          *out += c;
          *out += json[next];
          i = next;
          break;
        }
        *out += c;
        ++depth;
        new_line();
        break;
      }
      case '}':
      case ']':
        --depth;
        new_line();
        *out += c;
        break;
      case ',':
        *out += c;
        new_line();
        break;
      case ':':
        out->append(": ");
        break;
      default:
        *out += c;
    }
  }
}

}  // namespace assay::cli
