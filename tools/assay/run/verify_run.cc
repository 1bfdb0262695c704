#include "tools/assay/run/verify_run.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "engine/base/limits.h"
#include "tools/assay/io/bearer.h"
#include "tools/assay/io/console.h"

namespace assay::cli {

struct VerifyRun::Slot {
  explicit Slot(std::size_t bytes) : block(bytes) {}
  TokenBlock block;
  std::string out;
  Stats stats;
  std::uint64_t bytes_read = 0;  // of the input when this block was read
  bool judged = false;
};

// TooLargeForAnyLimit: stands for a token that was cut: the limit may have been raised since, and its beginning be a
// valid token.
static std::string_view TooLargeForAnyLimit() {
  static const std::string text(kMaxTokenBytesCeiling + 1, '.');
  return text;
}

// Judge: judges blocks with one worker.
class VerifyRun::Judge {
 public:
  Judge(const std::shared_ptr<Engine>& engine, const RunSettings& settings)
      : worker_(engine), settings_(settings), verdicts_(settings.batch) {}

  void Run(Slot* slot) {
    TokenBlock& block = slot->block;
    for (std::size_t i = 0; i < block.tokens.size(); ++i) {
      if (block.lines[i].cut) block.tokens[i] = TooLargeForAnyLimit();
    }
    const std::int64_t now = settings_.now.value_or(std::time(nullptr));
    slot->out.clear();
    slot->stats = {};
    const std::span<const std::string_view> tokens(block.tokens);
    for (std::size_t start = 0; start < tokens.size(); start += settings_.batch) {
      const std::size_t count = std::min(settings_.batch, tokens.size() - start);
      const std::span<Verdict> verdicts(verdicts_.data(), count);
      worker_.ValidateBatch(tokens.subspan(start, count), now, verdicts);
      for (std::size_t i = 0; i < count; ++i) {
        const TokenBlock::Line& line = block.lines[start + i];
        slot->stats.Add(verdicts[i].reason());
        AppendVerdict(&slot->out, settings_.format, settings_.colour, line, line.cut, verdicts[i]);
      }
    }
  }

 private:
  Worker worker_;
  const RunSettings& settings_;
  std::vector<Verdict> verdicts_;
};

VerifyRun::VerifyRun(std::shared_ptr<Engine> engine, const RunSettings& settings)
    : engine_(std::move(engine)), settings_(settings) {}

VerifyRun::~VerifyRun() = default;

// Write: writes a judged block and counts it. kInputEnded when that went well.
RunEnd VerifyRun::Write(Slot* slot) {
  try {
    if (!slot->out.empty()) WriteStdout(slot->out);
  } catch (const OutputClosed&) {
    return RunEnd::kOutputClosed;
  } catch (const InputError& error) {
    write_error_ = error.message;
    return RunEnd::kWriteFailed;
  }
  stats_.Add(slot->stats);
  if (progress_ != nullptr) progress_->Update(slot->bytes_read, stats_.tokens());
  return RunEnd::kInputEnded;
}

RunEnd VerifyRun::One(std::string_view token) {
  Slot slot(0);
  token = WithoutBearer(token);
  slot.block.lines.push_back({1, token.size()});
  slot.block.tokens.push_back(token);
  Judge(engine_, settings_).Run(&slot);
  return Write(&slot);
}

RunEnd VerifyRun::Stream(int fd) {
  SignalPipe interrupt(SIGINT, SignalPipe::Repeat::kDefaultAction);
  const auto limit = [this] { return engine_->config()->limits.token_bytes; };
  TokenReader reader(fd, interrupt.fd(), limit(), settings_.batch);
  reader.FollowLimit(limit);
  progress_ = std::make_unique<Progress>(fd, settings_.format != Format::kNone && IsTerminal(STDOUT_FILENO));
  const RunEnd end = settings_.threads == 1 ? StreamAlone(&reader) : StreamThreaded(&reader, &interrupt);
  progress_.reset();
  return end;
}

RunEnd VerifyRun::EndOf(TokenReader::State state, const TokenReader& reader) {
  if (Stopped()) return write_end_;
  if (SignalPipe::Seen(SIGINT)) return RunEnd::kInterrupted;
  if (state != TokenReader::State::kFailed) return RunEnd::kInputEnded;
  read_error_ = reader.error();
  return RunEnd::kReadFailed;
}

RunEnd VerifyRun::StreamAlone(TokenReader* reader) {
  Slot slot(reader->block_bytes());
  Judge judge(engine_, settings_);
  auto state = TokenReader::State::kMore;
  while (state == TokenReader::State::kMore && !Stopped()) {
    state = reader->Fill(&slot.block);
    slot.bytes_read = reader->bytes_read();
    judge.Run(&slot);
    write_end_ = Write(&slot);
  }
  return EndOf(state, *reader);
}

RunEnd VerifyRun::StreamThreaded(TokenReader* reader, SignalPipe* interrupt) {
  for (std::size_t i = 0; i < 2 * settings_.threads + 1; ++i) {
    slots_.push_back(std::make_unique<Slot>(reader->block_bytes()));
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < settings_.threads; ++i) {
    threads.emplace_back([this, interrupt] { JudgeBlocks(interrupt); });
  }
  auto state = TokenReader::State::kMore;
  while (state == TokenReader::State::kMore) {
    Slot* slot = nullptr;
    {
      std::unique_lock lock(mutex_);
      free_condition_.wait(lock, [&] { return filled_ - written_ < slots_.size() || Stopped(); });
      if (Stopped()) break;
      slot = slots_[filled_ % slots_.size()].get();
    }
    state = reader->Fill(&slot->block);
    slot->bytes_read = reader->bytes_read();
    slot->judged = false;
    {
      const std::lock_guard lock(mutex_);
      ++filled_;
    }
    filled_condition_.notify_one();
  }
  {
    const std::lock_guard lock(mutex_);
    no_more_ = true;
  }
  filled_condition_.notify_all();
  for (std::thread& thread : threads) thread.join();
  return EndOf(state, *reader);
}

// JudgeBlocks: what each judging thread does until there are no more blocks.
void VerifyRun::JudgeBlocks(SignalPipe* interrupt) {
  Judge judge(engine_, settings_);
  std::unique_lock lock(mutex_);
  for (;;) {
    filled_condition_.wait(lock, [&] { return taken_ < filled_ || no_more_; });
    if (taken_ == filled_) return;
    Slot* const mine = slots_[taken_++ % slots_.size()].get();
    lock.unlock();
    judge.Run(mine);
    lock.lock();
    mine->judged = true;
    // One thread writes at a time, in order. A block judged meanwhile is seen by this loop, since
    // `judged` is set under the lock before its thread looks at `writing_`.
    while (!writing_ && written_ < taken_ && slots_[written_ % slots_.size()]->judged) {
      Slot* const next = slots_[written_ % slots_.size()].get();
      if (!Stopped()) {
        writing_ = true;
        lock.unlock();
        const RunEnd end = Write(next);
        lock.lock();
        writing_ = false;
        write_end_ = end;
        if (Stopped()) interrupt->Wake();
      }
      next->judged = false;
      ++written_;
      free_condition_.notify_one();
    }
  }
}

}  // namespace assay::cli
