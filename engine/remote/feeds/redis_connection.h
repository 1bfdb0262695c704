// RedisConnection: one connection to a Redis server, one command at a time.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/redis_url.h"
#include "engine/base/result.h"

struct redisContext;

namespace assay::feeds {

// RedisReply: what the server answered.
struct RedisReply {
  enum class Kind { kNil, kText, kNumber, kArray };
  Kind kind = Kind::kNil;
  std::string text;
  std::int64_t number = 0;
  std::vector<RedisReply> items;
};

class RedisConnection {
 public:
  // Open: connects, authenticates and selects the database.
  static Result<RedisConnection> Open(const RedisUrl& url);

  // Call: sends a command and waits for its answer, `patience` beyond the usual time. An error of the server (such as
  // WRONGTYPE) leaves the connection usable; after any other failure alive() is false.
  Result<RedisReply> Call(std::span<const std::string> words,
                          std::chrono::milliseconds patience = std::chrono::milliseconds(0));

  bool alive() const { return context_ != nullptr; }

 private:
  struct Close {
    void operator()(redisContext* context) const;
  };
  explicit RedisConnection(redisContext* context) : context_(context) {}

  std::unique_ptr<redisContext, Close> context_;
};

}  // namespace assay::feeds
