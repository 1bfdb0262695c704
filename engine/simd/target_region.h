// Marks a region of functions that are compiled for CPUs with more than the file is compiled for. Only kernels' own
// templates and functions may stand inside: every header that is shared with other translation units comes before the
// region, so that no inline function of theirs is emitted with instructions that other CPUs lack.
//
//   ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)
//   ...
//   ASSAY_TARGET_END
#pragma once

#include "engine/simd/target.h"

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

#define ASSAY_TARGET_AVX2 "avx2,fma"
#define ASSAY_TARGET_AVXIFMA "avx2,fma,avxifma"
#define ASSAY_TARGET_AVX512 "avx512f,avx512dq,avx512bw,avx512vl,fma"
#define ASSAY_TARGET_IFMA "avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,bmi2,adx"

#define ASSAY_PRAGMA(...) _Pragma(#__VA_ARGS__)
#if defined(ASSAY_EMULATED)  // see simd/target.h
#define ASSAY_TARGET_BEGIN(features)
#define ASSAY_TARGET_END
#elif defined(__clang__)
#define ASSAY_TARGET_BEGIN(features) \
  ASSAY_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define ASSAY_TARGET_END ASSAY_PRAGMA(clang attribute pop)
#else
#define ASSAY_TARGET_BEGIN(features) ASSAY_PRAGMA(GCC push_options) ASSAY_PRAGMA(GCC target(features))
#define ASSAY_TARGET_END ASSAY_PRAGMA(GCC pop_options)
#endif
