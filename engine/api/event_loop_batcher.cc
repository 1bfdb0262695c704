#include <algorithm>
#include <utility>
#include <vector>

#include "engine/api/batcher.h"
#include "engine/api/engine_impl.h"
#include "engine/api/flusher.h"
#include "engine/api/parked_tokens.h"

namespace assay {

struct EventLoopBatcher::Impl {
  ~Impl() {
    if (signal == nullptr) return;
    const absl::MutexLock lock(&shared.mutex);
    std::erase(shared.key_signals, signal.get());
  }

  EngineImpl& shared;
  const BatcherConfig config;
  Flusher flusher;
  Queue queue;
  std::unique_ptr<ParkedTokens> parked;    // null: wait_for_keys is off
  std::unique_ptr<KeySignal> signal = {};  // null: nobody has asked for it
  std::uint64_t submitted = 0;
  bool flushing = false;
  bool ending = false;  // in the destructor: nobody would flush what a call submits

  bool Due() const { return !queue.empty() && config.clock() - queue.front().since >= config.deadline; }
  bool AnyParked() const { return parked != nullptr && !parked->empty(); }

  // FlushQueue, LookAtParked: require `flushing`.
  void FlushQueue() noexcept;
  void LookAtParked() noexcept;

  // Finish: calls, unless the token is over.
  static void Finish(Waiting& waiting, const Verdict& verdict) {
    const Completion done = std::exchange(waiting.done, {});
    if (done.call != nullptr) done.call(done.context, verdict);
  }
};

void EventLoopBatcher::Impl::FlushQueue() noexcept {
  for (std::size_t left = queue.size(); left > 0; left -= flusher.batch.size()) {
    queue.Pop(std::min(left, config.batch_size), &flusher.batch);
    if (parked == nullptr || ending) {
      flusher.Run(Finish);
      continue;
    }
    const auto pin = parked->Pin();
    flusher.Run([&](Waiting& waiting, const Verdict& verdict) {
      if (verdict.reason() == Reason::kKeyPending && !waiting.over() &&
          parked->Park(waiting.number, waiting.token, waiting.done, *pin, verdict.issuer_index(), config.clock())) {
        waiting.done = {};
      }
      Finish(waiting, verdict);
    });
  }
}

void EventLoopBatcher::Impl::LookAtParked() noexcept {
  if (signal != nullptr) signal->Lower();
  if (!AnyParked()) return;
  const auto pin = parked->Pin();
  parked->BeginLook(*pin, config.clock());
  const std::int64_t now = config.unix_seconds();
  std::vector<Waiting>& batch = flusher.batch;
  do {
    batch.clear();
    while (batch.size() < config.batch_size) {
      const std::optional<ParkedTokens::Due> due = parked->NextDue(*pin);
      if (!due) break;
      batch.push_back({due->bytes, now, due->done, TimePoint(), due->number});
    }
    flusher.Run([&](Waiting& waiting, const Verdict& verdict) {
      const bool pending = verdict.reason() == Reason::kKeyPending;
      if (pending && parked->Keep(waiting.number, *pin, verdict.issuer_index())) return;
      parked->Take(waiting.number);
      Finish(waiting, verdict);
    });
  } while (batch.size() == config.batch_size);
}

EventLoopBatcher::EventLoopBatcher(std::shared_ptr<Engine> engine, BatcherConfig config) {
  const BatcherConfig normalized = Normalized(config);
  std::unique_ptr<ParkedTokens> parked;
  if (normalized.wait_for_keys.count() > 0) {
    parked = std::make_unique<ParkedTokens>(engine, engine->impl_->snapshot, normalized.wait_for_keys);
  }
  EngineImpl& shared = *engine->impl_;
  impl_.reset(new Impl{shared, normalized, Flusher(std::move(engine), normalized.batch_size),
                       Queue(normalized.queue_capacity), std::move(parked)});
}

EventLoopBatcher::~EventLoopBatcher() {
  impl_->ending = true;
  Flush();
  impl_->flushing = true;
  while (impl_->AnyParked()) {
    const Completion done = impl_->parked->TakeFirst();
    done.call(done.context, Verdict());
  }
}

bool EventLoopBatcher::Submit(std::string_view token, std::int64_t now, Completion done, Submission* submission) {
  Impl& impl = *impl_;
  if (impl.ending) return false;
  if (impl.queue.full()) Flush();  // of what calls have submitted; they may do so again
  if (impl.queue.full()) return false;
  // Only the oldest one's time is looked at, and a flush takes all.
  const TimePoint since = impl.queue.empty() || impl.flushing ? impl.config.clock() : TimePoint();
  impl.queue.Push({token, now, done, since, ++impl.submitted});
  if (submission != nullptr) submission->number = impl.submitted;
  if (impl.queue.size() >= impl.config.batch_size) Flush();
  return true;
}

bool EventLoopBatcher::Cancel(Submission submission) {
  Impl& impl = *impl_;
  bool found = impl.parked != nullptr && impl.parked->Take(submission.number);
  const auto cancel = [&](Waiting& waiting) {
    if (waiting.number != submission.number || waiting.over()) return;
    waiting.token = {};
    waiting.done = {};
    found = true;
  };
  if (impl.flushing) std::for_each(impl.flusher.batch.begin(), impl.flusher.batch.end(), cancel);
  if (Waiting* const queued = impl.queue.Find(submission.number)) cancel(*queued);
  return found;
}

void EventLoopBatcher::Flush() {
  Impl& impl = *impl_;
  if (std::exchange(impl.flushing, true)) return;
  impl.LookAtParked();
  impl.FlushQueue();
  impl.flushing = false;
}

void EventLoopBatcher::Poll() {
  Impl& impl = *impl_;
  if (impl.Due()) return Flush();
  if (std::exchange(impl.flushing, true)) return;
  impl.LookAtParked();
  impl.flushing = false;
}

std::optional<std::chrono::nanoseconds> EventLoopBatcher::TimeLeft() const {
  const Impl& impl = *impl_;
  if (impl.queue.empty() && !impl.AnyParked()) return std::nullopt;
  const TimePoint now = impl.config.clock();
  auto left = std::chrono::nanoseconds::max();
  if (!impl.queue.empty()) left = impl.config.deadline - (now - impl.queue.front().since);
  if (impl.AnyParked()) left = std::min<std::chrono::nanoseconds>(left, impl.parked->NextLook() - now);
  return std::max(left, std::chrono::nanoseconds(0));
}

int EventLoopBatcher::KeysFd() {
  Impl& impl = *impl_;
  if (impl.parked == nullptr) return -1;
  if (impl.signal == nullptr) {
    auto signal = std::make_unique<KeySignal>();
    if (signal->fd() < 0) return -1;
    signal->Raise();  // for keys that came before: whoever watches looks once
    const absl::MutexLock lock(&impl.shared.mutex);
    impl.shared.key_signals.push_back(signal.get());
    impl.signal = std::move(signal);
    impl.parked->BeTold();
  }
  return impl.signal->fd();
}

}  // namespace assay
