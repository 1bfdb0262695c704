// EngineConfig: issuers, their keys and policies, limits. Plain data; Engine::Create() checks it.
#pragma once

#include <cstdint>
#include <functional>
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

// Where an issuer's JWK Set comes from.
struct KeySource {
  enum class Kind : std::uint8_t { kInline, kFile, kUrl, kDiscover };
  Kind kind = Kind::kInline;
  std::string value;  // the JWK Set's (or one JWK's) text, a path, a URL; empty for kDiscover

  bool operator==(const KeySource&) const = default;
};

// When keys that are fetched are fetched again. Seconds.
struct RefreshConfig {
  std::int64_t min_seconds = 60;
  std::int64_t max_seconds = 3600;
  std::int64_t cooldown_seconds = 30;      // between refetches that an unknown kid asks for
  std::int64_t max_stale_seconds = 86400;  // keys older than this are not used
};

struct IssuerConfig {
  PolicyConfig policy;
  KeySource keys;
  RefreshConfig refresh;
};

enum class LogLevel : std::uint8_t { kInfo, kWarning, kError };

// One event for the host's log. Views live for the call. Field values are escaped: no control
// bytes, no quotes, whatever a token or a key set held.
struct LogEvent {
  LogLevel level = LogLevel::kInfo;
  std::string_view event;  // stable word: key_set_loaded, key_skipped, kernel_chosen, ...
  std::vector<std::pair<std::string_view, std::string>> fields;
  std::uint64_t suppressed = 0;  // events of this word left out since the last one (10 a second at most)
};
// May be called from any thread that calls the engine's set-up functions, never from Validate.
using LogCallback = std::function<void(const LogEvent&)>;

struct EngineConfig {
  std::vector<IssuerConfig> issuers = {};
  Limits limits = {};
  std::string revocation_file = {};  // empty: no revocation; Create() refuses one that it cannot enforce
  std::string kernel = {};           // empty: the best this CPU runs
  LogCallback log = {};

  // Reads the configuration file format (README, "Configuration file"). `name` stands in messages.
  // On failure the message has one line per defect: `NAME:LINE: /json/pointer: what is wrong`.
  ASSAY_EXPORT static Result<EngineConfig> FromJson(std::string_view text, std::string_view name);
};

}  // namespace assay
