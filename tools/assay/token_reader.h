// TokenReader: tokens from a stream of lines, in blocks, in constant memory.
//
// A line is one token. A leading `Bearer ` and a trailing carriage return are taken off; lines of
// white space alone are skipped but counted. A line longer than a token may be is cut right after
// the limit, so that the engine finds it too large, and the rest of it is never stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::cli {

// One block of input and the lines in it. Reused; its views point into its own bytes.
struct TokenBlock {
  explicit TokenBlock(std::size_t bytes) : data(std::make_unique_for_overwrite<char[]>(bytes)), capacity(bytes) {}

  struct Line {
    std::uint64_t number;  // physical line, from 1
    std::uint64_t length;  // of the token as it stands in the input, also when it was cut
  };
  std::vector<Line> lines;
  std::vector<std::string_view> tokens;  // as many as lines

  std::unique_ptr<char[]> data;
  std::size_t capacity;
};

class TokenReader {
 public:
  enum class State : std::uint8_t {
    kMore,         // the block is filled; call again
    kEnd,          // the input has ended; the block holds what was left
    kInterrupted,  // `wake_fd` became readable; the block holds complete lines read so far
    kFailed,       // reading failed with error(); the block holds complete lines read so far
  };

  // Reads `fd`. `wake_fd` ends waiting when it becomes readable; -1 for none. A block ends after a
  // multiple of `batch` tokens if it can, and early when the input pauses.
  TokenReader(int fd, int wake_fd, std::size_t max_token_bytes, std::size_t batch);

  // What a block must be able to hold.
  std::size_t block_bytes() const { return block_bytes_; }

  State Fill(TokenBlock* block);

  std::uint64_t bytes_read() const { return bytes_read_; }
  int error() const { return error_; }

 private:
  enum class Wait : std::uint8_t { kReady, kPaused, kWoken };
  Wait WaitForInput(bool forever) const;
  void FindLines(TokenBlock* block);
  void AddLine(TokenBlock* block, std::string_view line, std::uint64_t dropped);
  void KeepRest(TokenBlock* block, std::size_t from);
  void RoundToBatches(TokenBlock* block);
  void AddLastLine(TokenBlock* block);

  const int fd_;
  const int wake_fd_;
  const std::size_t max_line_;  // bytes of a line that are kept
  const std::size_t batch_;
  const std::size_t block_bytes_;

  std::string rest_;        // bytes read but not yet given out: begins at the start of a line
  std::uint64_t line_ = 1;  // number of the line that begins at the scan's start
  std::uint64_t bytes_read_ = 0;
  int error_ = 0;

  // State of one Fill().
  std::size_t used_ = 0;        // bytes in the block
  std::size_t line_start_ = 0;  // start of the first incomplete line
  std::size_t scanned_ = 0;     // no line feed in [line_start_, scanned_)
  bool cutting_ = false;        // the incomplete line is longer than max_line_; the rest is dropped
  std::uint64_t dropped_ = 0;   // bytes of it dropped so far
};

}  // namespace assay::cli
