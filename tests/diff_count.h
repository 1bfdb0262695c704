// How many random signatures a differential test draws.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace assay {

// ASSAY_DIFF_COUNT of the environment, else of the build (see tests/CMakeLists.txt).
inline std::size_t DiffCount() {
  const char* const text = std::getenv("ASSAY_DIFF_COUNT");
  return text != nullptr ? static_cast<std::size_t>(std::strtoull(text, nullptr, 10)) : std::size_t{ASSAY_DIFF_COUNT};
}

}  // namespace assay
