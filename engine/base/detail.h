// Detail: the arguments of a rejection's message, formatted only when the message is asked for.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay {

struct Detail {
  std::string_view subject;  // the claim or field concerned, or a constant phrase
  std::int64_t value = 0;    // what was found, or a byte position
  std::int64_t bound = 0;    // the limit or time it was compared with
};

}  // namespace assay
