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
  Impl(const std::shared_ptr<Engine>& engine, feeds::Clock clock)
      : follower(engine, std::move(clock)),
        thread(follower.log(), [this](const std::stop_token& stop) { return Step(stop); }) {}

  std::chrono::milliseconds Step(const std::stop_token& stop) {
    const Result<void> result = follower.Step(kWait, stop);
    if (stop.stop_requested()) return {};
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
  if (!engine->config()->revocation.redis) return Error{"revocation: no Redis server is configured"};
  if (!clock) clock = feeds::SystemClock;
  return std::unique_ptr<RedisFeed>(new RedisFeed(std::make_unique<Impl>(engine, std::move(clock))));
}

RedisFeed::RedisFeed(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RedisFeed::~RedisFeed() = default;

Result<void> RedisFeed::CatchUp() { return impl_->follower.Step(std::chrono::milliseconds(0)); }
void RedisFeed::Start() { impl_->thread.Start(); }
void RedisFeed::Stop() { impl_->thread.Stop(); }

}  // namespace assay
