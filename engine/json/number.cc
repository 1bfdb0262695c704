#include "engine/json/text.h"

namespace assay::json {

bool IsNumber(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const auto digit = [&] { return p < end && *p >= '0' && *p <= '9'; };
  const auto digits = [&] {
    if (!digit()) return false;
    while (digit()) ++p;
    return true;
  };
  if (p < end && *p == '-') ++p;
  if (p < end && *p == '0') {
    ++p;
  } else if (!digits()) {
    return false;
  }
  if (p < end && *p == '.') {
    ++p;
    if (!digits()) return false;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p < end && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return false;
  }
  return p == end;
}

}  // namespace assay::json
