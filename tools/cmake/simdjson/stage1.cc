// What engine/json/strict.cc takes from simdjson's internal interface, with the types that it relies on.
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

using Implementation = simdjson::internal::dom_parser_implementation;

static_assert(std::is_same_v<decltype(Implementation::structural_indexes), std::unique_ptr<std::uint32_t[]>>);
static_assert(std::is_same_v<decltype(Implementation::n_structural_indexes), std::uint32_t>);

int main() {
  std::unique_ptr<Implementation> parser;
  simdjson::error_code error = simdjson::get_active_implementation()->create_dom_parser_implementation(64, 16, parser);
  if (error == simdjson::MEMALLOC || error != simdjson::SUCCESS) return 1;
  const std::uint8_t text[64 + simdjson::SIMDJSON_PADDING] = {'[', '1', ']'};
  error = parser->stage1(text, 3, simdjson::stage1_mode::regular);
  return error == simdjson::SUCCESS && parser->n_structural_indexes == 3 ? 0 : 1;
}
