// Every intrinsic of x86/immintrin.h behind plain bytes, once as the CPU runs it and once emulated.
#pragma once

#include <cstdint>
#include <vector>

namespace assay::testing {

struct IntrinsicRow {
  const char* name;
  // From 256 bytes, aligned to 64, to 128, likewise and zero before.
  void (*run)(const std::uint8_t* in, std::uint8_t* out);
};

// The same rows in the same order. The native ones are absent off x86-64, and need
// simd::kAvx512 | simd::kAvx512Ifma | simd::kAvx512Vbmi | simd::kAvx2 | simd::kShaNi.
std::vector<IntrinsicRow> NativeIntrinsicRows();
std::vector<IntrinsicRow> EmulatedIntrinsicRows();

}  // namespace assay::testing
