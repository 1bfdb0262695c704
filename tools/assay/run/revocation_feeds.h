// RevocationFeeds: keeps an engine's revocations up to date while a command runs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/api/engine.h"
#include "engine/remote/feeds/file_feed.h"
#include "tools/assay/run/options.h"

namespace assay {
class RedisFeed;
}

namespace assay::cli {

// RequireRevocationFeeds: throws InputError when this build cannot follow what the configuration names.
void RequireRevocationFeeds(const RevocationConfig& config);

// WarnOfStrangers: warns of issuers in the configuration's file of revocations that are not configured: nothing is
// revoked by such a line, as when a name has a slash too many. Throws InputError when the file cannot be read.
void WarnOfStrangers(const EngineConfig& config);

class RevocationFeeds {
 public:
  // RevocationFeeds: reads what the engine's configuration names and goes on following it. With `now` a file is read
  // only once. Throws InputError when something cannot be read.
  RevocationFeeds(const std::shared_ptr<Engine>& engine, std::optional<std::int64_t> now);
  ~RevocationFeeds();
  RevocationFeeds(const RevocationFeeds&) = delete;
  RevocationFeeds& operator=(const RevocationFeeds&) = delete;

 private:
  std::unique_ptr<FileFeed> file_;
  std::unique_ptr<RedisFeed> redis_;
};

// RedisOptions: --redis-user, --redis-password-file and --redis-ca-file, which go with an option that names a server.
class RedisOptions {
 public:
  RedisOptions(CLI::App* app, CLI::Option* server);

  // IsRedis: whether `url` names a Redis server.
  static bool IsRedis(const std::string& url);

  // Build: of the server at `url`.
  RedisConfig Build(std::string url) const;

 private:
  CLI::Option *user_, *password_file_, *ca_file_;
};

// PublishRevocations: writes revocations to a Redis server. Throws InputError when that fails, or in a build without
// Redis.
void PublishRevocations(const RedisConfig& config, std::span<const Revocation> revocations);

}  // namespace assay::cli
