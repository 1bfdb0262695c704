// VerifyRun: the stream of `assay verify`. Reads blocks of tokens, has them judged by one or more
// workers, and writes their results in input order.
//
// # Threads
// The calling thread reads. With one thread it also judges and writes. With several, each judging
// thread takes the next block, and whoever finishes the block that is next in order writes it, and
// those after it that are ready. Memory is a fixed number of blocks.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/api/engine.h"
#include "tools/assay/io/progress.h"
#include "tools/assay/io/signal_pipe.h"
#include "tools/assay/io/token_reader.h"
#include "tools/assay/run/stats.h"
#include "tools/assay/run/verdict_writer.h"

namespace assay::cli {

struct RunSettings {
  Format format = Format::kText;
  bool colour = false;
  std::size_t batch = 256;
  std::size_t threads = 1;
  std::optional<std::int64_t> now;  // the clock's, once a block, otherwise
};

enum class RunEnd : std::uint8_t {
  kInputEnded,
  kInterrupted,   // SIGINT
  kReadFailed,    // errno in read_error()
  kOutputClosed,  // whoever read standard output has gone
  kWriteFailed,   // message in write_error()
};

class VerifyRun {
 public:
  VerifyRun(std::shared_ptr<Engine> engine, const RunSettings& settings);
  ~VerifyRun();

  // Stream: judges the tokens of `fd`, one a line.
  RunEnd Stream(int fd);

  // One: judges one token as line 1.
  RunEnd One(std::string_view token);

  // stats: of the results that were written.
  const Stats& stats() const { return stats_; }
  int read_error() const { return read_error_; }
  const std::string& write_error() const { return write_error_; }

 private:
  struct Slot;
  class Judge;

  RunEnd Write(Slot* slot);
  RunEnd StreamAlone(TokenReader* reader);
  RunEnd StreamThreaded(TokenReader* reader, SignalPipe* interrupt);
  void JudgeBlocks(SignalPipe* interrupt);
  RunEnd EndOf(TokenReader::State state, const TokenReader& reader);
  bool Stopped() const { return write_end_ != RunEnd::kInputEnded; }

  const std::shared_ptr<Engine> engine_;
  const RunSettings settings_;
  Stats stats_;
  int read_error_ = 0;
  RunEnd write_end_ = RunEnd::kInputEnded;  // how writing failed, once it has
  std::string write_error_;
  std::unique_ptr<Progress> progress_;

  // slots_: a ring of blocks: block number n is in slot n % slots. Guarded by mutex_, as is write_end_ while threads
  // run; a slot's content belongs to whoever works on its block.
  std::vector<std::unique_ptr<Slot>> slots_;
  std::mutex mutex_;
  std::condition_variable filled_condition_;
  std::condition_variable free_condition_;
  std::uint64_t filled_ = 0;   // blocks read
  std::uint64_t taken_ = 0;    // blocks that some thread judges or has judged
  std::uint64_t written_ = 0;  // blocks written
  bool writing_ = false;
  bool no_more_ = false;
};

}  // namespace assay::cli
