// EngineConfig: issuers, their keys and policies, limits. Plain data; Engine::Create() checks it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/export.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/policy/policy_config.h"

namespace assay {

// KeyTransport: by which way an issuer's keys are fetched, where that is not how the host fetches all others
// (remote/refresher.h).
struct KeyTransport {
  std::string ca_file = {};  // PEM: who may vouch for the issuer's server, in place of whoever else may
  bool system_ca = false;    // beside ca_file the system's certificates are trusted, too

  // bearer_token_file: read at each fetch; what it holds is sent by https to the origin of the configured URL (or of
  // the issuer that is discovered) and to no other.
  std::string bearer_token_file = {};

  // proxy, no_proxy: for https: http://[[USER]:PASSWORD@]HOST:PORT, and whose hosts are asked without it. Empty: none.
  // Nothing: the host's.
  std::optional<std::string> proxy = {};
  std::optional<std::string> no_proxy = {};

  // plain_http_is_dangerous: a URL of plain http may lead to addresses in a private network (and to this machine).
  // Whoever is on the way can then put keys of their own in the place of the issuer's.
  bool plain_http_is_dangerous = false;
  bool private_addresses = false;  // by https, too

  bool operator==(const KeyTransport&) const = default;
};

// KeySource: where an issuer's JWK Set comes from, and how. One that differs in anything is another source.
struct KeySource {
  enum class Kind : std::uint8_t {
    kInline,
    kFile,
    kUrl,
    kDiscover,
    kPemFile,  // PEM: a public key or a certificate
    kX509Url,  // a JSON object of kids and certificates in PEM
  };
  Kind kind = Kind::kInline;
  std::string value;  // the JWK Set's (or one JWK's) text, a path, a URL; empty for kDiscover
  KeyTransport transport = {};

  // pem_files: of kPemFile, by kid; empty: `value` is the path of one key, for tokens without a kid.
  std::map<std::string, std::string> pem_files = {};

  bool operator==(const KeySource&) const = default;
};

// IsFetched: whether keys from this source are fetched, again and again.
inline bool IsFetched(const KeySource& source) {
  return source.kind == KeySource::Kind::kUrl || source.kind == KeySource::Kind::kDiscover ||
         source.kind == KeySource::Kind::kX509Url;
}

// IsPem: whether keys from this source are PEM, and not JWKs.
inline bool IsPem(const KeySource& source) {
  return source.kind == KeySource::Kind::kPemFile || source.kind == KeySource::Kind::kX509Url;
}

// RefreshConfig: when keys that are fetched are fetched again. Seconds.
struct RefreshConfig {
  std::int64_t min_seconds = 60;
  std::int64_t max_seconds = 3600;
  std::int64_t cooldown_seconds = 30;      // between refetches that an unknown kid asks for
  std::int64_t max_stale_seconds = 86400;  // keys older than this are not used
};

// Normalized: `config` with every bound in range. A program may give any values; a file's are checked when it is read.
inline RefreshConfig Normalized(RefreshConfig config) {
  config.min_seconds = std::max<std::int64_t>(config.min_seconds, 1);
  config.max_seconds = std::max(config.max_seconds, config.min_seconds);
  config.cooldown_seconds = std::max<std::int64_t>(config.cooldown_seconds, 1);
  config.max_stale_seconds = std::max(config.max_stale_seconds, config.max_seconds);
  return config;
}

struct IssuerConfig {
  PolicyConfig policy;
  KeySource keys;
  RefreshConfig refresh;
};

// RedisConfig: a Redis server that holds revocations: a sorted set of all entries, and a stream of those that are new.
struct RedisConfig {
  std::string url = {};  // redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]; rediss: by TLS and by nothing else

  // password_file: read at each connection, in place of a password in the URL; `user` goes with it, and is empty for
  // the default one.
  std::string password_file = {};
  std::string user = {};

  std::string ca_file = {};  // PEM: who may vouch for a rediss: server, in place of the system's certificates
  std::string entries_key = "assay:revoked";
  std::string stream_key = "assay:revocations";
  bool operator==(const RedisConfig&) const = default;
};

// ValidateRedis: fails for a URL that is none, members that contradict each other, and files that cannot be opened.
ASSAY_EXPORT Result<void> ValidateRedis(const RedisConfig& redis);

// RevocationConfig: where revocations come from. Without any of it, what Engine::Revoke() is told is all there is.
struct RevocationConfig {
  std::string file = {};                  // JSON lines (README, "Revocation"); read by Create(), watched by a FileFeed
  std::optional<RedisConfig> redis = {};  // followed by a RedisFeed; until it has caught up, no token is accepted

  // max_stale_seconds: the longest time since the last confirmation that nothing is missing; tokens get
  // `revocation_unavailable` after it. Nothing: 60 for Redis; a file need not be confirmed once Create() has read it.
  std::optional<std::int64_t> max_stale_seconds = {};

  // max_token_lifetime_seconds: no token is good for longer after its `iat`, since every issuer's max_age_seconds is at
  // most this; entries by sub, sid and client_id are forgotten when they have outlived it.
  std::optional<std::int64_t> max_token_lifetime_seconds = {};

  bool operator==(const RevocationConfig&) const = default;
};

enum class LogLevel : std::uint8_t { kInfo, kWarning, kError };

// LogEvent: one event for the host's log. Views live for the call. Field values are escaped, whatever a token, a key
// set or a server held: UTF-8 without quotes, controls and whatever else people do not see (json::IsInvisible()).
struct LogEvent {
  LogLevel level = LogLevel::kInfo;
  std::string_view event;  // stable word: key_set_loaded, key_skipped, kernel_chosen, ...
  std::vector<std::pair<std::string_view, std::string>> fields;
  std::uint64_t suppressed = 0;  // events of this word left out since the last one (10 a second at most)
};
// LogCallback: may be called from any thread that calls the engine's set-up functions, never from Validate.
using LogCallback = std::function<void(const LogEvent&)>;

struct EngineConfig {
  std::vector<IssuerConfig> issuers = {};
  Limits limits = {};
  RevocationConfig revocation = {};
  std::string kernel = {};  // empty: the best this CPU runs
  LogCallback log = {};
  // warnings: what a file says that is allowed and yet hardly meant: `NAME:LINE: /json/pointer: …` each.
  std::vector<std::string> warnings = {};

  // FromJson: reads the configuration file format (README, "Configuration file"). `name` stands in messages. On failure
  // the message has one line per defect: `NAME:LINE: /json/pointer: what is wrong`.
  ASSAY_EXPORT static Result<EngineConfig> FromJson(std::string_view text, std::string_view name);
};

}  // namespace assay
