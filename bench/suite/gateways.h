// The ways in which a gateway can have its tokens validated one at a time, for the latency sections.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "bench/suite/rows.h"
#include "engine/api/batcher.h"

namespace assay::bench {

// What becomes of one token.
struct Arrival {
  Clock::time_point due;
  Clock::time_point over;
  std::atomic<bool> accepted{false};

  Completion completion() { return {&Arrival::End, this}; }
  static void End(void* context, const Verdict& verdict) noexcept {
    auto& self = *static_cast<Arrival*>(context);
    self.over = Clock::now();
    self.accepted.store(verdict.accepted(), std::memory_order_release);
  }
};

// How the tokens of one thread are dealt with.
class Gateway {
 public:
  virtual ~Gateway() = default;
  // Answers `arrival` now, or keeps it until EndOfTick() at the latest, or leaves it to another thread.
  virtual void Take(std::string_view token, Arrival& arrival) = 0;
  virtual void EndOfTick() {}
};

// No validation: the clock is read for `length`. What the machine itself adds to every figure.
std::unique_ptr<Gateway> MakeNoGateway(std::chrono::nanoseconds length = {});
// Worker::Validate().
std::unique_ptr<Gateway> MakeWorkerGateway(const std::shared_ptr<Engine>& engine);
// EventLoopBatcher::Submit(), and Flush() at the tick's end.
std::unique_ptr<Gateway> MakeLoopGateway(const std::shared_ptr<Engine>& engine);
// Batcher::Submit(), and Batcher::Validate().
std::unique_ptr<Gateway> MakeSubmitGateway(const std::shared_ptr<Batcher>& batcher);
std::unique_ptr<Gateway> MakeWaitGateway(const std::shared_ptr<Batcher>& batcher);

// How often the system has taken the calling thread off its core unasked. Waiting for a lock does not count.
long Preemptions();

}  // namespace assay::bench
