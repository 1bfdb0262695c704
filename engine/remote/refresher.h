// Refresher: keeps the keys of an engine's issuers fresh, for those whose key source is a URL or discovery.
//
//   auto engine = assay::Engine::Create(config);
//   assay::remote::Refresher refresher(*engine);
//   refresher.Start();
//   refresher.AwaitFirstFetches(std::chrono::seconds(10));  // then engine->Ready() tells
//
// When what is fetched: refresh_schedule.h. Workers are never waited for, and never wait.
//
// # Threads
// None before Start(), so that a host may fork before. Then one that schedules, and one for each fetch
// under way, up to max_parallel_fetches: an issuer that answers slowly delays no other until that many
// do at once, and then by fetch_timeout for each so many of them. A host with an event loop of its own calls RunDue()
// instead.
//
// # Without it
// Keys end by themselves max_stale_seconds after the fetch that brought or confirmed them, by the time that
// the workers are given: after Stop() or the destructor tokens are accepted until then and no longer.
// Engine::Ready() is not told the time, and does not notice.
//
// # Reload
// After Engine::Reload() the new issuers are fetched at once, and those that are gone no more.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/clock.h"
#include "engine/api/engine.h"
#include "engine/base/export.h"
#include "engine/remote/fetcher.h"

namespace assay::remote {

// RefresherOptions: how keys are fetched; what an issuer's own KeyTransport says goes before it.
struct RefresherOptions {
  std::shared_ptr<Fetcher> fetcher;  // null: an HttpFetcher
  const Clock* clock = nullptr;      // null: Clock::System(); outlives the refresher
  std::string ca_file;               // PEM: trusted instead of the system's bundle; empty: that
  bool system_ca = false;            // beside ca_file the system's bundle is trusted, too
  std::string proxy;                 // as in FetchRequest, as is the next; no variable of the environment is read
  std::string no_proxy;
  std::string proxy_setting;             // where `proxy` was set, for messages: HTTPS_PROXY
  bool allow_private_addresses = false;  // issuers in a private network

  // key_folder: keeps the last good sets there for a cold start, and shares them with other processes on this host that
  // name the same folder: one of those with the same issuers fetches, the others load what it has fetched; when it
  // ends, another fetches within poll_interval. Empty: nowhere.
  std::string key_folder;
  // key_folder_owner: the one user, by name or number, who may write there; others' processes only read. Empty: this
  // process's own.
  std::string key_folder_owner;

  std::size_t max_parallel_fetches = 32;
  std::chrono::milliseconds fetch_timeout{10'000};  // of each of discovery and keys
  // poll_interval: how often to look for unknown kids, reloads, and what other processes publish; every 20 ms for the
  // first second after another was asked to fetch, as tokens may wait for it.
  std::chrono::milliseconds poll_interval{100};
};

// IssuerStatus: one issuer, at the moment of asking.
struct IssuerStatus {
  std::string issuer;
  std::string url;  // of the key set; empty while it is not discovered, and where another process fetches
  bool has_keys = false;
  std::size_t usable_keys = 0;
  std::optional<std::chrono::seconds> age;  // of the keys: since the fetch that brought or confirmed them
  bool follows = false;                     // another process fetches, this one loads from key_folder
  std::uint64_t loads = 0;                  // key sets loaded from key_folder
  std::chrono::seconds next_fetch{0};       // from now, by this process; 0 while one is under way
  std::uint64_t fetches = 0;                // ended, in whatever way
  std::uint64_t failures = 0;
  std::uint64_t failures_in_a_row = 0;
  std::string last_error;  // of the last failure; empty once a fetch went well
};

class ASSAY_EXPORT Refresher {
 public:
  explicit Refresher(std::shared_ptr<Engine> engine, RefresherOptions options = {});
  ~Refresher();  // stops
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

  void Start();
  // Stop: ends fetches that are under way, and waits for the threads.
  void Stop();

  // RunDue: does what is due now in this thread, one fetch after the other. Not while started.
  void RunDue();

  // AwaitFirstFetches: waits until every issuer has ended one fetch, well or not, or has keys that another process
  // fetched. False when that takes longer than
  // `at_most`.
  bool AwaitFirstFetches(std::chrono::milliseconds at_most);

  std::vector<IssuerStatus> Status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::remote
