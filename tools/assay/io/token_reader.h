// TokenReader: tokens from a stream of lines, in blocks, in constant memory.
//
// A line is one token. A leading `Bearer ` and a trailing carriage return are taken off; lines of
// white space alone are skipped but counted, however long they are. A line longer than any token may
// be is cut, and the rest of it is never stored; what was cut is no token, and not to be judged as one.
// What comes out does not depend on how the input arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::cli {

// TokenBlock: one block of input and the lines in it. Reused; its views point into its own bytes.
struct TokenBlock {
  explicit TokenBlock(std::size_t bytes) : data(std::make_unique_for_overwrite<char[]>(bytes)), capacity(bytes) {}

  struct Line {
    std::uint64_t number;  // physical line, from 1
    std::uint64_t length;  // of the token as it stands in the input, also when it was cut
    bool cut = false;      // the token is the beginning of the line only
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

  // TokenReader: reads `fd`. `wake_fd` ends waiting when it becomes readable; -1 for none. A block ends after a
  // multiple of `batch` tokens if it can, and early when the input pauses. Tokens of more than `max_token_bytes` + 1
  // bytes are cut.
  TokenReader(int fd, int wake_fd, std::size_t max_token_bytes, std::size_t batch);

  // FollowLimit: from now on `limit` says how many bytes a token may have, and is asked anew before lines are looked
  // for: a configuration that is read again may change it. A line that was cut by an earlier limit stays cut.
  void FollowLimit(std::function<std::size_t()> limit) { limit_ = std::move(limit); }

  // block_bytes: what a block must be able to hold, whatever the limit becomes. Of that, only what a Fill() uses is
  // touched.
  static std::size_t block_bytes();

  State Fill(TokenBlock* block);

  std::uint64_t bytes_read() const { return bytes_read_; }
  int error() const { return error_; }

 private:
  enum class Wait : std::uint8_t { kReady, kPaused, kWoken };
  Wait WaitForInput(bool forever) const;
  void FindLines(TokenBlock* block);
  void TakeLimit(std::size_t max_token_bytes);
  void AddLine(TokenBlock* block, std::string_view line);
  void Drop(std::string_view part);
  void KeepRest(TokenBlock* block, std::size_t from);
  void RoundToBatches(TokenBlock* block);
  void AddLastLine(TokenBlock* block);

  const int fd_;
  const int wake_fd_;
  std::function<std::size_t()> limit_;
  std::size_t max_token_ = 0;  // bytes of a token that are kept
  std::size_t max_line_ = 0;   // bytes of a line that are kept
  std::size_t fill_ = 0;       // bytes that a block is filled with
  const std::size_t batch_;

  std::string rest_;        // bytes read but not yet given out: begins at the start of a line
  std::uint64_t line_ = 1;  // number of the line that begins at the scan's start
  std::uint64_t bytes_read_ = 0;
  int error_ = 0;

  // State of one Fill().
  std::size_t used_ = 0;        // bytes in the block
  std::size_t line_start_ = 0;  // start of the first incomplete line
  std::size_t scanned_ = 0;     // no line feed in [line_start_, scanned_)

  // What is known of the part of the incomplete line that was dropped because the line is longer than max_line_.
  bool cutting_ = false;
  std::uint64_t dropped_ = 0;
  bool dropped_blank_ = true;  // it is white space alone
  bool dropped_ends_with_cr_ = false;
};

}  // namespace assay::cli
