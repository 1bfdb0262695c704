#include "tools/assay/run/kernels.h"

#include "engine/base64url/kernels.h"
#include "engine/verify/registry.h"

namespace assay::cli {
namespace {

template <class AnyKernel, class Test>
KernelReport::Line Look(const AnyKernel& kernel, bool supported, const Test& passes) {
  using State = KernelReport::State;
  const State state = !supported ? State::kUnsupported : passes(kernel) ? State::kUsable : State::kFailed;
  return {std::string(kernel.name), state};
}

}  // namespace

KernelReport ReportKernels(std::string_view wanted) {
  KernelReport report;
  for (const Kernel* kernel : Kernels()) {
    report.kernels.push_back(Look(*kernel, IsSupported(*kernel), PassesSelfTest));
  }
  const Result<const Kernel*> chosen = ChooseKernel(wanted);
  (chosen ? report.chosen : report.why_none) = chosen ? std::string((*chosen)->name) : chosen.error();
  return report;
}

KernelReport ReportBase64urlKernels() {
  KernelReport report;
  for (const base64url::Kernel* kernel : base64url::Kernels()) {
    report.kernels.push_back(Look(*kernel, simd::IsSupported(*kernel), base64url::SelfTest));
  }
  report.chosen = base64url::ActiveKernel().name;
  return report;
}

}  // namespace assay::cli
