// What there is to tell about the kernels of signatures and of base64url.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::cli {

struct KernelReport {
  enum class State : std::uint8_t { kUnsupported, kFailed, kUsable };
  struct Line {
    std::string name;
    State state;
  };
  std::vector<Line> kernels;  // compiled in, fastest first
  std::string chosen;         // empty when none could be, for the reason in why_none
  std::string why_none;
};

// ReportKernels: the signature kernels, and which of them is chosen. `wanted`: a kernel by name; empty: the fastest.
// Runs the known-answer self-test of each kernel that this CPU can run.
KernelReport ReportKernels(std::string_view wanted);

// ReportBase64urlKernels: the same of base64url's, among which nobody chooses: the fastest usable one is taken.
KernelReport ReportBase64urlKernels();

}  // namespace assay::cli
