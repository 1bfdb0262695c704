// Self-tests for `assay doctor`: each algorithm, through the whole engine, with a fresh key.
#pragma once

#include <string>
#include <vector>

namespace assay::cli {

struct SelfTestResult {
  std::string name;
  std::string failure;  // empty: passed
};

// For each algorithm a token that must be accepted and, with one bit of its signature flipped, must be
// `bad_signature` (or whatever the flip makes of it: never accepted).
std::vector<SelfTestResult> RunSelfTests();

}  // namespace assay::cli
