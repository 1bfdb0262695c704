// An engine for the command: its warnings go to stderr, its refusals become InputError.
#pragma once

#include <memory>
#include <string>

#include "engine/api/engine.h"
#include "engine/remote/refresher.h"
#include "tools/assay/run/options.h"
#include "tools/assay/run/revocation_feeds.h"

namespace assay::cli {

// CreateEngine: an engine with this configuration. `source`: what the configuration came from, for messages; may be
// empty. Throws InputError.
std::shared_ptr<Engine> CreateEngine(EngineConfig config, const std::string& source);

// FetchOptions: --ca-file, --add-ca-file, --allow-private-addresses and --plain-http-is-dangerous, for keys that are
// fetched.
class FetchOptions {
 public:
  explicit FetchOptions(CLI::App* app);

  // Build: with the proxy that HTTPS_PROXY names, but for the hosts of NO_PROXY (or of these in lower case, which go
  // first). One that is no proxy for us is refused by the fetch that would go through it.
  remote::RefresherOptions Build() const;

  // Apply: --plain-http-is-dangerous, for the URL of --jwks. Throws InputError where the keys' source is a file of
  // configuration (`source` is not empty), which says so by itself.
  void Apply(const std::string& source, EngineConfig* config) const;

 private:
  CLI::Option *ca_file_, *add_ca_file_, *plain_http_, *allow_private_;
};

// RunningEngine: an engine whose issuers' keys are fetched, and which knows what is revoked, both kept up to date while
// this lives.
struct RunningEngine {
  std::shared_ptr<Engine> engine;
  std::unique_ptr<remote::Refresher> refresher;  // null where nothing can be to fetch
  std::unique_ptr<RevocationFeeds> feeds;
};

// NoKeys: what it is when no issuer at all has keys.
enum class NoKeys { kIsAnError, kIsJudged };

// StartEngine: creates an engine, fetches its issuers' keys and begins to follow the revocations; `now` as
// RevocationFeeds has it. Warns of issuers whose keys cannot be fetched: their tokens get `keys_unavailable` until they
// can be. Throws InputError, also when no issuer has keys and `none` says so.
RunningEngine StartEngine(EngineConfig config, const std::string& source, const FetchOptions& fetch, NoKeys none,
                          std::optional<std::int64_t> now);

// AnyHasKeys: whether any issuer has keys.
bool AnyHasKeys(const Engine& engine);

// EventText: one event as a line: `event name="value" ...`.
std::string EventText(const LogEvent& event);

}  // namespace assay::cli
