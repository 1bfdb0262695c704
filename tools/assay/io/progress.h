// A progress bar on stderr, for people who wait: only when stderr is a terminal that nothing else
// writes to, and the input is large.
#pragma once

#include <chrono>
#include <cstdint>

namespace assay::cli {

class Progress {
 public:
  // Progress: `input_fd` is what is read; `output_on_terminal`: results appear on a terminal too.
  Progress(int input_fd, bool output_on_terminal);
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Update: cheap; draws a few times a second.
  void Update(std::uint64_t bytes, std::uint64_t tokens);

  // Clear: takes the bar off the screen.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t total_ = 0;  // bytes; 0: no bar
  bool drawn_ = false;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace assay::cli
