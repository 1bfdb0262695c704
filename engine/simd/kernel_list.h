// KernelList: every implementation of one job that is compiled into this binary, in order of preference; the last one
// runs on any CPU. base64url, digest, p256 and rsa have one each. A kernel has at least
//   const char* name;
//   simd::FeatureSet required;        // what the CPU must have
// and its room a SelfTest(const Kernel&), the known-answer test that a kernel must pass before it is used.
#pragma once

#include <span>
#include <string_view>

#include "engine/simd/features.h"

namespace assay::simd {

// IsSupported: whether this CPU, and the operating system on it, can run `kernel`. Thread-safe.
template <class Kernel>
bool IsSupported(const Kernel& kernel) {
  return Has(kernel.required);
}

// KernelList: a view of static storage: copy it freely.
template <class Kernel>
class KernelList : public std::span<const Kernel* const> {
 public:
  using std::span<const Kernel* const>::span;

  // FirstUsable: the first that is supported and passes its self-test here; null when there is none.
  const Kernel* FirstUsable() const {
    for (const Kernel* const kernel : *this) {
      if (IsSupported(*kernel) && SelfTest(*kernel)) return kernel;
    }
    return nullptr;
  }

  // Named: the first of that name that is supported; else the first of that name, so that it can be shown; else null.
  const Kernel* Named(std::string_view name) const {
    const Kernel* found = nullptr;
    for (const Kernel* const kernel : *this) {
      if (kernel->name != name) continue;
      if (IsSupported(*kernel)) return kernel;
      if (found == nullptr) found = kernel;
    }
    return found;
  }
};

}  // namespace assay::simd
