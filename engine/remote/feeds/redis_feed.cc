#include "engine/remote/feeds/redis_feed.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::chrono::milliseconds kWait{200};
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{500};

}  // namespace

Result<std::unique_ptr<RedisFeed>> RedisFeed::Make(std::shared_ptr<Engine> engine, feeds::Clock clock) {
  const std::optional<RedisConfig> config = engine->config()->revocation.redis;
  if (!config) return Error{"revocation: no Redis server is configured"};
  Result<feeds::RedisUrl> url = feeds::RedisUrl::Parse(config->url);
  if (!url) return Error{"revocation: " + url.error()};
  return std::unique_ptr<RedisFeed>(new RedisFeed(std::move(engine), std::move(*url), std::move(clock)));
}

RedisFeed::RedisFeed(std::shared_ptr<Engine> engine, feeds::RedisUrl url, feeds::Clock clock)
    : engine_(std::move(engine)),
      follower_(engine_, std::move(url), std::move(clock)),
      thread_(follower_.log(), [this] { return Step(); }) {}

std::chrono::milliseconds RedisFeed::Step() {
  const Result<void> result = follower_.Step(kWait);
  follower_.log().Note(result);
  pause_ = result ? std::chrono::milliseconds(0) : std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  return pause_;
}

}  // namespace assay
