#include <algorithm>
#include <utility>

#include "engine/api/batcher.h"
#include "engine/api/flusher.h"

namespace assay {

struct EventLoopBatcher::Impl {
  const BatcherConfig config;
  Flusher flusher;
  Queue queue;
  bool flushing = false;
  bool ending = false;  // in the destructor: nobody would flush what a call submits

  bool Due() const { return !queue.empty() && config.clock() - queue.front().since >= config.deadline; }
};

EventLoopBatcher::EventLoopBatcher(std::shared_ptr<Engine> engine, BatcherConfig config) {
  const BatcherConfig normalized = Normalized(config);
  impl_.reset(
      new Impl{normalized, Flusher(std::move(engine), normalized.batch_size), Queue(normalized.queue_capacity)});
}

EventLoopBatcher::~EventLoopBatcher() {
  impl_->ending = true;
  Flush();
}

bool EventLoopBatcher::Submit(std::string_view token, std::int64_t now, Completion done) {
  Impl& impl = *impl_;
  if (impl.ending) return false;
  if (impl.queue.full()) Flush();  // of what calls have submitted; they may do so again
  if (impl.queue.full()) return false;
  // Only the oldest one's time is looked at, and a flush takes all.
  const TimePoint since = impl.queue.empty() || impl.flushing ? impl.config.clock() : TimePoint();
  impl.queue.Push({token, now, done, since});
  if (impl.queue.size() >= impl.config.batch_size) Flush();
  return true;
}

void EventLoopBatcher::Flush() {
  Impl& impl = *impl_;
  if (std::exchange(impl.flushing, true)) return;
  for (std::size_t left = impl.queue.size(); left > 0; left -= impl.flusher.batch.size()) {
    impl.queue.Pop(std::min(left, impl.config.batch_size), &impl.flusher.batch);
    impl.flusher.Run();
  }
  impl.flushing = false;
}

void EventLoopBatcher::Poll() {
  if (impl_->Due()) Flush();
}

std::optional<std::chrono::nanoseconds> EventLoopBatcher::TimeLeft() const {
  const Impl& impl = *impl_;
  if (impl.queue.empty()) return std::nullopt;
  const std::chrono::nanoseconds waited = impl.config.clock() - impl.queue.front().since;
  return std::max(impl.config.deadline - waited, std::chrono::nanoseconds(0));
}

}  // namespace assay
