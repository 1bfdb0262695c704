#include "engine/verify/registry.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

namespace assay {
namespace {

Kernel Assemble(std::string_view name) {
  return {name, p256::Es256Kernels().Named(name), rsa::RsaKernels().Named(name)};
}

std::string SupportedNames() {
  std::string names;
  for (const Kernel* kernel : Kernels()) {
    if (!IsSupported(*kernel)) continue;
    if (!names.empty()) names += ", ";
    names += kernel->name;
  }
  return names;
}

}  // namespace

std::span<const Kernel* const> Kernels() {
  static const std::vector<Kernel> kKernels = [] {
    std::vector<Kernel> all = {Assemble("avx512ifma"), Assemble("avxifma"),    Assemble("avx512f"),
                               Assemble("avx2"),       Assemble("portable64"), Assemble("boringssl")};
    std::erase_if(all, [](const Kernel& kernel) { return kernel.name.starts_with("avx") && kernel.rsa == nullptr; });
    return all;
  }();
  static const std::vector<const Kernel*> kAll = [] {
    std::vector<const Kernel*> all;
    for (const Kernel& kernel : kKernels) all.push_back(&kernel);
    return all;
  }();
  return kAll;
}

bool IsSupported(const Kernel& kernel) {
  return (kernel.es256 == nullptr || simd::IsSupported(*kernel.es256)) &&
         (kernel.rsa == nullptr || simd::IsSupported(*kernel.rsa));
}

bool PassesSelfTest(const Kernel& kernel) {
  static std::mutex mutex;
  static std::map<const Kernel*, bool> results;
  const std::lock_guard lock(mutex);
  const auto known = results.find(&kernel);
  if (known != results.end()) return known->second;
  const bool passed = (kernel.es256 == nullptr || p256::SelfTest(*kernel.es256)) &&
                      (kernel.rsa == nullptr || rsa::SelfTest(*kernel.rsa));
  results.emplace(&kernel, passed);
  return passed;
}

Result<const Kernel*> ChooseKernel(std::string_view name) {
  for (const Kernel* kernel : Kernels()) {
    if (!name.empty() && kernel->name != name) continue;
    const bool forced = !name.empty();
    if (!IsSupported(*kernel)) {
      if (!forced) continue;
      return Error{"kernel " + std::string(name) + ": this CPU lacks what it needs (supported: " + SupportedNames() +
                   ")"};
    }
    if (!PassesSelfTest(*kernel)) {
      if (!forced) continue;
      return Error{"kernel " + std::string(name) + ": failed its self-test on this machine"};
    }
    return kernel;
  }
  return Error{"there is no such kernel (supported: " + SupportedNames() + ")"};
}

}  // namespace assay
