#include "tools/assay/io/progress.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "tools/assay/io/console.h"

namespace assay::cli {
namespace {

constexpr std::uint64_t kLargeBytes = 8 * 1024 * 1024;
constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr int kBarWidth = 30;

}  // namespace

Progress::Progress(int input_fd, bool output_on_terminal) {
  struct stat info;
  if (output_on_terminal || !IsTerminal(STDERR_FILENO) || ::fstat(input_fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return;
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size >= kLargeBytes) total_ = size;
}

void Progress::Update(std::uint64_t bytes, std::uint64_t tokens) {
  if (total_ == 0) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < kInterval) return;
  last_ = now;
  drawn_ = true;
  const double part = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(total_));
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto filled = static_cast<std::size_t>(part * kBarWidth);
  const std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
  char line[160];
  std::snprintf(line, sizeof line, "\r[%s] %3.0f%%  %llu tokens  %.0f/s  %.0f s left\x1b[K", bar.c_str(), part * 100,
                static_cast<unsigned long long>(tokens), static_cast<double>(tokens) / seconds,
                part > 0 ? seconds * (1 - part) / part : 0);
  WriteStderr(line);
}

void Progress::Clear() {
  if (drawn_) WriteStderr("\r\x1b[K");
  drawn_ = false;
}

}  // namespace assay::cli
