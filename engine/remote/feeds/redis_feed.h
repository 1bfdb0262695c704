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
// of revocations, with snapshots alone whatever came after the last one. With a rediss: URL the connection is
// encrypted, and the server shows a certificate for its name.
//
// A user with rights of its own needs exactly these (and +select for another database than 0):
//   to follow   %R~assay:revoked %R~assay:revocations +role +xinfo|stream +zscan +xrange +xread +exists
//   to publish  ~assay:revoked ~assay:revocations +eval +time +zremrangebyscore +zadd +xadd
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "engine/api/engine.h"
#include "engine/base/export.h"

namespace assay {

class ASSAY_EXPORT RedisFeed {
 public:
  // Make: refuses an engine without revocation.redis. `clock` gives seconds since the epoch; an
  // empty one is the system's.
  static Result<std::unique_ptr<RedisFeed>> Make(std::shared_ptr<Engine> engine,
                                                 std::function<std::int64_t()> clock = {});
  ~RedisFeed();  // stops
  RedisFeed(const RedisFeed&) = delete;
  RedisFeed& operator=(const RedisFeed&) = delete;

  // CatchUp: reads everything the server holds, at once and on this thread; not while the feed runs.
  Result<void> CatchUp();

  void Start();
  void Stop();

 private:
  struct Impl;
  explicit RedisFeed(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// PublishToRedis: writes revocations to the server of `config`: into the sorted set and, in the same step, into the
// stream, which is cut to about a million entries. Entries of tokens that expired more than a day ago are dropped.
// After an error some of them may have been added; it is safe to retry, since entries unite.
ASSAY_EXPORT Result<void> PublishToRedis(const RedisConfig& config, std::span<const Revocation> revocations);

}  // namespace assay
