#include "tools/assay/io/token_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/limits.h"
#include "tools/assay/io/bearer.h"

namespace assay::cli {
namespace {

constexpr std::size_t kBlockBytes = 512 * 1024;
constexpr int kPipeBytes = 1024 * 1024;
// Input that brings nothing for this long has paused: what there is gets judged and printed.
constexpr int kPauseMilliseconds = 2;

// LineOf: bytes of a line that are kept when its token may have `token_bytes`: one more, so that the engine finds it
// too large.
std::size_t LineOf(std::size_t token_bytes) { return kBearer.size() + token_bytes + 1; }
std::size_t FillOf(std::size_t line_bytes) { return std::max(kBlockBytes, 8 * line_bytes); }

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

TokenReader::TokenReader(int fd, int wake_fd, std::size_t max_token_bytes, std::size_t batch)
    : fd_(fd), wake_fd_(wake_fd), batch_(batch) {
  TakeLimit(max_token_bytes);
  // Fewer, larger reads; harmless where the input is no pipe.
  (void)::fcntl(fd_, F_SETPIPE_SZ, kPipeBytes);
}

std::size_t TokenReader::block_bytes() { return FillOf(LineOf(kMaxTokenBytesCeiling)); }

void TokenReader::TakeLimit(std::size_t max_token_bytes) {
  const std::size_t bytes = std::min(max_token_bytes, kMaxTokenBytesCeiling);
  max_token_ = bytes + 1;
  max_line_ = LineOf(bytes);
  fill_ = FillOf(max_line_);
}

TokenReader::State TokenReader::Fill(TokenBlock* block) {
  block->lines.clear();
  block->tokens.clear();
  used_ = rest_.size();
  line_start_ = 0;
  scanned_ = cutting_ ? used_ : 0;
  if (used_ > 0) std::memcpy(block->data.get(), rest_.data(), used_);
  for (;;) {
    if (limit_) TakeLimit(limit_());
    FindLines(block);
    if (used_ >= fill_) {
      RoundToBatches(block);
      return State::kMore;
    }
    const Wait wait = WaitForInput(block->tokens.empty());
    if (wait != Wait::kReady) {
      KeepRest(block, line_start_);
      return wait == Wait::kPaused ? State::kMore : State::kInterrupted;
    }
    const ssize_t got = ::read(fd_, block->data.get() + used_, fill_ - used_);
    if (got > 0) {
      used_ += static_cast<std::size_t>(got);
      bytes_read_ += static_cast<std::uint64_t>(got);
    } else if (got == 0) {
      AddLastLine(block);
      return State::kEnd;
    } else if (errno != EINTR && errno != EAGAIN) {
      error_ = errno;
      return State::kFailed;
    }
  }
}

TokenReader::Wait TokenReader::WaitForInput(bool forever) const {
  pollfd fds[] = {{fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
  for (;;) {
    const int ready = ::poll(fds, 2, forever ? -1 : kPauseMilliseconds);
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0 && fds[1].revents != 0) return Wait::kWoken;
    return ready == 0 ? Wait::kPaused : Wait::kReady;
  }
}

// FindLines: takes the complete lines of [line_start_, used_).
void TokenReader::FindLines(TokenBlock* block) {
  char* const data = block->data.get();
  for (;;) {
    const void* const found = std::memchr(data + scanned_, '\n', used_ - scanned_);
    if (found == nullptr) break;
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - data);
    if (cutting_) {
      // data[line_start_, scanned_) is the kept part; [scanned_, end) is dropped too.
      Drop({data + scanned_, end - scanned_});
      AddLine(block, {data + line_start_, scanned_ - line_start_});
    } else {
      AddLine(block, {data + line_start_, end - line_start_});
    }
    line_start_ = scanned_ = end + 1;
  }
  if (!cutting_ && used_ - line_start_ <= max_line_) {
    scanned_ = used_;
    return;
  }
  if (!cutting_) scanned_ = line_start_ + max_line_;
  cutting_ = true;
  Drop({data + scanned_, used_ - scanned_});
  used_ = scanned_;
}

// Drop: takes note of a part of the line that is not kept.
void TokenReader::Drop(std::string_view part) {
  if (part.empty()) return;
  dropped_ += part.size();
  dropped_blank_ = dropped_blank_ && IsBlank(part);
  dropped_ends_with_cr_ = part.ends_with('\r');
}

// AddLine: takes a whole line, whose beginning is `line` when some of it was dropped. Whether it is cut depends on its
// length alone, not on how it arrived.
void TokenReader::AddLine(TokenBlock* block, std::string_view line) {
  const std::uint64_t number = line_++;
  std::uint64_t dropped = std::exchange(dropped_, 0);
  const bool rest_is_blank = std::exchange(dropped_blank_, true);
  const bool rest_ends_with_cr = std::exchange(dropped_ends_with_cr_, false);
  cutting_ = false;
  if (rest_is_blank && IsBlank(line)) return;
  if (dropped > 0) {
    if (rest_ends_with_cr) --dropped;
  } else if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  const std::string_view whole = WithoutBearer(line);
  const std::string_view token = whole.substr(0, max_token_);
  block->lines.push_back({number, whole.size() + dropped, token.size() < whole.size() + dropped});
  block->tokens.push_back(token);
}

void TokenReader::KeepRest(TokenBlock* block, std::size_t from) {
  rest_.assign(block->data.get() + from, used_ - from);
}

// RoundToBatches: gives back the lines of a full block after the last whole batch, unless there is no whole batch.
void TokenReader::RoundToBatches(TokenBlock* block) {
  const std::size_t over = block->tokens.size() % batch_;
  const std::size_t keep = block->tokens.size() - over;
  bool whole = true;  // what was cut cannot be read again
  for (std::size_t i = keep; i < block->tokens.size(); ++i) {
    whole = whole && !block->lines[i].cut;
  }
  if (over == 0 || keep == 0 || cutting_ || !whole) {
    KeepRest(block, line_start_);
    return;
  }
  line_ = block->lines[keep].number;
  // The line begins at its token, or at the `Bearer ` in front of it.
  const char* start = block->tokens[keep].data();
  while (start > block->data.get() && start[-1] != '\n') --start;
  block->lines.resize(keep);
  block->tokens.resize(keep);
  KeepRest(block, static_cast<std::size_t>(start - block->data.get()));
}

void TokenReader::AddLastLine(TokenBlock* block) {
  if (line_start_ < used_) {
    AddLine(block, {block->data.get() + line_start_, used_ - line_start_});
  }
  rest_.clear();
}

}  // namespace assay::cli
