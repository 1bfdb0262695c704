// What there is to tell about signature kernels; the one place of the command that knows.
#pragma once

#include <string>
#include <vector>

namespace assay::cli {

struct KernelReport {
  std::vector<std::string> compiled;  // into this build
  std::vector<std::string> usable;    // on this CPU
  std::string chosen;
};

KernelReport ReportKernels();

}  // namespace assay::cli
