// RedisConnection: one connection to a Redis server, one command at a time.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/config/config.h"

namespace assay::feeds {

// RedisReply: what the server answered. Call() gives no kError.
struct RedisReply {
  enum class Kind { kNil, kText, kNumber, kArray, kError };
  Kind kind = Kind::kNil;
  std::string text;
  std::int64_t number = 0;
  std::vector<RedisReply> items;
};

// RedisConnection: over TCP or TLS by libcurl, in Redis's own protocol by hiredis.
class RedisConnection {
 public:
  // Open: connects, authenticates and selects the database. With rediss: nothing is sent before the server has shown
  // a certificate for its name, and there is no way without.
  static Result<RedisConnection> Open(const RedisConfig& config);

  RedisConnection(RedisConnection&&) noexcept;
  RedisConnection& operator=(RedisConnection&&) noexcept;
  ~RedisConnection();

  // Call: sends a command and waits for its answer, `patience` beyond the usual time. An error of the server (such as
  // WRONGTYPE) leaves the connection usable; after any other failure alive() is false.
  Result<RedisReply> Call(std::span<const std::string> words,
                          std::chrono::milliseconds patience = std::chrono::milliseconds(0));

  bool alive() const { return wire_ != nullptr; }

 private:
  struct Wire;
  explicit RedisConnection(std::unique_ptr<Wire> wire);

  std::unique_ptr<Wire> wire_;
};

}  // namespace assay::feeds
