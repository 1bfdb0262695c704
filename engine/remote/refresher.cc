#include "engine/remote/refresher.h"

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <algorithm>
#include <deque>
#include <random>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/remote/fetch_http.h"
#include "engine/remote/issuer_refresh.h"

namespace assay::remote {
namespace {

// Normalized: `options` with defaults for what is null and every number in range.
RefresherOptions Normalized(RefresherOptions options) {
  if (options.fetcher == nullptr) options.fetcher = std::make_shared<HttpFetcher>();
  if (options.clock == nullptr) options.clock = &Clock::System();
  options.max_parallel_fetches = std::max<std::size_t>(options.max_parallel_fetches, 1);
  options.poll_interval = std::max(options.poll_interval, std::chrono::milliseconds(1));
  return options;
}

}  // namespace

struct Refresher::Impl {
  using IssuerPointer = std::shared_ptr<IssuerRefresh>;
  using Issuers = std::vector<IssuerPointer>;

  Impl(std::shared_ptr<Engine> followed_engine, RefresherOptions options) : engine(std::move(followed_engine)) {
    context.options = Normalized(std::move(options));
    if (!context.options.key_folder.empty()) context.store = std::make_unique<KeyStore>(context.options.key_folder);
    Follow();
  }

  Issuers Snapshot() ABSL_LOCKS_EXCLUDED(mutex) {
    const absl::MutexLock lock(&mutex);
    return issuers;
  }

  // Follow: sets `issuers` from the configuration in force. Called by the constructor, then by the scheduling thread.
  void Follow() {
    const std::shared_ptr<const EngineConfig> now = engine->config();
    if (now == followed) return;
    const Issuers before = Snapshot();
    Issuers next;
    for (KeyFeed& feed : KeyFeed::All(engine)) {  // of a yet newer configuration, maybe: then they are looked at again
      if (!IsFetched(feed.issuer().keys)) continue;
      const auto old = std::find_if(before.begin(), before.end(),
                                    [&](const IssuerPointer& issuer) { return issuer->feed().HasSourceOf(feed); });
      if (old != before.end()) {
        (*old)->Reconfigure(feed.issuer().refresh);
        next.push_back(*old);
      } else {
        next.push_back(std::make_shared<IssuerRefresh>(context, std::move(feed), random()));
        next.back()->LoadStored();
      }
    }
    followed = now;
    const absl::MutexLock lock(&mutex);
    issuers = std::move(next);
  }

  // Queue: claims the fetches that are due and queues them.
  void Queue() {
    Follow();
    for (const IssuerPointer& issuer : Snapshot()) {
      if (!issuer->Claim()) continue;
      const absl::MutexLock lock(&mutex);
      queue.push_back(issuer);
    }
  }

  // StartWorkers: starts threads for queued issuers, up to max_parallel_fetches, beside those that are idle.
  void StartWorkers() {
    const absl::MutexLock lock(&mutex);
    for (std::size_t waiting = queue.size(); waiting > idle && workers.size() < context.options.max_parallel_fetches;
         --waiting) {
      try {
        workers.emplace_back([this](std::stop_token stop) { Work(std::move(stop)); });
      } catch (const std::system_error&) {
        break;  // no more threads: the existing ones go on
      }
    }
  }

  // Work: a worker's loop: one queued fetch after the other, until stopped.
  void Work(std::stop_token stop) {
    while (const IssuerPointer issuer = NextQueued()) {
      issuer->Fetch(stop);
      const absl::MutexLock wakes_who_waits_for_fetches(&mutex);
    }
  }

  // NextQueued: waits for one; null when stopped.
  IssuerPointer NextQueued() ABSL_LOCKS_EXCLUDED(mutex) {
    const auto wanted = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return stopping || !queue.empty(); };
    const absl::MutexLock lock(&mutex);
    ++idle;
    mutex.Await(absl::Condition(&wanted));
    --idle;
    return stopping ? nullptr : PopQueued();
  }

  IssuerPointer PopQueued() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    IssuerPointer issuer = std::move(queue.front());
    queue.pop_front();
    return issuer;
  }

  void Schedule() ABSL_LOCKS_EXCLUDED(mutex) {
    for (bool stopped = false; !stopped;) {
      Queue();
      StartWorkers();
      const absl::MutexLock lock(&mutex);
      stopped = mutex.AwaitWithTimeout(absl::Condition(&stopping), absl::FromChrono(context.options.poll_interval));
    }
  }

  const std::shared_ptr<Engine> engine;
  RefreshContext context;
  std::shared_ptr<const EngineConfig> followed;  // this and `random`: of the scheduling thread alone
  std::mt19937_64 random{std::random_device{}()};

  absl::Mutex mutex;
  Issuers issuers ABSL_GUARDED_BY(mutex);
  std::deque<IssuerPointer> queue ABSL_GUARDED_BY(mutex);  // claimed, not yet fetched
  std::size_t idle ABSL_GUARDED_BY(mutex) = 0;
  bool started ABSL_GUARDED_BY(mutex) = false;
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::vector<std::jthread> workers ABSL_GUARDED_BY(mutex);
  std::jthread scheduler;
};

Refresher::Refresher(std::shared_ptr<Engine> engine, RefresherOptions options)
    : impl_(std::make_unique<Impl>(std::move(engine), std::move(options))) {}

Refresher::~Refresher() { Stop(); }

void Refresher::Start() {
  {
    const absl::MutexLock lock(&impl_->mutex);
    if (std::exchange(impl_->started, true)) return;
  }
  impl_->scheduler = std::jthread([impl = impl_.get()] { impl->Schedule(); });
}

void Refresher::Stop() {
  {
    const absl::MutexLock lock(&impl_->mutex);
    if (!std::exchange(impl_->started, false)) return;
    impl_->stopping = true;
  }
  impl_->scheduler.join();
  std::vector<std::jthread> workers;
  {
    const absl::MutexLock lock(&impl_->mutex);
    workers.swap(impl_->workers);
  }
  for (std::jthread& worker : workers) worker.request_stop();
  workers.clear();  // joins
  const absl::MutexLock lock(&impl_->mutex);
  impl_->stopping = false;
}

void Refresher::RunDue() {
  impl_->Queue();
  for (;;) {
    Impl::IssuerPointer issuer;
    {
      const absl::MutexLock lock(&impl_->mutex);
      if (impl_->queue.empty()) return;
      issuer = impl_->PopQueued();
    }
    issuer->Fetch({});
  }
}

bool Refresher::AwaitFirstFetches(std::chrono::milliseconds at_most) {
  const Impl::Issuers issuers = impl_->Snapshot();
  const auto fetched = [&] {
    return std::all_of(issuers.begin(), issuers.end(), [](const auto& issuer) { return issuer->has_fetched(); });
  };
  const absl::MutexLock lock(&impl_->mutex);
  return impl_->mutex.AwaitWithTimeout(absl::Condition(&fetched), absl::FromChrono(at_most));
}

std::vector<IssuerStatus> Refresher::Status() const {
  std::vector<IssuerStatus> statuses;
  for (const Impl::IssuerPointer& issuer : impl_->Snapshot()) statuses.push_back(issuer->Status());
  return statuses;
}

}  // namespace assay::remote
