// How functions of the x86-64 kernels are compiled for CPUs that have what they need, in a binary for
// all of them. Tests compile the kernels a second time with ASSAY_EMULATED, over intrinsics in plain
// C++ (tests/testing/emulated): for any CPU, so without any target.
#pragma once

#if defined(__x86_64__) || defined(ASSAY_EMULATED)
#define ASSAY_X86_KERNELS
#endif

// ASSAY_X86_AVX_IFMA: where the compiler knows AVX-IFMA: from clang 16 and g++ 13 on.
#if defined(ASSAY_EMULATED)
#define ASSAY_X86_AVX_IFMA
#elif defined(__x86_64__) && defined(__has_include)
#if __has_include(<avxifmaintrin.h>)
#define ASSAY_X86_AVX_IFMA
#endif
#endif

#if defined(ASSAY_EMULATED)
#define ASSAY_FOR_CPUS_WITH(features)
#else
#define ASSAY_FOR_CPUS_WITH(features) __attribute__((target(features)))
#endif

// ASSAY_LANE: a lane's operation, which is part of what calls it. Where intrinsics are calls, inlining them all would
// take the compiler minutes.
#if defined(ASSAY_EMULATED)
#define ASSAY_LANE static inline
#else
#define ASSAY_LANE static inline __attribute__((always_inline))
#endif
