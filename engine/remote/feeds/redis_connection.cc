#include "engine/remote/feeds/redis_connection.h"

#include <hiredis/hiredis.h>
#include <sys/time.h>

namespace assay::feeds {
namespace {

constexpr std::chrono::milliseconds kConnectTime{1000};
constexpr std::chrono::milliseconds kAnswerTime{2000};

timeval ToTimeval(std::chrono::milliseconds time) {
  timeval out = {};
  out.tv_sec = static_cast<time_t>(time.count() / 1000);
  out.tv_usec = static_cast<suseconds_t>(time.count() % 1000 * 1000);
  return out;
}

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

}  // namespace

void RedisConnection::Close::operator()(redisContext* context) const { redisFree(context); }

Result<RedisConnection> RedisConnection::Open(const RedisUrl& url) {
  redisContext* const context = redisConnectWithTimeout(url.host.c_str(), url.port, ToTimeval(kConnectTime));
  RedisConnection connection(context);
  if (context == nullptr) return Error{"Redis: out of memory"};
  if (context->err != 0) {
    return Error{"Redis: cannot connect to " + url.host + " port " + std::to_string(url.port) + ": " + context->errstr};
  }
  redisEnableKeepAlive(context);
  std::vector<std::vector<std::string>> greetings;
  if (!url.password.empty()) {
    greetings.push_back(url.user.empty() ? std::vector<std::string>{"AUTH", url.password}
                                         : std::vector<std::string>{"AUTH", url.user, url.password});
  }
  if (url.database != 0) greetings.push_back({"SELECT", std::to_string(url.database)});
  for (const std::vector<std::string>& words : greetings) {
    const Result<RedisReply> reply = connection.Call(words);
    if (!reply) return Error{reply.error()};
  }
  return connection;
}

Result<RedisReply> RedisConnection::Call(std::span<const std::string> words, std::chrono::milliseconds patience) {
  if (context_ == nullptr) return Error{"Redis: not connected"};
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    starts.push_back(word.data());
    sizes.push_back(word.size());
  }
  redisSetTimeout(context_.get(), ToTimeval(kAnswerTime + patience));
  struct Free {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  const std::unique_ptr<redisReply, Free> reply(static_cast<redisReply*>(
      redisCommandArgv(context_.get(), static_cast<int>(words.size()), starts.data(), sizes.data())));
  if (reply == nullptr) {
    const std::string why = context_->errstr;
    context_.reset();
    return Error{"Redis: " + (why.empty() ? "the connection failed" : why)};
  }
  if (reply->type == REDIS_REPLY_ERROR) return Error{"Redis: " + std::string(reply->str, reply->len)};
  return Copy(*reply);
}

}  // namespace assay::feeds
