// Detail: what a rejection was about, in a form that costs nothing until somebody wants to read it.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay {

struct Detail {
  std::string_view subject;  // the claim or field concerned, or a constant phrase
  std::int64_t value = 0;    // what was found, or a byte position
  std::int64_t bound = 0;    // what it was held against
};

}  // namespace assay
