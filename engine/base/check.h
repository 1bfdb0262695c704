// ASSAY_CHECK(condition): a broken invariant ends the process, in every build. For what can only be
// a bug of this library; never for anything that input could cause.
#pragma once

#include <cstdio>
#include <cstdlib>

#define ASSAY_CHECK(condition)                                                                   \
  do {                                                                                           \
    if (!(condition)) [[unlikely]] {                                                             \
      std::fprintf(stderr, "assay: check failed: %s (%s:%d)\n", #condition, __FILE__, __LINE__); \
      std::abort();                                                                              \
    }                                                                                            \
  } while (0)
