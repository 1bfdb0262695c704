#include "tests/engine/remote/feeds/redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "engine/remote/feeds/redis_connection.h"
#include "tests/testing/eventually.h"

namespace assay::testing {
namespace {

constexpr char kServer[] = "redis-server";

std::string PathOfServer() {
  const char* const path = std::getenv("PATH");
  for (std::string rest = path == nullptr ? "" : path; !rest.empty();) {
    const std::size_t colon = rest.find(':');
    const std::string file = rest.substr(0, colon) + "/" + kServer;
    if (::access(file.c_str(), X_OK) == 0) return file;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return {};
}

std::uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

bool HasRedisServer() { return !PathOfServer().empty(); }

// A port that was free may be another process's by the time that the server binds it: then the next one is tried.
RedisServer::RedisServer(std::vector<std::string> extra, std::string ca_file)
    : extra_(std::move(extra)), ca_file_(std::move(ca_file)) {
  for (int tries = 0; tries < 5; ++tries) {
    port_ = FreePort();
    if (Start()) return;
  }
  ADD_FAILURE() << "redis-server did not start";
}

RedisServer::~RedisServer() { Kill(); }

void RedisServer::Kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::Restart() { EXPECT_TRUE(Start()) << "redis-server did not start again"; }

bool RedisServer::Start() {
  const std::string server = PathOfServer();
  const std::string port = std::to_string(port_);
  const std::string folder = folder_.Path(".");
  std::vector<std::string> words = {kServer, "--bind",       "127.0.0.1", "--dir",         folder,  "--save",
                                    "",      "--appendonly", "yes",       "--appendfsync", "always"};
  const std::vector<std::string> ports = ca_file_.empty() ? std::vector<std::string>{"--port", port}
                                                          : std::vector<std::string>{"--port", "0", "--tls-port", port};
  words.insert(words.end(), ports.begin(), ports.end());
  words.insert(words.end(), extra_.begin(), extra_.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    ::execv(server.c_str(), arguments.data());
    ::_exit(127);
  }
  // Another's server on the port would answer too; and while it loads its file, a server answers INFO, but nothing
  // else.
  const std::string own = "\nprocess_id:" + std::to_string(pid_) + '\r';
  const std::vector<std::string> info = {"INFO", "server"}, ping = {"PING"};
  bool answers = false;
  Eventually([&] {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return true;
    }
    auto connection = feeds::RedisConnection::Open(config());
    if (!connection) return false;
    const auto reply = connection->Call(info);
    answers = reply && reply->text.find(own) != std::string::npos && connection->Call(ping).ok();
    return answers;
  });
  if (!answers) Kill();
  return answers;
}

feeds::RedisReply RedisServer::Do(const std::vector<std::string>& words) {
  auto connection = feeds::RedisConnection::Open(config());
  EXPECT_TRUE(connection.ok()) << connection.error();
  auto reply = connection->Call(words);
  EXPECT_TRUE(reply.ok()) << words[0] << ": " << reply.error();
  return reply ? *reply : feeds::RedisReply();
}

}  // namespace assay::testing
