#include "engine/remote/feeds/redis_connection.h"

#include <hiredis/hiredis.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "engine/base/file.h"
#include "engine/base/redis_url.h"
#include "engine/remote/curl.h"
#include "engine/remote/resolve.h"

namespace assay::feeds {
namespace {

using remote::Set;
using std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr milliseconds kResolveTime{5000};
constexpr milliseconds kConnectTime{1000};
constexpr milliseconds kAnswerTime{2000};
constexpr std::size_t kMaxPasswordBytes = 4096;
constexpr std::size_t kMaxAnswerBytes = 64 << 20;  // a page of entries is some 200 KiB
constexpr std::size_t kMaxAnswerItems = 1 << 20;   // a page of a stream has some 5,000
constexpr int kMaxAnswerDepth = 7;                 // of arrays; a stream's entries stand in the fourth

// Arrays: makes the arrays of an answer as hiredis does, up to these bounds. hiredis itself makes room for as many
// items as a server announces, before one of them has come, and from 1.0 on takes arrays in arrays without end, which
// are freed by recursion.
struct Arrays {
  // Make: null, which ends the reading, beyond the bounds. Count: int before hiredis 1.0, size_t since.
  template <typename Count>
  static void* Make(const redisReadTask* task, Count count) {
    auto& arrays = *static_cast<Arrays*>(task->privdata);
    int depth = 1;
    for (const redisReadTask* outer = task->parent; outer != nullptr; outer = outer->parent) ++depth;
    const auto items = static_cast<std::size_t>(count);
    if (depth > kMaxAnswerDepth || items > arrays.items_left) {
      arrays.refused = true;
      return nullptr;
    }
    arrays.items_left -= items;
    return arrays.make(task, count);
  }

  decltype(redisReplyObjectFunctions::createArray) make;
  std::size_t items_left = 0;
  bool refused = false;
};

RedisReply Copy(const redisReply& reply) {
  RedisReply out;
  switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      out.kind = RedisReply::Kind::kText;
      out.text.assign(reply.str, reply.len);
      break;
    case REDIS_REPLY_INTEGER:
      out.kind = RedisReply::Kind::kNumber;
      out.number = reply.integer;
      break;
    case REDIS_REPLY_ARRAY:
      out.kind = RedisReply::Kind::kArray;
      for (std::size_t i = 0; i < reply.elements; ++i) out.items.push_back(Copy(*reply.element[i]));
      break;
    default:
      break;
  }
  return out;
}

Result<std::string> ReadPassword(const std::string& path) {
  Result<std::string> password = ReadWholeFile(path, kMaxPasswordBytes);
  if (!password) return Error{"Redis: the password file: " + password.error()};
  if (password->ends_with('\n')) password->pop_back();
  if (password->ends_with('\r')) password->pop_back();
  if (password->empty()) return Error{"Redis: the password file " + path + " is empty"};
  return password;
}

// Greetings: the commands that a connection begins with.
Result<std::vector<std::vector<std::string>>> Greetings(const RedisConfig& config, const RedisUrl& url) {
  std::string user = url.server.user, password = url.server.password;
  if (!config.password_file.empty()) {
    Result<std::string> read = ReadPassword(config.password_file);
    if (!read) return Error{read.error()};
    user = config.user;
    password = std::move(*read);
  }
  std::vector<std::vector<std::string>> greetings;
  if (!password.empty()) {
    greetings.push_back({"AUTH"});
    if (!user.empty()) greetings.back().push_back(user);
    greetings.back().push_back(password);
  }
  if (url.database != 0) greetings.push_back({"SELECT", std::to_string(url.database)});
  return greetings;
}

// WhyNot: why a connection failed: the system's word, where it has one, is shorter than libcurl's.
std::string WhyNot(CURL* easy, CURLcode code, const char* why) {
  long os_error = 0;
  if (code == CURLE_COULDNT_CONNECT && curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error) == CURLE_OK &&
      os_error > 0) {
    return std::generic_category().message(static_cast<int>(os_error));
  }
  return *why != '\0' ? why : curl_easy_strerror(code);
}

}  // namespace

// Wire: libcurl's connection, by which it sends and receives bytes and speaks no protocol, and hiredis's reader of
// what comes.
struct RedisConnection::Wire {
  Wire() {
    if (reader == nullptr) throw std::bad_alloc();
    functions = *reader->fn;
    arrays.make = std::exchange(functions.createArray, &Arrays::Make);
    reader->fn = &functions;
    reader->privdata = &arrays;
  }
  Wire(const Wire&) = delete;  // the reader points into it
  Wire& operator=(const Wire&) = delete;

  // AwaitSocket: false when the time is over first.
  bool AwaitSocket(short event, TimePoint end) const {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy.get(), CURLINFO_ACTIVESOCKET, &socket);
    pollfd wanted = {socket, event, 0};
    for (;;) {
      const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      const int ready = ::poll(&wanted, 1, static_cast<int>(left.count()));
      if (ready > 0 || (ready < 0 && errno != EINTR)) return true;  // what failed, sending or receiving tells
    }
  }

  Result<void> Send(std::string_view bytes, TimePoint end) const {
    while (!bytes.empty()) {
      std::size_t sent = 0;
      const CURLcode code = curl_easy_send(easy.get(), bytes.data(), bytes.size(), &sent);
      if (code == CURLE_AGAIN) {
        if (!AwaitSocket(POLLOUT, end)) return Error{"timed out"};
      } else if (code != CURLE_OK) {
        return Error{curl_easy_strerror(code)};
      }
      bytes.remove_prefix(sent);
    }
    return {};
  }

  // Receive: some bytes, for the reader; gives their number.
  Result<std::size_t> Receive(TimePoint end) const {
    char bytes[16 * 1024];
    for (;;) {
      if (std::chrono::steady_clock::now() >= end) return Error{"timed out"};
      std::size_t received = 0;
      const CURLcode code = curl_easy_recv(easy.get(), bytes, sizeof bytes, &received);
      if (code == CURLE_AGAIN) {
        if (!AwaitSocket(POLLIN, end)) return Error{"timed out"};
        continue;
      }
      if (code != CURLE_OK) return Error{curl_easy_strerror(code)};
      if (received == 0) return Error{"the server closed the connection"};
      if (redisReaderFeed(reader.get(), bytes, received) != REDIS_OK) return Error{reader->errstr};
      return received;
    }
  }

  Result<RedisReply> Answer(TimePoint end) {
    arrays.items_left = kMaxAnswerItems;
    for (std::size_t size = 0; size <= kMaxAnswerBytes;) {
      void* whole = nullptr;
      if (redisReaderGetReply(reader.get(), &whole) != REDIS_OK) {
        return Error{arrays.refused ? "an answer of too many items, or of arrays too deep in each other"
                                    : reader->errstr};
      }
      if (whole != nullptr) {
        const std::unique_ptr<redisReply, remote::Free<freeReplyObject>> reply(static_cast<redisReply*>(whole));
        if (reply->type != REDIS_REPLY_ERROR) return Copy(*reply);
        RedisReply refused;
        refused.kind = RedisReply::Kind::kError;
        refused.text.assign(reply->str, reply->len);
        return refused;
      }
      const Result<std::size_t> received = Receive(end);
      if (!received) return Error{received.error()};
      size += *received;
    }
    return Error{"an answer of more than 64 MiB"};
  }

  remote::List resolved;  // outlives `easy`, which points to it
  const remote::Easy easy = remote::MakeEasy();
  Arrays arrays = {};
  redisReplyObjectFunctions functions = {};
  const std::unique_ptr<redisReader, remote::Free<redisReaderFree>> reader{redisReaderCreate()};
};

RedisConnection::RedisConnection(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
RedisConnection::RedisConnection(RedisConnection&&) noexcept = default;
RedisConnection& RedisConnection::operator=(RedisConnection&&) noexcept = default;
RedisConnection::~RedisConnection() = default;

Result<RedisConnection> RedisConnection::Open(const RedisConfig& config) {
  if (const Result<void> valid = ValidateRedis(config); !valid) return Error{"Redis: " + valid.error()};
  const RedisUrl url = RedisUrl::Parse(config.url).value();
  const auto greetings = Greetings(config, url);
  if (!greetings) return Error{greetings.error()};

  char why[CURL_ERROR_SIZE] = "";
  auto wire = std::make_unique<Wire>();  // ends before what it points to
  CURL* const easy = wire->easy.get();
  const std::string where = url.server.host + " port " + std::to_string(url.port());
  Set(easy, CURLOPT_ERRORBUFFER, why);
  Set(easy, CURLOPT_URL,
      ((url.tls ? "https://" : "http://") + url.server.HostText() + ":" + std::to_string(url.port())).c_str());
  Set(easy, CURLOPT_PROTOCOLS_STR, url.tls ? "https" : "http");
  Set(easy, CURLOPT_CONNECT_ONLY, 1L);
  Set(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
  Set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  Set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(kConnectTime.count()));
  if (url.tls) {
    const Result<remote::TrustStore> trusted = remote::FindTrustStore(config.ca_file, false);
    if (!trusted) return Error{"Redis: " + trusted.error()};
    remote::SetTls(easy, *trusted);
  }
  // Names are looked up with a time of their own, which is kept, too.
  if (!remote::IpAddress::Parse(url.server.host)) {
    const remote::Resolution found =
        remote::Resolve(remote::SystemResolve, url.server.host, remote::Deadline(kResolveTime, {}));
    if (found.addresses.empty()) {
      return Error{"Redis: cannot resolve " + url.server.host + ": " +
                   (found.error.empty() ? "timed out" : found.error)};
    }
    wire->resolved = remote::Resolved(url.server.host, url.port(), found.addresses);
    Set(easy, CURLOPT_RESOLVE, wire->resolved.get());
  }
  const CURLcode code = curl_easy_perform(easy);
  if (code != CURLE_OK) {
    return Error{"Redis: cannot connect to " + where + ": " + WhyNot(easy, code, why)};
  }
  if (url.tls && !remote::ShowsHostNames(easy)) {
    return Error{"Redis: cannot connect to " + where +
                 ": the server's certificate names no host in its subjectAltName"};
  }
  Set(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));

  RedisConnection connection(std::move(wire));
  for (const std::vector<std::string>& words : *greetings) {
    const Result<RedisReply> reply = connection.Call(words);
    if (reply) continue;
    // A server that knows no AUTH repeats what it was sent: of its words only the first is told.
    if (!connection.alive() || words[0] != "AUTH") return Error{reply.error()};
    const std::string_view told = std::string_view(reply.error()).substr(std::string_view("Redis: ").size());
    return Error{"Redis: AUTH was refused (" + std::string(told.substr(0, told.find(' '))) + ")"};
  }
  return connection;
}

Result<RedisReply> RedisConnection::Call(std::span<const std::string> words, milliseconds patience) {
  if (wire_ == nullptr) return Error{"Redis: not connected"};
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    starts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* formatted = nullptr;
  const auto size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), starts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  const std::unique_ptr<char, remote::Free<redisFreeCommand>> command(formatted);
  const TimePoint end = std::chrono::steady_clock::now() + kAnswerTime + patience;
  // Whatever ends this before the whole answer is there, an exception too, ends the connection: what came later would
  // be taken for the answer to something else.
  std::unique_ptr<Wire> wire = std::move(wire_);
  const Result<void> sent = wire->Send({formatted, static_cast<std::size_t>(size)}, end);
  Result<RedisReply> reply = sent ? wire->Answer(end) : Result<RedisReply>(Error{sent.error()});
  if (!reply) return Error{"Redis: " + reply.error()};
  wire_ = std::move(wire);
  if (reply->kind == RedisReply::Kind::kError) return Error{"Redis: " + reply->text};
  return reply;
}

}  // namespace assay::feeds
