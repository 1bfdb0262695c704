// RedisFeed: keeps an engine's revocations up to date from a Redis server, on a thread of its own.
//
//   auto engine = assay::Engine::Create(std::move(config));   // with revocation.redis; accepts nothing yet
//   auto feed = assay::RedisFeed::Make(*engine);
//   (*feed)->Start();
//
// Each process of a fleet sees a revocation as soon as the server has it, catches up after a disconnect from
// where it was, and reads everything when that is not possible or when it starts. Until it has, and when
// the server cannot be reached for longer than max_stale_seconds, tokens get `revocation_unavailable`.
//
// What the server loses is lost for whoever had not read it: let it append to its file with every write
// (`appendonly yes`, `appendfsync always`). With `everysec` a crash of its machine loses up to a second
// of revocations, with snapshots alone whatever came after the last one. The connection is not encrypted.
#pragma once

#include <memory>

#include "engine/api/engine.h"
#include "engine/base/export.h"
#include "engine/remote/feeds/feed_thread.h"
#include "engine/remote/feeds/redis_follower.h"

namespace assay {

class RedisFeed {
 public:
  // Refuses an engine without revocation.redis, and a URL that is none.
  static Result<std::unique_ptr<RedisFeed>> Make(std::shared_ptr<Engine> engine,
                                                 feeds::Clock clock = feeds::SystemClock);

  // Reads everything the server holds, at once and on this thread; not while the feed runs.
  Result<void> CatchUp() { return follower_.Step(std::chrono::milliseconds(0)); }

  void Start() { thread_.Start(); }
  void Stop() { thread_.Stop(); }

 private:
  RedisFeed(std::shared_ptr<Engine> engine, feeds::RedisUrl url, feeds::Clock clock);
  std::chrono::milliseconds Step();

  const std::shared_ptr<Engine> engine_;
  feeds::RedisFollower follower_;
  std::chrono::milliseconds pause_{0};
  feeds::FeedThread thread_;  // last: it ends before what it uses
};

// Writes revocations to the server of `config`: into the sorted set and, in the same step, into the stream,
// which is cut to about a million entries. Entries of tokens that expired more than a day ago are dropped.
// After an error some of them may have been added; it may be done again, since entries unite.
Result<void> PublishToRedis(const RedisConfig& config, std::span<const Revocation> revocations);

}  // namespace assay
