// Text for terminals and JSON: whatever came from a token is escaped before it is shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::cli {

// AppendJsonString: appends `text` as a JSON string with its quotes. What people do not see (json::IsInvisible()) is
// written as \uXXXX; bytes that are no UTF-8 become \ufffd. The result is valid JSON and safe on a terminal for any
// bytes.
void AppendJsonString(std::string* out, std::string_view text);

// AppendJson: appends accepted JSON without the white space outside its strings. Members keep their order and numbers
// their spelling; strings gain the same escapes, and nothing else.
void AppendJson(std::string* out, std::string_view json);

// AppendPrintable: the same escapes without quotes, and without escaping quote and backslash: for people.
void AppendPrintable(std::string* out, std::string_view text);
std::string Printable(std::string_view text);

// Excerpt: Printable(), not all of a long text: `most` of its bytes.
std::string Excerpt(std::string_view text, std::size_t most = 40);

void AppendNumber(std::string* out, std::uint64_t value);

// Count: "3 keys", "1 key".
std::string Count(std::uint64_t number, std::string_view noun);

}  // namespace assay::cli
