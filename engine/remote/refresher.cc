#include "engine/remote/refresher.h"

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <random>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/base/signals_blocked.h"
#include "engine/remote/fetch_http.h"
#include "engine/remote/issuer_refresh.h"

namespace assay::remote {
namespace {

// kAnswerInterval: how often to look for what another process was asked to fetch.
constexpr std::chrono::milliseconds kAnswerInterval{20};

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
    const RefresherOptions& given = context.options;
    if (!given.key_folder.empty()) {
      context.folder = std::make_unique<KeyFolder>(given.key_folder, given.key_folder_owner);
      role = KeyFolder::Role::kWatcher;
      folder_trouble = OpenFolder();
    }
    Follow();
  }

  Issuers Snapshot() ABSL_LOCKS_EXCLUDED(mutex) {
    const absl::MutexLock lock(&mutex);
    return issuers;
  }

  // Follow: sets `issuers` from the configuration in force; whether that is another. Called by the constructor, then by
  // the scheduling thread.
  bool Follow() {
    const std::shared_ptr<const EngineConfig> now = engine->config();
    if (now == followed) return false;
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
        if (context.folder != nullptr) next.back()->Load(true);
        next.back()->TakeOver();  // due at once, if this process is to fetch
      }
    }
    followed = now;
    const absl::MutexLock lock(&mutex);
    issuers = std::move(next);
    return true;
  }

  // OpenFolder: opens the key folder anew; why it cannot be used, or nothing.
  std::string OpenFolder() {
    const Result<void> opened = context.folder->Open();
    return opened ? "" : opened.error();
  }

  // LookIntoFolder: loads what is new in the key folder, of all of it where `look_anew`, and finds this process's role.
  void LookIntoFolder(const Issuers& all, bool look_anew) {
    const KeyFolder::Role before = role;
    role = KeyFolder::Role::kAlone;
    requests = false;
    std::string trouble = std::exchange(folder_trouble, "");
    if (trouble.empty()) {
      const bool changed = context.folder->Changed();
      std::uint64_t number = 0;
      for (const IssuerPointer& issuer : all) {
        issuer->Load(changed || look_anew);
        number ^= issuer->file_number();
      }
      const Result<KeyFolder::Role> taken = context.folder->TakeRole(number);
      if (taken) role = *taken;
      const Result<bool> requested = role == KeyFolder::Role::kHolder ? context.folder->Requested() : false;
      requests = requested && *requested;
      trouble = !taken ? taken.error() : requested ? "" : requested.error();
    }
    if (trouble != told && !trouble.empty()) {
      all.front()->feed().Log(LogLevel::kWarning, "key_folder_refused", {{"why", trouble}});
    }
    told = std::move(trouble);
    if (role == before || before != KeyFolder::Role::kWatcher) return;
    for (const IssuerPointer& issuer : all) issuer->TakeOver();
    if (role == KeyFolder::Role::kHolder) all.front()->feed().Log(LogLevel::kInfo, "key_folder_taken");
  }

  // ReleaseFolder: another process may fetch now.
  void ReleaseFolder() {
    context.folder->Release();
    role = KeyFolder::Role::kWatcher;
  }

  // Queue: claims the fetches that are due and queues them.
  void Queue() {
    if (const pid_t now = ::getpid(); now != std::exchange(process, now)) {
      random.seed(std::random_device{}());
      for (const IssuerPointer& issuer : Snapshot()) issuer->Reseed(random());
    }
    if (context.folder != nullptr) folder_trouble = OpenFolder();
    const bool reconfigured = Follow();
    const Issuers all = Snapshot();
    if (context.folder != nullptr && !all.empty()) LookIntoFolder(all, reconfigured);
    {
      const absl::MutexLock lock(&mutex);
      queue.reserve(queue.size() + all.size());  // what is claimed can be queued
    }
    for (const IssuerPointer& issuer : all) {
      if (!issuer->Claim(role, requests)) continue;
      const absl::MutexLock lock(&mutex);
      queue.push_back(issuer);
    }
  }

  // NextLook: how long to wait for it.
  std::chrono::milliseconds NextLook() {
    const Issuers all = Snapshot();
    const bool awaits = std::any_of(all.begin(), all.end(), [](const auto& issuer) { return issuer->AwaitsAnswer(); });
    return awaits ? std::min(kAnswerInterval, context.options.poll_interval) : context.options.poll_interval;
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
    queue.erase(queue.begin());
    return issuer;
  }

  // Look: one look of the scheduling thread; how long to wait for the next one. What is thrown, as when memory runs
  // out, is logged where it can be, and tried again: the host goes on.
  std::chrono::milliseconds Look() noexcept ABSL_LOCKS_EXCLUDED(mutex) {
    try {
      try {
        Queue();
        StartWorkers();
        return NextLook();
      } catch (const std::exception& thrown) {
        for (const IssuerPointer& issuer : Snapshot()) {
          issuer->feed().Log(LogLevel::kError, "refresh_failed", {{"why", thrown.what()}});
        }
      }
    } catch (...) {  // of another type, or out of memory for the log, too
    }
    return context.options.poll_interval;
  }

  void Schedule() ABSL_LOCKS_EXCLUDED(mutex) {
    for (bool stopped = false; !stopped;) {
      const std::chrono::milliseconds until_next_look = Look();
      const absl::MutexLock lock(&mutex);
      stopped = mutex.AwaitWithTimeout(absl::Condition(&stopping), absl::FromChrono(until_next_look));
    }
  }

  const std::shared_ptr<Engine> engine;
  RefreshContext context;
  std::shared_ptr<const EngineConfig> followed;  // this and `random`: of the scheduling thread alone
  std::mt19937_64 random{std::random_device{}()};
  pid_t process = ::getpid();  // this and the next: of the scheduling thread, too
  // Without a folder, alone. With one: what the last look found; before the first, nobody is known to have the lock.
  KeyFolder::Role role = KeyFolder::Role::kAlone;
  bool requests = false;             // the folder may hold some
  std::string folder_trouble, told;  // why the folder cannot be used, and what of it the log has been told

  absl::Mutex mutex;
  Issuers issuers ABSL_GUARDED_BY(mutex);
  std::vector<IssuerPointer> queue ABSL_GUARDED_BY(mutex);  // claimed, not yet fetched
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
  const SignalsBlocked for_it_and_its_workers;
  const absl::MutexLock lock(&impl_->mutex);
  if (impl_->started) return;
  impl_->scheduler = std::jthread([impl = impl_.get()] { impl->Schedule(); });  // throws where no thread is left
  impl_->started = true;
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
  if (impl_->context.folder != nullptr) impl_->ReleaseFolder();
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
