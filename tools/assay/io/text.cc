#include "tools/assay/io/text.h"

#include <algorithm>
#include <charconv>

#include "engine/json/strict.h"
#include "engine/json/text.h"

namespace assay::cli {

void AppendJsonString(std::string* out, std::string_view text) {
  json::AppendQuoted(text, out, json::Escapes::kShownString);
}

void AppendJson(std::string* out, std::string_view json) {
  const std::size_t start = out->size();
  json::AppendMinified(json, out);
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 0x7F; };
  if (std::all_of(out->begin() + static_cast<std::ptrdiff_t>(start), out->end(), is_plain)) return;
  const std::string raw = out->substr(start);
  out->resize(start);
  AppendPrintable(out, raw);
}

void AppendPrintable(std::string* out, std::string_view text) {
  json::AppendEscaped(text, out, json::Escapes::kShownText);
}

std::string Printable(std::string_view text) { return json::Escaped(text, json::Escapes::kShownText); }

void AppendNumber(std::string* out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out->append(digits, static_cast<std::size_t>(end - digits));
}

std::string Excerpt(std::string_view text, std::size_t most) {
  return Printable(text.substr(0, most)) + (text.size() > most ? "…" : "");
}

std::string Count(std::uint64_t number, std::string_view noun) {
  std::string out = std::to_string(number) + ' ' + std::string(noun);
  if (number != 1) out += 's';
  return out;
}

}  // namespace assay::cli
