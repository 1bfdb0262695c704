// Whether AddressSanitizer or ThreadSanitizer is built in: everything takes longer then, and what is freed
// stays resident. kThreadSanitized: the latter alone.
#pragma once

namespace assay::testing {

// g++ defines these; clang has features instead.
#if !defined(__has_feature)
#define ASSAY_HAS_FEATURE(name) 0
#else
#define ASSAY_HAS_FEATURE(name) __has_feature(name)
#endif
#if defined(__SANITIZE_THREAD__) || ASSAY_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kThreadSanitized = true;
#else
inline constexpr bool kThreadSanitized = false;
#endif
#if defined(__SANITIZE_ADDRESS__) || ASSAY_HAS_FEATURE(address_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = kThreadSanitized;
#endif
#undef ASSAY_HAS_FEATURE

}  // namespace assay::testing
