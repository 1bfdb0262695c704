// IssuerRefresh: the refresh state of one issuer: schedule, key set URL, ETag, results of the fetches.
//
// Thread-safe. The host's code (the fetcher, the engine's log callback) runs under no lock that Status()
// takes.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/api/feeds.h"
#include "engine/remote/key_store.h"
#include "engine/remote/refresh_schedule.h"
#include "engine/remote/refresher.h"

namespace assay::remote {

// RefreshContext: what all issuers of a refresher share.
struct RefreshContext {
  RefresherOptions options;               // complete: nothing null
  std::unique_ptr<const KeyStore> store;  // null: none
};

class IssuerRefresh {
 public:
  // Requires an issuer with a kUrl or kDiscover source.
  IssuerRefresh(const RefreshContext& context, KeyFeed feed, std::uint64_t seed);

  const KeyFeed& feed() const { return feed_; }

  // LoadStored: installs the stored key set, unless past max-stale. Called once, before the first fetch.
  void LoadStored();

  // Reconfigure: other bounds, after a reload; a fetch is due.
  void Reconfigure(const RefreshConfig& config);

  // Claim: takes note of unknown kids, withdraws keys past max-stale, and claims a fetch that is due.
  // True: the caller must call Fetch().
  bool Claim();

  // Fetch: fetches the key set and installs it. `stop` cancels.
  void Fetch(std::stop_token stop);

  IssuerStatus Status() const;
  bool has_fetched() const { return has_fetched_; }

 private:
  // WatchExpiry: withdraws keys past max-stale, and warns before.
  void WatchExpiry(Instant now);
  Result<FetchReply> FetchKeySet(std::stop_token stop);
  Result<std::string> FindUrl(FetchRequest request);
  // Take: installs or confirms what a fetch brought that began at `begun`.
  Result<void> Take(FetchReply* reply, Moment begun);
  void Succeed(std::optional<std::int64_t> max_age);
  void Fail(const std::string& error);
  void Store(Moment fetched);
  const std::string& name() const { return feed_.issuer().policy.issuer; }
  bool is_discovered() const { return feed_.issuer().keys.kind == KeySource::Kind::kDiscover; }

  const RefreshContext& context_;
  KeyFeed feed_;  // has locks of its own, and is called under none of these

  std::atomic<bool> has_fetched_{false};  // apart from the others: who waits for it holds another lock

  mutable absl::Mutex mutex_;
  RefreshSchedule schedule_ ABSL_GUARDED_BY(mutex_);
  Moment begun_ ABSL_GUARDED_BY(mutex_);                 // the fetch under way
  bool unconditional_ ABSL_GUARDED_BY(mutex_) = true;    // it has no If-None-Match
  bool expiry_is_near_ ABSL_GUARDED_BY(mutex_) = false;  // as the log has been told
  std::string url_ ABSL_GUARDED_BY(mutex_);              // the key set's
  Instant url_found_ ABSL_GUARDED_BY(mutex_){0};
  std::string etag_ ABSL_GUARDED_BY(mutex_);
  std::string jwk_set_ ABSL_GUARDED_BY(mutex_);  // in use; kept for the store alone
  std::uint64_t fetches_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string last_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace assay::remote
