// PublishToRedis: what whoever revokes does.
#include <algorithm>

#include "engine/base/limits.h"
#include "engine/remote/feeds/redis_connection.h"
#include "engine/remote/feeds/redis_feed.h"

namespace assay {
namespace {

// A set that was lost is not begun anew: with a few new entries it would look whole to whoever starts. A user
// without the right to ask, which none needed once, is let go on.
// KEYS: the sorted set, the stream. ARGV: pairs of score and line. The score is when the entry may go, by the
// server's clock and with a day for clocks that differ.
constexpr char kScript[] = R"(
if redis.pcall('EXISTS', KEYS[1]) == 0 and redis.pcall('EXISTS', KEYS[2]) == 1 then
  local stream = redis.pcall('XINFO', 'STREAM', KEYS[2])
  local said = {}
  for i = 1, #stream, 2 do said[stream[i]] = stream[i + 1] end
  if said['entries-added'] and said['length'] < said['entries-added'] then
    return redis.error_reply('the sorted set is gone, and the stream has lost entries that stood in it: restore it, or delete both')
  end
end
local now = redis.call('TIME')[1]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 86400)
for i = 1, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', '1000000', '*', 'revocation', ARGV[i + 1])
end
return #ARGV / 2)";

constexpr std::size_t kAtOnce = 1000;  // entries for each run of the script

}  // namespace

Result<void> PublishToRedis(const RedisConfig& config, std::span<const Revocation> revocations) {
  for (const Revocation& revocation : revocations) {
    if (const auto valid = ValidateRevocation(revocation); !valid) return valid;
  }
  Result<feeds::RedisConnection> connection = feeds::RedisConnection::Open(config);
  if (!connection) return Error{connection.error()};
  while (!revocations.empty()) {
    std::vector<std::string> words = {"EVAL", kScript, "2", config.entries_key, config.stream_key};
    const std::size_t count = std::min(kAtOnce, revocations.size());
    for (const Revocation& revocation : revocations.first(count)) {
      const std::int64_t expires_at = revocation.expires_at.value_or(INT64_MAX);
      words.push_back(expires_at > INT64_MAX - kMaxLeewaySeconds ? "+inf"
                                                                 : std::to_string(expires_at + kMaxLeewaySeconds));
      words.push_back(FormatRevocation(revocation));
    }
    revocations = revocations.subspan(count);
    const Result<feeds::RedisReply> reply = connection->Call(words, std::chrono::seconds(3));
    if (!reply) return Error{reply.error()};
    if (reply->number != static_cast<std::int64_t>(count)) return Error{"Redis: unexpected answer to EVAL"};
  }
  return {};
}

}  // namespace assay
