#include "engine/remote/feeds/redis_feed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/remote/feeds/feed_thread.h"
#include "engine/remote/feeds/redis_follower.h"

namespace assay {
namespace {

constexpr std::chrono::milliseconds kWait{200};
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{500};

}  // namespace

struct RedisFeed::Impl {
  Impl(std::shared_ptr<Engine> engine, RedisUrl url, feeds::Clock clock)
      : follower(std::move(engine), std::move(url), std::move(clock)),
        thread(follower.log(), [this] { return Step(); }) {}

  std::chrono::milliseconds Step() {
    const Result<void> result = follower.Step(kWait);
    follower.log().Note(result);
    pause = result ? std::chrono::milliseconds(0) : std::clamp(pause * 2, kFirstPause, kLongestPause);
    return pause;
  }

  feeds::RedisFollower follower;
  std::chrono::milliseconds pause{0};
  feeds::FeedThread thread;  // last: it ends before what it uses
};

Result<std::unique_ptr<RedisFeed>> RedisFeed::Make(std::shared_ptr<Engine> engine,
                                                   std::function<std::int64_t()> clock) {
  const std::optional<RedisConfig> config = engine->config()->revocation.redis;
  if (!config) return Error{"revocation: no Redis server is configured"};
  Result<RedisUrl> url = RedisUrl::Parse(config->url);
  if (!url) return Error{"revocation: " + url.error()};
  if (!clock) clock = feeds::SystemClock;
  return std::unique_ptr<RedisFeed>(
      new RedisFeed(std::make_unique<Impl>(std::move(engine), std::move(*url), std::move(clock))));
}

RedisFeed::RedisFeed(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RedisFeed::~RedisFeed() = default;

Result<void> RedisFeed::CatchUp() { return impl_->follower.Step(std::chrono::milliseconds(0)); }
void RedisFeed::Start() { impl_->thread.Start(); }
void RedisFeed::Stop() { impl_->thread.Stop(); }

}  // namespace assay
