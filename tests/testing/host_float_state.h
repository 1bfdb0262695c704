// The host's floating-point state (MXCSR), which no kernel may depend on or change.
#pragma once

#if defined(__x86_64__)

#include <gtest/gtest.h>

#include <string>

namespace assay::testing {

// ExpectNoTraceIn: for whatever rounding, flushing, traps and flags a host may have set: runs `work` under it, looks
// whether it is the same afterwards, and then has `check` look at what came of it, under the test's own.
template <class Work, class Check>
void ExpectNoTraceIn(const Work& work, const Check& check) {
  constexpr unsigned kAllMasked = 0x1F80;
  for (const unsigned rounding : {0x0000u, 0x2000u, 0x4000u, 0x6000u}) {
    for (const unsigned flushing : {0x0000u, 0x0040u, 0x8000u, 0x8040u}) {
      for (const unsigned masks : {kAllMasked, 0u}) {
        for (const unsigned flags : {0x00u, 0x3Fu}) {
          if (masks == 0 && flags != 0) continue;  // would trap at once
          const unsigned host = rounding | flushing | masks | flags;
          SCOPED_TRACE(std::to_string(host));
          const unsigned before = __builtin_ia32_stmxcsr();
          __builtin_ia32_ldmxcsr(host);
          work();
          const unsigned after = __builtin_ia32_stmxcsr();
          __builtin_ia32_ldmxcsr(before);
          ASSERT_EQ(after, host);
          ASSERT_NO_FATAL_FAILURE(check());
        }
      }
    }
  }
}

}  // namespace assay::testing

#endif
