// IssuerRefresh: the refresh state of one issuer: schedule, key set URL, ETag, results of the fetches.
//
// Thread-safe. The host's code (the fetcher, the engine's log callback) runs under no lock that Status()
// takes.
#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "engine/api/engine.h"
#include "engine/remote/key_store.h"
#include "engine/remote/refresh_schedule.h"
#include "engine/remote/refresher.h"

namespace assay::remote {

// What all issuers of a refresher share.
struct RefreshContext {
  std::shared_ptr<Engine> engine;
  RefresherOptions options;               // complete: nothing null
  std::unique_ptr<const KeyStore> store;  // null: none
};

class IssuerRefresh {
 public:
  // Requires a kUrl or kDiscover source, whose generation is `source`. Nothing that this brings counts once the
  // engine has another one for the issuer.
  IssuerRefresh(const RefreshContext& context, const IssuerConfig& config, SourceGeneration source, std::uint64_t seed);

  SourceGeneration source() const { return source_; }

  // LoadStored: installs the stored key set, unless past max-stale. Called once, before the first fetch.
  void LoadStored();

  void Reconfigure(const RefreshConfig& config);

  // Claim: takes note of unknown kids, withdraws keys past max-stale, and claims a fetch that is due.
  // True: the caller must call Fetch().
  bool Claim();

  // Fetch: fetches the key set and installs it. `stop` cancels.
  void Fetch(std::stop_token stop);

  IssuerStatus Status() const;
  bool has_fetched() const;

 private:
  Result<FetchReply> FetchKeySet(std::stop_token stop);
  Result<std::string> FindUrl(FetchRequest request);
  Result<void> Install(FetchReply* reply);
  // The last Unix second before `end`.
  std::int64_t LastSecondBefore(Instant end) const;
  bool Confirm();     // false: there are no keys that could be confirmed
  void ForgetKeys();  // requires mutex_
  void Succeed(std::optional<std::int64_t> max_age);
  void Fail(const std::string& error);
  void Store();
  void Log(LogLevel level, std::string_view event, std::string_view field = {}, std::string value = {}) const;
  std::string SourceText() const;

  const RefreshContext& context_;
  const std::string name_;
  const KeySource keys_;
  const SourceGeneration source_;

  // Held while keys are installed or withdrawn, so that new keys are not withdrawn in place of stale
  // ones. Taken before mutex_; the engine is called under it.
  std::mutex changing_keys_;

  mutable std::mutex mutex_;  // everything below
  RefreshSchedule schedule_;
  bool unconditional_ = true;  // the fetch under way is unconditional: no If-None-Match
  std::string url_;            // the key set's
  Instant url_found_{0};
  std::string etag_;
  std::string jwk_set_;  // in use; kept for the store alone
  std::size_t usable_keys_ = 0;
  std::uint64_t fetches_ = 0;
  std::uint64_t failures_ = 0;
  std::string last_error_;
};

}  // namespace assay::remote
