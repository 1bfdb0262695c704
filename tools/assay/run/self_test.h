// Self-tests for `assay doctor`: each algorithm, through the whole engine, with a fresh key.
#pragma once

#include <string>
#include <vector>

namespace assay::cli {

struct SelfTestResult {
  std::string name;
  std::string failure;  // empty: passed
};

// RunSelfTests: with the named kernel, for each algorithm a token that must be accepted and, with its signature
// changed, must be `bad_signature`.
std::vector<SelfTestResult> RunSelfTests(const std::string& kernel);

}  // namespace assay::cli
