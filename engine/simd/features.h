// CPU features that the operating system has enabled too. Detected once per process; a feature counts
// only when its register state is enabled too (XCR0 on x86-64), not merely when CPUID names it.
#pragma once

#include <cstdint>
#include <string>

namespace assay::simd {

enum Feature : std::uint32_t {
  kBmi2 = 1u << 0,
  kAdx = 1u << 1,
  kAvx2 = 1u << 2,
  kShaNi = 1u << 3,
  kAvx512 = 1u << 4,      // F, BW, DQ, VL and CD, with ZMM state enabled
  kAvx512Ifma = 1u << 5,  // implies kAvx512
  kAvx512Vbmi = 1u << 6,  // VBMI and VBMI2; implies kAvx512
  kNeon = 1u << 7,
  kArmSha2 = 1u << 8,
  kFma = 1u << 9,       // with YMM state enabled
  kAvxIfma = 1u << 10,  // IFMA of VEX-encoded instructions; with YMM state enabled
};
using FeatureSet = std::uint32_t;

// Detected: the features of this machine. Thread-safe.
FeatureSet Detected();

inline bool Has(FeatureSet wanted) { return (Detected() & wanted) == wanted; }

// Describe: names separated by spaces, for people.
std::string Describe(FeatureSet features);

// ModelName: the CPU's brand string, or "unknown".
std::string ModelName();

}  // namespace assay::simd
