#include "engine/api/batcher.h"

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>
#include <vector>

#include "engine/api/flusher.h"

namespace assay {
namespace {

void Call(const Waiting& waiting, const Verdict& verdict) { waiting.done.call(waiting.done.context, verdict); }

}  // namespace

Completion Ticket::completion() {
  done_.store(false, std::memory_order_relaxed);
  verdict_ = {};
  return {&Ticket::Fill, this};
}

void Ticket::Fill(void* ticket, const Verdict& verdict) noexcept {
  auto& self = *static_cast<Ticket*>(ticket);
  try {
    self.verdict_ = verdict.Own();
  } catch (...) {  // out of memory: `unset` stays
  }
  self.done_.store(true, std::memory_order_release);
}

// Admission: queue only when over 80 % of the flushers were busy at recent Submits (EWMA over 64). Below that a thread
// has time for its own token, and queueing only adds latency. Above it tokens wait in any case, and a batch's lower
// cost per token shortens the wait. The utilization is sampled at Submit(): each of two event loops with a load of 0.9
// finds the other busy nine times of ten.
//
// Invariant, whenever `mutex` is free: while the queue is not empty, a flusher is running, and the last one to stop
// leaves it empty. So no token is left behind, though only submitters do any work.
struct Batcher::Impl {
  Impl(std::shared_ptr<Engine> engine, const BatcherConfig& config_in)
      : config(config_in), queue(config.queue_capacity) {
    for (std::size_t i = 0; i < config.workers; ++i) {
      all.push_back(std::make_unique<Flusher>(engine, config.batch_size));
      idle.push_back(all.back().get());
    }
  }

  bool Submit(std::string_view token, std::int64_t now, Completion done) ABSL_LOCKS_EXCLUDED(mutex);

  // FlushIfDue, Flush: `mutex` is free while they validate.
  void FlushIfDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // After this many batches for others a flusher continues only while no other one is running.
  static constexpr int kMaxForeignBatches = 4;

  std::size_t Busy() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return all.size() - idle.size(); }

  // FlushThreshold: the queue length at which a further flusher starts: 1 under 80 % utilization, growing to a batch at
  // 100 %. Quartered per batch that a flusher ran for others, whose thread has work of its own.
  std::size_t FlushThreshold() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  const BatcherConfig config;
  std::vector<std::unique_ptr<Flusher>> all;

  absl::Mutex mutex;  // never held while validating or calling back
  Queue queue ABSL_GUARDED_BY(mutex);
  std::vector<Flusher*> idle ABSL_GUARDED_BY(mutex);  // a stack (LIFO): the one used last has the warmest cache
  // Busy flushers at the last Submits: exponentially weighted moving average, and decaying maximum, which with few
  // threads is all but the submitting one.
  double busy_ewma ABSL_GUARDED_BY(mutex) = 0;
  double busy_peak ABSL_GUARDED_BY(mutex) = 0;
  int foreign_batches ABSL_GUARDED_BY(mutex) = 0;  // run for others by the flushers that are running

  absl::Mutex sleep_mutex ABSL_ACQUIRED_AFTER(mutex);  // guards nothing: who takes it wakes those whose token is done
};

Batcher::Batcher(std::shared_ptr<Engine> engine, BatcherConfig config)
    : impl_(std::make_unique<Impl>(std::move(engine), Normalized(config))) {}

Batcher::~Batcher() = default;

bool Batcher::Impl::Submit(std::string_view token, std::int64_t now, Completion done) {
  const absl::MutexLock lock(&mutex);
  if (queue.full()) return false;
  constexpr double kWindow = 64;  // Submits
  const auto busy = static_cast<double>(Busy());
  busy_ewma += (busy - busy_ewma) / kWindow;
  busy_peak = std::max(busy, busy_peak - busy_peak / (16 * kWindow));
  if (Busy() == 0) {
    queue.Push({token, now, done, TimePoint()});
    Flush();
    return true;
  }
  queue.Push({token, now, done, config.clock()});
  if (queue.size() >= FlushThreshold()) {
    Flush();
  } else {
    FlushIfDue();
  }
  return true;
}

std::size_t Batcher::Impl::FlushThreshold() const {
  constexpr double kQueueAbove = 0.8;  // this, the power and kWindow by measurement: `bench_suite latency`
  const double utilization = busy_ewma / std::max(busy_peak, 1.0);
  if (utilization <= kQueueAbove || foreign_batches >= kMaxForeignBatches) return 1;
  const double excess = (utilization - kQueueAbove) / (1 - kQueueAbove);
  const double more = excess * excess * excess * static_cast<double>(config.batch_size - 1);
  return 1 + (static_cast<std::size_t>(std::lround(more)) >> (2 * foreign_batches));
}

void Batcher::Impl::FlushIfDue() {
  if (!queue.empty() && config.clock() - queue.front().since >= config.deadline) Flush();
}

void Batcher::Impl::Flush() {
  if (queue.empty() || idle.empty()) return;
  Flusher& flusher = *idle.back();
  idle.pop_back();
  foreign_batches = 0;
  int own_foreign_batches = 0;
  while (true) {
    queue.Pop(config.batch_size, &flusher.batch);
    mutex.Unlock();
    flusher.Run(Call);
    mutex.Lock();
    // Leave the rest to the other flushers, if any, when it is below the threshold, or when this one has run enough for
    // others: once it is idle, the next submitter takes its place.
    const bool may_leave = queue.size() < FlushThreshold() || own_foreign_batches >= kMaxForeignBatches;
    if (queue.empty() || (Busy() > 1 && may_leave)) break;
    ++own_foreign_batches;
    ++foreign_batches;
  }
  idle.push_back(&flusher);
}

bool Batcher::Submit(std::string_view token, std::int64_t now, Completion done) {
  return impl_->Submit(token, now, done);
}

namespace {

// Sleeper: a thread that waits in Validate(), on its stack. Dangling once `state` is kDone: the waiter may return.
struct Sleeper {
  enum State : int { kAwake, kAsleep, kDone };
  Completion done;
  absl::Mutex& mutex;
  std::atomic<State> state{kAwake};

  bool answered() const { return state.load(std::memory_order_acquire) == kDone; }

  static void Call(void* context, const Verdict& verdict) noexcept {
    auto& self = *static_cast<Sleeper*>(context);
    absl::Mutex& mutex = self.mutex;
    self.done.call(self.done.context, verdict);
    if (self.state.exchange(kDone) == kAsleep) const absl::MutexLock wakes(&mutex);
  }
};

}  // namespace

bool Batcher::Validate(std::string_view token, std::int64_t now, Completion done) {
  constexpr int kSpins = 64;  // between reads of the clock
  Impl& impl = *impl_;
  Sleeper self{done, impl.sleep_mutex};
  if (!impl.Submit(token, now, {&Sleeper::Call, &self})) return false;
  if (self.answered()) return true;
  const TimePoint give_up = impl.config.clock() + impl.config.deadline;
  do {
    for (int i = 0; i < kSpins; ++i) {
      if (self.answered()) return true;
    }
    std::this_thread::yield();
  } while (impl.config.clock() < give_up);
  Poll();
  const absl::MutexLock lock(&impl.sleep_mutex);
  Sleeper::State awake = Sleeper::kAwake;
  self.state.compare_exchange_strong(awake, Sleeper::kAsleep);
  impl.sleep_mutex.Await(absl::Condition(&self, &Sleeper::answered));
  return true;
}

void Batcher::Flush() {
  const absl::MutexLock lock(&impl_->mutex);
  impl_->Flush();
}

void Batcher::Poll() {
  const absl::MutexLock lock(&impl_->mutex);
  impl_->FlushIfDue();
}

}  // namespace assay
