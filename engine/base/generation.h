// Generations: numbers by which what is remembered of something is known to be out of date.
#pragma once

#include <cstdint>

namespace assay {

// NextGeneration gives a number larger than any that this process has got from here before; never 0. Thread-safe.
std::uint64_t NextGeneration();

}  // namespace assay
