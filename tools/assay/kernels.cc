#include "tools/assay/kernels.h"

#include "engine/verify/registry.h"

namespace assay::cli {

KernelReport ReportKernels(std::string_view wanted) {
  KernelReport report;
  for (const Kernel* kernel : Kernels()) {
    KernelReport::Line line{std::string(kernel->name), KernelReport::State::kUnsupported};
    if (IsSupported(*kernel)) {
      line.state =
          PassesSelfTest(*kernel) ? KernelReport::State::kUsable : KernelReport::State::kFailed;
    }
    report.kernels.push_back(std::move(line));
  }
  const Result<const Kernel*> chosen = ChooseKernel(wanted);
  (chosen ? report.chosen : report.why_none) =
      chosen ? std::string((*chosen)->name) : chosen.error();
  return report;
}

}  // namespace assay::cli
