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
#include "engine/remote/key_folder.h"
#include "engine/remote/refresh_schedule.h"
#include "engine/remote/refresher.h"

namespace assay::remote {

// RefreshContext: what all issuers of a refresher share.
struct RefreshContext {
  RefresherOptions options;           // complete: nothing null
  std::unique_ptr<KeyFolder> folder;  // null: none
};

class IssuerRefresh {
 public:
  // Requires an issuer with a kUrl or kDiscover source.
  IssuerRefresh(const RefreshContext& context, KeyFeed feed, std::uint64_t seed);

  const KeyFeed& feed() const { return feed_; }

  // Load, Reconfigure, TakeOver, Claim: by the thread that schedules.

  // Load: installs the key set in the folder, if it is another than the last time, newer than the one in use, and not
  // past max-stale. Looks there only where something was `published`, or the issuer's source has changed.
  void Load(bool published);

  // Reconfigure: other bounds, after a reload; a fetch is due.
  void Reconfigure(const RefreshConfig& config);

  // TakeOver: this process is the one that fetches, from now on; a fetch is due.
  void TakeOver();

  // Claim: takes note of unknown kids (`requests`: of those that another process has met, too), withdraws keys past
  // max-stale, and claims a fetch that is due. True: the caller must call Fetch().
  bool Claim(KeyFolder::Role role, bool requests);

  // AwaitsAnswer: whether tokens may be waiting for what another process publishes.
  bool AwaitsAnswer() const;

  // file_number: KeyStore::NumberOf() the file in the folder.
  std::uint64_t file_number() const;

  // Reseed: decides anew what is random, in a process that was forked.
  void Reseed(std::uint64_t seed);

  // Fetch: fetches the key set and installs it. `stop` cancels. What is thrown meanwhile, as when memory runs out, is a
  // failure like another: the host goes on.
  void Fetch(std::stop_token stop) noexcept;

  IssuerStatus Status() const;
  bool has_fetched() const { return has_fetched_; }

 private:
  struct Document {
    std::string etag, jwk_set;
  };
  // FetchEnd: of a fetch that was stopped, or went well.
  struct FetchEnd {
    bool is_abandoned = false;
    std::optional<std::int64_t> max_age = {};
    Age age = Age::kNewer;  // of what it brought
  };

  // FetchOnce: leaves it to the caller to tell the schedule.
  Result<FetchEnd> FetchOnce(const std::stop_token& stop);
  // WatchExpiry: withdraws keys past max-stale, and warns before.
  void WatchExpiry(Instant now);
  Result<FetchReply> FetchKeySet(std::stop_token stop);
  Result<std::string> FindUrl(FetchRequest request);
  // Source: what the keys that are fetched from now on are bound to: SourceText(), looked at again when the CA file has
  // changed.
  std::string Source();
  // AwaitTurn: waits until no other key set is being installed, and gives the age of this one beside the one in use;
  // kNewer: EndTurn() must follow. The one in use counts as newer than itself where it is wanted anew.
  Age AwaitTurn(const FetchTime& time, std::string_view jwk_set);
  // EndTurn: `taken`: what was installed; null where that was only confirmed.
  void EndTurn(const FetchTime& time, bool installed, Document* taken);
  // InTurn: what `install` gives. Ends the turn where it throws.
  template <typename Install>
  auto InTurn(const Install& install) {
    try {
      return install();
    } catch (...) {
      EndTurn({}, false, nullptr);
      throw;
    }
  }
  // IsInUse: whether the keys in use are of this fetch.
  bool IsInUse(const FetchTime& time) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // NoteUnknownKids: of this process's tokens and, where the folder may hold `requests`, of other processes'.
  void NoteUnknownKids(bool requests);
  // AskAnother: leaves a request to the process that fetches.
  void AskAnother(Instant now);
  // Take: installs or confirms what a fetch brought, unless keys that are not surely older have been loaded meanwhile.
  Result<Age> Take(FetchReply* reply, const FetchTime& time);
  // Confirm: ends the turn, too.
  Result<Age> Confirm(const FetchTime& time);
  // Store: puts what is in use into the folder, if it is of this fetch; gives its age beside what was there. `answers`:
  // it is no confirmation, which says nothing of keys that were asked for.
  Age Store(const FetchTime& time, const std::string& source, std::optional<std::int64_t> max_age, bool answers);
  // DoubtKeys: nobody knows whether the keys in use are the newest. As a token of an unknown key does, it makes them be
  // fetched again, by whom and as often as that may be.
  void DoubtKeys();
  const std::string& name() const { return feed_.issuer().policy.issuer; }
  bool is_discovered() const { return feed_.issuer().keys.kind == KeySource::Kind::kDiscover; }

  const RefreshContext& context_;
  KeyFeed feed_;  // has locks of its own, and is called under none of these

  // The file in the folder that was last looked at, and as it was then; of the scheduling thread alone.
  std::string looked_for_;
  std::optional<FileState> seen_;
  bool look_again_ = false;  // it is not as it was then
  bool requests_ = false;    // the folder may hold some that were not taken yet; likewise

  std::atomic<bool> has_fetched_{false};  // apart from the others: who waits for it holds another lock

  mutable absl::Mutex mutex_;
  RefreshSchedule schedule_ ABSL_GUARDED_BY(mutex_);
  Moment begun_ ABSL_GUARDED_BY(mutex_);                 // the fetch under way
  bool unconditional_ ABSL_GUARDED_BY(mutex_) = true;    // it has no If-None-Match
  bool expiry_is_near_ ABSL_GUARDED_BY(mutex_) = false;  // as the log has been told
  std::string url_ ABSL_GUARDED_BY(mutex_);              // the key set's
  Instant url_found_ ABSL_GUARDED_BY(mutex_){0};
  std::string etag_ ABSL_GUARDED_BY(mutex_);
  std::string jwk_set_ ABSL_GUARDED_BY(mutex_);              // in use; kept for the folder alone
  bool installing_ ABSL_GUARDED_BY(mutex_) = false;          // or noting of which keys tokens have named none
  std::optional<FetchTime> newest_ ABSL_GUARDED_BY(mutex_);  // of the fetch whose keys are in use
  std::string source_ ABSL_GUARDED_BY(mutex_);               // see Source(); this and the next two for the folder alone
  std::string file_name_ ABSL_GUARDED_BY(mutex_);
  std::optional<FileState> ca_ ABSL_GUARDED_BY(mutex_);
  bool wanted_anew_ ABSL_GUARDED_BY(mutex_) = false;  // after a reload: what the folder has, though it is not newer
  bool follows_ ABSL_GUARDED_BY(mutex_);              // until the first look, whoever has the folder's lock
  std::uint64_t loads_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t fetches_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string last_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace assay::remote
