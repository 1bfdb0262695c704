// IssuerRefresh: one issuer's refreshing: its schedule, where its keys are, what came of the fetches.
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

  // Installs what the key store holds, if it is young enough. Called once, before the first fetch.
  void LoadStored();

  void Reconfigure(const RefreshConfig& config);

  // Looks whether an unknown kid was seen, whether keys have become too old, and whether a fetch is due.
  // True: the caller now calls Fetch().
  bool Claim();

  // Fetches, and installs what came. `stop` ends it early.
  void Fetch(std::stop_token stop);

  IssuerStatus Status() const;
  // When Claim() is next worth calling, poll interval aside.
  Instant NextFetch() const;
  bool has_fetched() const;

 private:
  Result<FetchReply> Bring(std::stop_token stop);
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

  // Held while keys are installed or withdrawn, so that keys which have just come are not taken for
  // those that had become too old. Taken before mutex_; the engine is called under it.
  std::mutex changing_keys_;

  mutable std::mutex mutex_;  // everything below
  RefreshSchedule schedule_;
  bool unconditional_ = true;  // the fetch under way asks for the set whether it has changed or not
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
