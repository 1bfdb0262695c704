#include "engine/remote/refresher.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
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

  Issuers Snapshot() {
    const std::lock_guard lock(mutex);
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
    const std::lock_guard lock(mutex);
    issuers = std::move(next);
  }

  // Queue: claims the fetches that are due and queues them.
  void Queue() {
    Follow();
    for (const IssuerPointer& issuer : Snapshot()) {
      if (!issuer->Claim()) continue;
      const std::lock_guard lock(mutex);
      queue.push_back(issuer);
    }
  }

  // StartWorkers: starts threads for queued issuers, up to max_parallel_fetches, and wakes the idle ones.
  void StartWorkers() {
    const std::lock_guard lock(mutex);
    for (std::size_t waiting = queue.size(); waiting > idle && workers.size() < context.options.max_parallel_fetches;
         --waiting) {
      try {
        workers.emplace_back([this](std::stop_token stop) { Work(std::move(stop)); });
      } catch (const std::system_error&) {
        break;  // no more threads: the existing ones go on
      }
    }
    wake.notify_all();
  }

  // Work: a worker's loop: one queued fetch after the other, until stopped.
  void Work(std::stop_token stop) {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle;
      const bool any = wake.wait(lock, stop, [this] { return !queue.empty(); });
      --idle;
      if (!any || stop.stop_requested()) return;
      const IssuerPointer issuer = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      issuer->Fetch(stop);
      lock.lock();
      fetched.notify_all();
    }
  }

  void Schedule(std::stop_token stop) {
    while (!stop.stop_requested()) {
      Queue();
      StartWorkers();
      std::unique_lock lock(mutex);
      tick.wait_for(lock, stop, context.options.poll_interval, [] { return false; });
    }
  }

  const std::shared_ptr<Engine> engine;
  RefreshContext context;
  std::shared_ptr<const EngineConfig> followed;  // this and `random`: of the scheduling thread alone
  std::mt19937_64 random{std::random_device{}()};

  std::mutex mutex;                     // everything below
  std::condition_variable_any wake;     // something is queued
  std::condition_variable_any tick;     // never notified but by a stop
  std::condition_variable_any fetched;  // a fetch has ended
  Issuers issuers;
  std::deque<IssuerPointer> queue;  // claimed, not yet fetched
  std::size_t idle = 0;
  bool started = false;
  std::vector<std::jthread> workers;
  std::jthread scheduler;
};

Refresher::Refresher(std::shared_ptr<Engine> engine, RefresherOptions options)
    : impl_(std::make_unique<Impl>(std::move(engine), std::move(options))) {}

Refresher::~Refresher() { Stop(); }

void Refresher::Start() {
  {
    const std::lock_guard lock(impl_->mutex);
    if (std::exchange(impl_->started, true)) return;
  }
  impl_->scheduler = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->Schedule(std::move(stop)); });
}

void Refresher::Stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!std::exchange(impl_->started, false)) return;
  }
  impl_->scheduler.request_stop();
  impl_->scheduler.join();
  std::vector<std::jthread> workers;
  {
    const std::lock_guard lock(impl_->mutex);
    workers.swap(impl_->workers);
  }
  for (std::jthread& worker : workers) worker.request_stop();
  workers.clear();  // joins
}

void Refresher::RunDue() {
  impl_->Queue();
  for (;;) {
    Impl::IssuerPointer issuer;
    {
      const std::lock_guard lock(impl_->mutex);
      if (impl_->queue.empty()) return;
      issuer = std::move(impl_->queue.front());
      impl_->queue.pop_front();
    }
    issuer->Fetch({});
  }
}

bool Refresher::AwaitFirstFetches(std::chrono::milliseconds at_most) {
  const Impl::Issuers issuers = impl_->Snapshot();
  std::unique_lock lock(impl_->mutex);
  return impl_->fetched.wait_for(lock, at_most, [&] {
    return std::all_of(issuers.begin(), issuers.end(), [](const auto& issuer) { return issuer->has_fetched(); });
  });
}

std::vector<IssuerStatus> Refresher::Status() const {
  std::vector<IssuerStatus> statuses;
  for (const Impl::IssuerPointer& issuer : impl_->Snapshot()) statuses.push_back(issuer->Status());
  return statuses;
}

}  // namespace assay::remote
