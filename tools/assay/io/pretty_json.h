// JSON laid out for people.
#pragma once

#include <string>
#include <string_view>

namespace assay::cli {

// AppendPretty: appends valid JSON, indented; characters in strings that could disturb a terminal are escaped. Order
// and number spellings stay as they are.
void AppendPretty(std::string* out, std::string_view json);

}  // namespace assay::cli
