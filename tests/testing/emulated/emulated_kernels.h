// The x86-64 kernels compiled for any CPU, over intrinsics in plain C++, so that no kernel's tests
// depend on the machine. Their names end in "_emulated", and nothing is required of the CPU.
//
// A further kernel joins with a file here that includes its .cc, as sha256.cc does, and with the
// intrinsics that x86/immintrin.h has not yet.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base64url/kernels.h"
#include "engine/digest/sha256_batch.h"
#include "engine/p256/es256.h"
#include "engine/rsa/rsa_verify.h"
#include "tests/testing/sanitizers.h"

namespace assay::testing {

std::vector<const Sha256Kernel*> EmulatedSha256Kernels();
std::vector<const base64url::Kernel*> EmulatedBase64urlKernels();
std::vector<const p256::Es256Kernel*> EmulatedEs256Kernels();
std::vector<const rsa::RsaKernel*> EmulatedRsaKernels();

// ASSAY_TEST_EMULATE=1 in the environment: kernels with an emulated copy are tested by it alone, as on
// a CPU that lacks what they need.
inline bool OnlyEmulated() {
  const char* const text = std::getenv("ASSAY_TEST_EMULATE");
  return text != nullptr && std::strcmp(text, "1") == 0;
}

// What the emulated copies spare the CPU.
inline constexpr simd::FeatureSet kEmulated =
    simd::kAvx512 | simd::kAvx512Ifma | simd::kAvx512Vbmi | simd::kAvx2 | simd::kFma | simd::kAvxIfma | simd::kShaNi;

// True when this process runs, natively, what needs `required`.
inline bool RunsNatively(simd::FeatureSet required) {
  return simd::Has(required) && !(OnlyEmulated() && (required & kEmulated) != 0);
}

// RoundingIgnored: while it lives, emulated kernels of this thread get no rounding toward zero.
class RoundingIgnored {
 public:
  RoundingIgnored();
  ~RoundingIgnored();
  RoundingIgnored(const RoundingIgnored&) = delete;
  RoundingIgnored& operator=(const RoundingIgnored&) = delete;
};

inline bool IsEmulated(const p256::Es256Kernel& kernel) { return std::strcmp(kernel.variant, "emulated") == 0; }
template <class Kernel>
bool IsEmulated(const Kernel& kernel) {
  return std::strstr(kernel.name, "_emulated") != nullptr;
}

// IsCopyOf: whether `emulated` is the copy of `native`: by its name, with or without "_emulated".
template <class Kernel>
bool IsCopyOf(const Kernel& emulated, const Kernel& native) {
  const std::string_view name = emulated.name, of = native.name;
  return name.starts_with(of) && (name.size() == of.size() || name.substr(of.size()) == "_emulated");
}

// Of `all`, those that run natively here; then the emulated ones. Prints each. Under a sanitizer, where an emulated
// copy takes minutes, those of kernels that run natively are left to the other builds.
template <class Kernel>
std::vector<const Kernel*> TestedKernels(simd::KernelList<Kernel> all, std::vector<const Kernel*> emulated) {
  std::vector<const Kernel*> tested;
  for (const Kernel* kernel : all) {
    if (RunsNatively(kernel->required)) tested.push_back(kernel);
  }
  if (kSanitized) {
    std::erase_if(emulated, [&](const Kernel* copy) {
      return std::any_of(tested.begin(), tested.end(), [&](const Kernel* native) { return IsCopyOf(*copy, *native); });
    });
  }
  for (const Kernel* kernel : tested) std::printf("kernel %s: native\n", kernel->name);
  for (const Kernel* kernel : emulated) std::printf("kernel %s: emulated\n", kernel->name);
  tested.insert(tested.end(), emulated.begin(), emulated.end());
  return tested;
}

inline std::vector<const Sha256Kernel*> TestedSha256Kernels() {
  return TestedKernels(Sha256Kernels(), EmulatedSha256Kernels());
}
inline std::vector<const base64url::Kernel*> TestedBase64urlKernels() {
  return TestedKernels(base64url::Kernels(), EmulatedBase64urlKernels());
}
inline std::vector<const p256::Es256Kernel*> TestedEs256Kernels() {
  return TestedKernels(p256::Es256Kernels(), EmulatedEs256Kernels());
}
inline std::vector<const rsa::RsaKernel*> TestedRsaKernels() {
  return TestedKernels(rsa::RsaKernels(), EmulatedRsaKernels());
}

}  // namespace assay::testing
