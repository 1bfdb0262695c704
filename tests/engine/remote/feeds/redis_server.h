// A real redis-server on loopback, in a folder of its own, that tests may kill.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/api/engine.h"
#include "engine/remote/feeds/redis_connection.h"
#include "tests/testing/temporary_folder.h"

namespace assay::testing {

// Whether the machine has a redis-server; tests that need one skip themselves otherwise.
bool HasRedisServer();

class RedisServer {
 public:
  // RedisServer: started, appending to its file with every write. `extra`: options of the server besides, of which
  // `--tls-cert-file` makes it speak TLS alone; then `ca_file` is for whom its clients trust.
  explicit RedisServer(std::vector<std::string> extra = {}, std::string ca_file = "");
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  void Kill();     // SIGKILL, and waits for its end
  void Restart();  // after Kill(): the same port and files

  std::string url() const {
    return (ca_file_.empty() ? "redis://127.0.0.1:" : "rediss://127.0.0.1:") + std::to_string(port_);
  }
  RedisConfig config() const {
    RedisConfig config;
    config.url = url();
    config.ca_file = ca_file_;
    return config;
  }

  // One command that must succeed.
  feeds::RedisReply Do(const std::vector<std::string>& words);

 private:
  bool Start();  // whether the server answers

  const TemporaryFolder folder_;
  const std::vector<std::string> extra_;
  const std::string ca_file_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace assay::testing
