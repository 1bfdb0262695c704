#include "tools/assay/run/revocation_feeds.h"

#include <functional>
#include <set>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/policy/issuer_names.h"
#include "engine/revocation/revocation_line.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"
#if ASSAY_REDIS
#include "engine/remote/feeds/redis_feed.h"
#endif

namespace assay {
#if !ASSAY_REDIS
class RedisFeed {};
#endif
}  // namespace assay

namespace assay::cli {
namespace {

#if !ASSAY_REDIS
constexpr char kNoRedis[] = "this build cannot speak to Redis: hiredis was missing";
#endif

}  // namespace

void RequireRevocationFeeds([[maybe_unused]] const RevocationConfig& config) {
#if !ASSAY_REDIS
  if (config.redis) throw InputError{kNoRedis};
#endif
}

void WarnOfStrangers(const EngineConfig& config) {
  constexpr std::size_t kMostNamed = 10;
  const std::string& path = config.revocation.file;
  if (path.empty()) return;
  std::set<std::string> known;
  for (const IssuerConfig& issuer : config.issuers) {
    const Result<IssuerNames> names = IssuerNames::Build(issuer.policy);
    if (names) known.insert(names->all().begin(), names->all().end());
  }
  const Result<std::string> text = ReadWholeFile(path, kMaxRevocationFileBytes);
  if (!text) throw InputError{text.error()};
  std::set<std::string> strangers;
  const Result<void> read = revocation::RevocationLineReader().ReadAll(*text, [&](const Revocation& each) {
    if (known.contains(each.issuer) || !strangers.insert(each.issuer).second) return;
    if (strangers.size() > kMostNamed) return;
    Warn(Printable(path + ": revokes what is of " + each.issuer + ", which is no configured issuer, to no effect"));
  });
  if (!read) throw InputError{path + ": " + read.error()};
  if (strangers.size() > kMostNamed) {
    Warn(Printable(path) + ": and of " + std::to_string(strangers.size() - kMostNamed) + " more");
  }
}

RevocationFeeds::RevocationFeeds(const std::shared_ptr<Engine>& engine, std::optional<std::int64_t> now) {
  std::function<std::int64_t()> clock;  // empty: the system's
  if (now) clock = [now] { return *now; };
  if (!engine->config()->revocation.file.empty()) {
    file_ = std::make_unique<FileFeed>(engine, clock);
    if (const Result<void> read = file_->Poll(); !read) throw InputError{read.error()};
    if (!now) file_->Start();
  }
  if (!engine->config()->revocation.redis) return;
#if ASSAY_REDIS
  auto feed = RedisFeed::Make(engine, clock);
  if (!feed) throw InputError{feed.error()};
  redis_ = std::move(feed).value();
  if (const Result<void> caught_up = redis_->CatchUp(); !caught_up) throw InputError{caught_up.error()};
  redis_->Start();
#else
  throw InputError{kNoRedis};
#endif
}

RevocationFeeds::~RevocationFeeds() = default;

RedisOptions::RedisOptions(CLI::App* app, CLI::Option* server) {
  user_ = AddValue(app, "--redis-user", "NAME", "With --redis-password-file: as this user, not as the default one");
  password_file_ = AddValue(app, "--redis-password-file", "FILE", "The password for Redis, in place of one in its URL");
  ca_file_ = AddValue(app, "--redis-ca-file", "PEM", "Who may vouch for a rediss:// server, instead of the system's");
  for (CLI::Option* option : {user_, password_file_, ca_file_}) option->needs(server)->group("Redis");
}

bool RedisOptions::IsRedis(const std::string& url) {
  return url.starts_with("redis://") || url.starts_with("rediss://");
}

RedisConfig RedisOptions::Build(std::string url) const {
  return {.url = std::move(url), .password_file = Text(password_file_), .user = Text(user_), .ca_file = Text(ca_file_)};
}

void PublishRevocations([[maybe_unused]] const RedisConfig& config,
                        [[maybe_unused]] std::span<const Revocation> revocations) {
#if ASSAY_REDIS
  const Result<void> published = PublishToRedis(config, revocations);
  if (!published) throw InputError{published.error()};
#else
  throw InputError{kNoRedis};
#endif
}

}  // namespace assay::cli
