// EngineConfig::FromJson: the configuration file format, member by member.
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/redis_url.h"
#include "engine/base/url.h"
#include "engine/config/config.h"
#include "engine/config/issuer_members.h"
#include "engine/config/key_source_file.h"
#include "engine/config/member_names.h"
#include "engine/json/config_reader.h"
#include "engine/policy/issuer_names.h"

namespace assay {
namespace {

using Object = ConfigReader::Object;
using Item = ConfigReader::Item;

constexpr std::int64_t kDay = 24 * 3600;

void ReadRefresh(ConfigReader& reader, const Object& issuer, RefreshConfig* refresh) {
  Object object;
  if (!reader.Child(issuer, "refresh", &object)) return;
  reader.RefuseUnknown(object, kRefreshMembers);
  reader.Integer(object, "min_seconds", 1, kDay, &refresh->min_seconds);
  reader.Integer(object, "max_seconds", 1, kDay, &refresh->max_seconds);
  reader.Integer(object, "cooldown_seconds", 1, 3600, &refresh->cooldown_seconds);
  reader.Integer(object, "max_stale_seconds", 1, 7 * kDay, &refresh->max_stale_seconds);
  if (refresh->min_seconds > refresh->max_seconds) {
    reader.Refuse(object.value, object.pointer, "min_seconds is greater than max_seconds");
  }
  if (refresh->max_stale_seconds < refresh->max_seconds) {
    reader.Refuse(object.value, object.pointer, "max_stale_seconds is less than max_seconds");
  }
}

// WarnOfKeys: of a source whose keys verify none of the issuer's tokens.
void WarnOfKeys(ConfigReader& reader, const Object& issuer, const IssuerConfig& config) {
  const KeySource::Kind kind = config.keys.kind;
  if (config.policy.subject_trust_domain.empty() ||
      (kind != KeySource::Kind::kPemFile && kind != KeySource::Kind::kX509Url)) {
    return;
  }
  reader.Warn(*issuer.Find("keys"), ConfigReader::Pointer(issuer, "keys"),
              "verifies no token: JWT-SVIDs go by keys whose use is jwt-svid, which only a JWK Set can say");
}

void ReadIssuers(ConfigReader& reader, const Object& root, std::vector<IssuerConfig>* issuers) {
  std::vector<Item> items;
  std::set<std::string> entries;
  if (!reader.Required(root, "issuers") || !reader.Items(root, "issuers", &items)) return;
  for (const Item& item : items) {
    Object object;
    IssuerConfig config;
    if (!reader.AsObject(item, &object)) continue;
    reader.RefuseUnknown(object, kIssuerMembers);
    ReadPolicy(reader, object, &config.policy);
    const std::string entry = EntryName(config.policy);
    if (!entry.empty() && !entries.insert(entry).second) {
      reader.Refuse(object.value, ConfigReader::Pointer(object, "issuer"), "is configured twice");
    }
    ReadKeySource(reader, object, &config);
    WarnOfKeys(reader, object, config);
    ReadRefresh(reader, object, &config.refresh);
    if (const json::Value* const refresh = object.Find("refresh"); refresh != nullptr && !IsFetched(config.keys)) {
      reader.Warn(*refresh, ConfigReader::Pointer(object, "refresh"),
                  "says nothing of keys that are not fetched: they never become too old");
    }
    issuers->push_back(std::move(config));
  }
}

void ReadLimits(ConfigReader& reader, const Object& root, Limits* limits) {
  Object object;
  if (!reader.Child(root, "limits", &object)) return;
  reader.RefuseUnknown(object, kLimitsMembers);
  std::int64_t number = 0;
  if (reader.Integer(object, "token_bytes", 256, kMaxTokenBytesCeiling, &number)) {
    limits->token_bytes = static_cast<std::size_t>(number);
  }
  if (reader.Integer(object, "object_members", 16, static_cast<std::int64_t>(kMaxObjectMembersCeiling), &number)) {
    limits->object_members = static_cast<std::size_t>(number);
  }
  if (reader.Integer(object, "table_memory_mib", 1, 64 * 1024, &number)) {
    limits->table_memory_mib = static_cast<std::size_t>(number);
  }
  if (reader.Integer(object, "verdict_cache_kib", 0, static_cast<std::int64_t>(kMaxVerdictCacheKib), &number)) {
    limits->verdict_cache_kib = static_cast<std::size_t>(number);
  }
}

void ReadRedis(ConfigReader& reader, const Object& revocation, RevocationConfig* config) {
  Object object;
  if (!reader.Child(revocation, "redis", &object)) return;
  reader.RefuseUnknown(object, kRedisMembers);
  RedisConfig redis;
  if (reader.Required(object, "url") && reader.String(object, "url", &redis.url)) {
    const Result<RedisUrl> url = RedisUrl::Parse(redis.url);
    const bool is_redis = redis.url.starts_with("redis://") || redis.url.starts_with("rediss://");
    if (!url) {
      reader.Refuse(*object.Find("url"), ConfigReader::Pointer(object, "url"),
                    is_redis ? "is " + url.error() : "must be a redis: or rediss: URL");
    }
  }
  reader.String(object, "user", &redis.user);
  reader.String(object, "password_file", &redis.password_file);
  reader.String(object, "ca_file", &redis.ca_file);
  reader.String(object, "entries_key", &redis.entries_key);
  reader.String(object, "stream_key", &redis.stream_key);
  config->redis = std::move(redis);
}

void ReadRevocation(ConfigReader& reader, const Object& root, RevocationConfig* config) {
  Object object;
  if (!reader.Child(root, "revocation", &object)) return;
  reader.RefuseUnknown(object, kRevocationMembers);
  reader.String(object, "file", &config->file);
  ReadRedis(reader, object, config);
  if (object.Find("file") == nullptr && object.Find("redis") == nullptr) {
    reader.Refuse(object.value, object.pointer, "must have file, redis or both");
  }
  std::int64_t seconds = 0;
  if (reader.Integer(object, "max_stale_seconds", 1, kDay, &seconds)) config->max_stale_seconds = seconds;
  if (reader.Integer(object, "max_token_lifetime_seconds", 1, std::numeric_limits<std::int32_t>::max(), &seconds)) {
    config->max_token_lifetime_seconds = seconds;
  }
}

}  // namespace

Result<EngineConfig> EngineConfig::FromJson(std::string_view text, std::string_view name) {
  ConfigReader reader(text, name);
  EngineConfig config;
  Object root;
  if (reader.Open(&root)) {
    reader.RefuseUnknown(root, kFileMembers);
    std::int64_t version = 0;
    if (reader.Required(root, "version")) reader.Integer(root, "version", 1, 1, &version);
    ReadIssuers(reader, root, &config.issuers);
    ReadLimits(reader, root, &config.limits);
    ReadRevocation(reader, root, &config.revocation);
  }
  if (!reader.clean()) return Error{reader.Message()};
  config.warnings = reader.Warnings();
  return config;
}

}  // namespace assay
