// Request: a batcher's caller, and the clock that tests of batchers set.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "engine/api/batcher.h"

namespace assay::testing {

inline std::chrono::steady_clock::time_point pinned_time;
inline std::chrono::steady_clock::time_point PinnedClock() { return pinned_time; }

// What became of one token.
struct Request {
  std::vector<Reason> verdicts;
  std::string subject;
  std::function<void()> then;

  Completion completion() { return {&Request::OnVerdict, this}; }

  static void OnVerdict(void* context, const Verdict& verdict) noexcept {
    auto& self = *static_cast<Request*>(context);
    self.verdicts.push_back(verdict.reason());
    if (verdict.accepted()) self.subject = verdict.claims()->subject().value_or("");
    if (self.then) self.then();
  }

  bool Has(Reason reason) const { return verdicts == std::vector<Reason>{reason}; }
  bool Waits() const { return verdicts.empty(); }
};

}  // namespace assay::testing
