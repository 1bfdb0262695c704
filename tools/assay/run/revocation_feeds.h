// RevocationFeeds: keeps an engine's revocations up to date while a command runs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/api/engine.h"
#include "engine/remote/feeds/file_feed.h"

namespace assay {
class RedisFeed;
}

namespace assay::cli {

// RequireRevocationFeeds: throws InputError when this build cannot follow what the configuration names.
void RequireRevocationFeeds(const RevocationConfig& config);

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

// PublishRevocations: writes revocations to a Redis server. Throws InputError when that fails, or in a build without
// Redis.
void PublishRevocations(const RedisConfig& config, std::span<const Revocation> revocations);

}  // namespace assay::cli
