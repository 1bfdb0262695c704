// Limbs of 52 bits: what lanes multiply (vpmadd52 by its nature, double-precision FMA by the size of a mantissa).
#pragma once

#include <cstdint>

namespace assay::simd {

inline constexpr unsigned kLimbBits = 52;
inline constexpr std::uint64_t kLimbMask = (std::uint64_t{1} << kLimbBits) - 1;

}  // namespace assay::simd
