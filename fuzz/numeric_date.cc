// Law of NumericDate: what the naive decimal reader says, for every text of JSON's number grammar.
#include "engine/claims/numeric_date.h"
#include "engine/json/text.h"
#include "fuzz/law.h"
#include "tests/differential/reference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string_view text = fuzz::Text(data, size);
  reference::Node root;
  const bool number = json::IsNumber(text);
  const bool spaced = text.find_first_of(" \t\r\n") != std::string_view::npos;
  FUZZ_LAW(number == (!spaced && reference::ReadJson(text, &root) == reference::JsonStatus::kOk &&
                      root.kind == reference::Node::Kind::kNumber));
  if (!number) {
    fuzz::Note(false);
    return 0;
  }
  const auto date = NumericDate::Parse(text);
  const auto naive = reference::ReadDate(text);
  FUZZ_LAW(date.has_value() == naive.has_value());
  fuzz::Note(date.has_value());
  if (!date) return 0;
  FUZZ_LAW(date->floor() == naive->floor && date->has_fraction() == naive->fraction);
  FUZZ_LAW(date->ceil() >= date->floor());
  FUZZ_LAW(date->ceil() == date->floor() + (naive->fraction && date->floor() != INT64_MAX ? 1 : 0));
  return 0;
}
