// RedisFollower: brings an engine's revocations up to what a Redis server holds, and keeps them there.
//
// # What the server holds
// A sorted set of all entries that still matter, the JSON lines of revocation.h, and a stream of those
// that are new, each as the field `revocation`. Who revokes writes both in one transaction (PublishToRedis()).
//
// # How nothing is lost
// A step reads the stream behind the last entry it knows. The server counts all entries ever added to a
// stream (`entries-added`), so the follower can tell whether what it read is all there was: at the entry that
// was the last one when it asked, its own count must be the server's. If it is not (the stream was trimmed
// or entries deleted before they were read, or the server came back older than it was), everything is
// read again: the sorted set, and what the stream holds. The time of asking is confirmed to the engine only when
// the counts agree. Whatever was read stays revoked, even when the server forgets it.
//
// After each connect the last entry must still be where it was; otherwise, too, everything is read again.
//
// # A replica
// is followed only while it is connected to its master (which it knows up to its repl-timeout late); so the
// user needs the right to ROLE. A Sentinel is none that holds entries.
//
// # An entry that cannot be read
// could revoke anything: the entries beside it count, but nothing is confirmed until it is gone. To see that,
// everything is read again after ten seconds, then after ever longer, up to five minutes.
//
// # A server without an end
// whose cursor never comes back, or whose stream goes on for ever, is read up to RedisReadLimits: what it has said so
// far counts, and the reading has failed.
//
// # A server that holds nothing
// counts as complete, since nothing may have been revoked yet; but wrong keys look the same, so the log
// gets the warning revocation_feed_empty once.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/api/feeds.h"
#include "engine/base/limits.h"
#include "engine/remote/feeds/feed_thread.h"
#include "engine/remote/feeds/redis_connection.h"
#include "engine/remote/feeds/stream_id.h"
#include "engine/revocation/revocation.h"

namespace assay::feeds {

// RedisReadLimits: of one reading of everything.
struct RedisReadLimits {
  std::size_t bytes = kMaxRevocationFileBytes;  // of entries, each with a newline: what a file may have
  std::chrono::milliseconds time = std::chrono::minutes(10);
  std::size_t bytes_at_once = 64 << 20;  // read before the engine is given what they say: bounds what is held besides
};

class RedisFollower {
 public:
  // Requires an engine whose configuration has revocation.redis.
  RedisFollower(const std::shared_ptr<Engine>& engine, Clock clock, const RedisReadLimits& limits = {});

  // Step: connects if need be, and reads what is new, waiting up to `wait` for the first of it. A stop ends it, as a
  // failure, with the command under way: to read everything takes many.
  Result<void> Step(std::chrono::milliseconds wait, std::stop_token stop = {});

  FeedLog& log() { return log_; }

  // resyncs, followed: how often everything was read, and how many entries the stream gave besides.
  std::uint64_t resyncs() const { return resyncs_; }
  std::uint64_t followed() const { return followed_; }

 private:
  // End: the end of the stream as the server tells it.
  struct End {
    StreamId last;
    std::uint64_t added = 0;  // entries that were ever added
    std::int64_t asked_at = 0;
  };

  Result<void> TakeStep(std::chrono::milliseconds wait, std::stop_token stop);
  Result<void> Connect();
  Result<void> CheckRole();
  Result<End> AskEnd();
  Result<void> Resync();
  Result<void> Follow(std::chrono::milliseconds wait);
  Result<bool> CheckEnd(const End& end);

  void Confirm(const End& end);

  // ReadEntries, ReadStream: take everything, and leave it to the caller to deliver the last of it.
  Result<void> ReadEntries();
  Result<std::uint64_t> ReadStream(StreamId until);
  // EndPage: after each page of these: delivers, where much has been taken; fails beyond the limits.
  Result<void> EndPage();
  Result<RedisReply> Call(std::vector<std::string> words, std::chrono::milliseconds patience = {});

  // Take: adds the line to what Deliver() gives to the engine.
  void Take(const std::string& line);
  // TakeAll: takes the entries of a stream, in order; false when the answer is no such list.
  bool TakeAll(const RedisReply& entries, std::vector<StreamId>* ids);
  Result<void> Deliver();

  RevocationFeed feed_;
  const RedisConfig config_;
  const Clock clock_;
  const RedisReadLimits limits_;
  FeedLog log_;
  std::stop_token stop_;  // of the step
  std::optional<RedisConnection> connection_;

  enum class State : std::uint8_t {
    kResync,     // everything must be read: at first, and whenever something was missed
    kFollowing,  // everything up to last_ has been delivered
    kTainted,    // likewise, but for an entry that could not be read: nothing is confirmed until it is gone
  };

  State state_ = State::kResync;
  StreamId last_;
  std::uint64_t added_ = 0;  // how many entries had been added to the stream up to `last_`
  std::vector<Revocation> taken_;
  std::size_t taken_bytes_ = 0;                         // of what `taken_` was read from
  std::size_t read_bytes_ = 0;                          // since everything began to be read
  std::chrono::steady_clock::time_point read_until_{};  // by then it must have been
  std::string defect_;                                  // of an entry that could not be read since the last resync
  ClockWatch clock_watch_;
  std::int64_t retry_at_ = 0, retry_seconds_ = 0;  // when to read everything again because of it
  bool warned_empty_ = false;
  std::uint64_t resyncs_ = 0, followed_ = 0;
};

}  // namespace assay::feeds
