#include "tools/assay/run/revocation_feeds.h"

#include <functional>

#include "tools/assay/io/console.h"
#if ASSAY_REDIS
#include "engine/remote/feeds/redis_feed.h"
#endif

namespace assay {
#if !ASSAY_REDIS
class RedisFeed {};
#endif
}  // namespace assay

namespace assay::cli {
namespace {

#if !ASSAY_REDIS
constexpr char kNoRedis[] = "this build cannot speak to Redis: hiredis was missing";
#endif

}  // namespace

void RequireRevocationFeeds([[maybe_unused]] const RevocationConfig& config) {
#if !ASSAY_REDIS
  if (config.redis) throw InputError{kNoRedis};
#endif
}

RevocationFeeds::RevocationFeeds(const std::shared_ptr<Engine>& engine, std::optional<std::int64_t> now) {
  std::function<std::int64_t()> clock;  // empty: the system's
  if (now) clock = [now] { return *now; };
  if (!engine->config()->revocation.file.empty()) {
    file_ = std::make_unique<FileFeed>(engine, clock);
    if (const Result<void> read = file_->Poll(); !read) throw InputError{read.error()};
    if (!now) file_->Start();
  }
  if (!engine->config()->revocation.redis) return;
#if ASSAY_REDIS
  auto feed = RedisFeed::Make(engine, clock);
  if (!feed) throw InputError{feed.error()};
  redis_ = std::move(feed).value();
  if (const Result<void> caught_up = redis_->CatchUp(); !caught_up) throw InputError{caught_up.error()};
  redis_->Start();
#else
  throw InputError{kNoRedis};
#endif
}

RevocationFeeds::~RevocationFeeds() = default;

void PublishRevocations([[maybe_unused]] const RedisConfig& config,
                        [[maybe_unused]] std::span<const Revocation> revocations) {
#if ASSAY_REDIS
  const Result<void> published = PublishToRedis(config, revocations);
  if (!published) throw InputError{published.error()};
#else
  throw InputError{kNoRedis};
#endif
}

}  // namespace assay::cli
