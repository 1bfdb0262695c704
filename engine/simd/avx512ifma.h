// Marks a region of functions that are compiled for AVX-512 IFMA, in a file that otherwise is not.
// Only kernels' own templates and functions may stand inside: every header that is shared with
// other translation units comes before the region, so that no inline function of theirs is emitted
// with instructions that other CPUs lack.
#pragma once

// GCC 12 takes the intrinsics' own _mm512_undefined_epi32() for a bug of their callers (GCC bug
// 105593). The warnings belong to the header, so they are switched off where it is first included.
#if !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if !defined(__clang__)
#pragma GCC diagnostic pop
#endif

// _Pragma takes one string literal, which a formatter must not cut in pieces.
// clang-format off
#if defined(ASSAY_EMULATED)  // see simd/target.h
#define ASSAY_IFMA_BEGIN
#define ASSAY_IFMA_END
#elif defined(__clang__)
#define ASSAY_IFMA_BEGIN \
  _Pragma("clang attribute push(__attribute__((target(\"avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,bmi2,adx\"))), apply_to = function)")
#define ASSAY_IFMA_END _Pragma("clang attribute pop")
#else
#define ASSAY_IFMA_BEGIN      \
  _Pragma("GCC push_options") \
  _Pragma("GCC target(\"avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,bmi2,adx\")")
#define ASSAY_IFMA_END _Pragma("GCC pop_options")
#endif
// clang-format on

#define ASSAY_IFMA_INLINE inline __attribute__((always_inline))
