// EngineConfig::FromJson: the configuration file format, member by member.
#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/redis_url.h"
#include "engine/config/config.h"
#include "engine/config/issuer_members.h"
#include "engine/config/key_source_file.h"
#include "engine/config/member_names.h"
#include "engine/config/validate.h"
#include "engine/json/config_reader.h"
#include "engine/json/text.h"
#include "engine/jwks/usable_keys.h"
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

// EntriesByName: refuses an entry with a name by which the tokens of one before it go.
class EntriesByName {
 public:
  explicit EntriesByName(ConfigReader& reader) : reader_(reader) {}

  void Add(const Object& entry, const PolicyConfig& policy) {
    const std::string_view member = entry.Find("issuer") != nullptr ? "issuer" : "subject_trust_domain";
    const std::string name = EntryName(policy);
    if (name.empty()) return;  // a defect of its own
    if (!entries_.insert(name).second) return Refuse(entry, std::string(member), "is configured twice");
    const Result<IssuerNames> names = IssuerNames::Build(policy);
    if (!names) return;
    std::size_t repeated = 0;
    std::string first;
    for (std::size_t i = 0; i < names->all().size(); ++i) {
      const auto [known, is_new] = pointers_.emplace(names->all()[i], entry.pointer);
      if (is_new) continue;
      const std::string why = json::Quoted(known->first) + " is a name of " + known->second + " as well";
      if (!policy.issuer_aliases.empty()) {
        Refuse(entry, std::string(member) + '/' + std::to_string(i), why);
      } else if (++repeated == 1) {
        first = why;
      }
    }
    if (repeated == 0) return;
    Refuse(entry, std::string(member),
           first + (repeated == 1 ? "" : ", and so are " + std::to_string(repeated - 1) + " more of its names"));
  }

 private:
  void Refuse(const Object& entry, const std::string& path, const std::string& why) {
    reader_.Refuse(reader_.ValueAt(entry, path), entry.pointer + '/' + path, why);
  }

  ConfigReader& reader_;
  std::set<std::string> entries_;
  std::unordered_map<std::string, std::string> pointers_;  // of the entries, by every name
};

// CheckInlineKeys: where the policy has a defect, its algorithms are not all known, and may be any.
void CheckInlineKeys(ConfigReader& reader, const Object& issuer, const IssuerConfig& config, bool has_policy) {
  if (config.keys.kind != KeySource::Kind::kInline || config.keys.value.empty()) return;
  AlgorithmSet allowed = config.policy.algorithms;
  for (int i = 0; i < kAlgorithmCount && !has_policy; ++i) allowed.Add(static_cast<Algorithm>(i));
  const auto keys = jwks::ReadUsableKeys(config.keys.value, jwks::KeyForm::kJwks, allowed);
  if (keys) return;
  reader.Refuse(reader.ValueAt(issuer, "keys/inline"), issuer.pointer + "/keys/inline", keys.error());
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

// AdviceFor: of members that other engines have, and of those that stand elsewhere: what is nearest by name does
// something else.
std::string_view AdviceFor(std::string_view name) {
  const auto is_one_of = [&](std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  constexpr std::string_view kOfScopes[] = {"required_scopes", "required_scope", "scope"};
  constexpr std::string_view kOfJwks[] = {"jwks_uri", "jwks_url"};
  if (is_one_of(kOfScopes)) {
    return R"(to ask for a scope, write a rule in `claims`: {"claim": "scope", "words": ["files:read"]})";
  }
  if (is_one_of(kOfJwks)) return R"(keys from a URL are "keys": {"url": "https://…"})";
  if (name == "jwks") return R"(a JWK Set is "keys": {"inline": {…}})";
  if (is_one_of(kRefreshMembers)) return "it stands in `refresh`";
  if (is_one_of(kKeysMembers)) return "it stands in `keys`";
  if (is_one_of(kLimitsMembers)) return "it stands in `limits`, at the root";
  return {};
}

// ReadIssuers: `objects` receives where each of `issuers` stands.
void ReadIssuers(ConfigReader& reader, const Object& root, std::vector<IssuerConfig>* issuers,
                 std::vector<Object>* objects) {
  std::vector<Item> items;
  EntriesByName entries(reader);
  if (!reader.Required(root, "issuers") || !reader.Items(root, "issuers", &items)) return;
  for (const Item& item : items) {
    Object object;
    IssuerConfig config;
    if (!reader.AsObject(item, &object)) continue;
    reader.RefuseUnknown(object, kIssuerMembers, AdviceFor);
    const std::size_t defects = reader.defect_count();
    ReadPolicy(reader, object, &config.policy);
    const bool has_policy = reader.defect_count() == defects;
    entries.Add(object, config.policy);
    ReadKeySource(reader, object, &config);
    CheckInlineKeys(reader, object, config, has_policy);
    WarnOfKeys(reader, object, config);
    ReadRefresh(reader, object, &config.refresh);
    if (const json::Value* const refresh = object.Find("refresh"); refresh != nullptr && !IsFetched(config.keys)) {
      reader.Warn(*refresh, ConfigReader::Pointer(object, "refresh"),
                  "says nothing of keys that are not fetched: they never become too old");
    }
    issuers->push_back(std::move(config));
    objects->push_back(std::move(object));
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
  reader.String(object, "user", &redis.user);
  reader.String(object, "password_file", &redis.password_file);
  reader.String(object, "ca_file", &redis.ca_file);
  if (reader.Required(object, "url") && reader.String(object, "url", &redis.url)) {
    const Result<RedisUrl> url = RedisUrl::Parse(redis.url);
    const bool is_redis = redis.url.starts_with("redis://") || redis.url.starts_with("rediss://");
    if (!url) {
      reader.Refuse(*object.Find("url"), ConfigReader::Pointer(object, "url"),
                    is_redis ? "is " + url.error() : "must be a redis: or rediss: URL");
    }
    for (const MemberDefect& defect : url ? FindRedisDefects(redis, *url) : std::vector<MemberDefect>()) {
      reader.Refuse(*object.Find(defect.member), ConfigReader::Pointer(object, defect.member), defect.why);
    }
  }
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

// CheckAges: a token could be older than the entry that revokes it is kept, unless every issuer bounds its age.
void CheckAges(ConfigReader& reader, const EngineConfig& config, const std::vector<Object>& objects) {
  const std::optional<std::int64_t> lifetime = config.revocation.max_token_lifetime_seconds;
  for (std::size_t i = 0; lifetime && i < objects.size(); ++i) {
    const std::optional<std::int64_t> age = config.issuers[i].policy.max_age_seconds;
    const json::Value* const member = objects[i].Find("max_age_seconds");
    const bool is_defect = !age && member != nullptr && member->kind != json::Kind::kNull;  // of its own
    if (is_defect || (age && *age <= *lifetime)) continue;
    reader.Refuse(member != nullptr ? *member : objects[i].value, ConfigReader::Pointer(objects[i], "max_age_seconds"),
                  (age ? "must be at most " : "must be there, and at most ") + std::to_string(*lifetime) +
                      ", since /revocation/max_token_lifetime_seconds says that no token lives longer");
  }
}

}  // namespace

Result<EngineConfig> EngineConfig::FromJson(std::string_view text, std::string_view name) {
  ConfigReader reader(text, name);
  EngineConfig config;
  Object root;
  if (reader.Open(&root) && root.Find("resource") != nullptr && root.Find("issuers") == nullptr) {
    reader.Refuse(root.value, "", "is an MCP policy, and no configuration of issuers");
  } else if (reader.clean()) {
    reader.RefuseUnknown(root, kFileMembers);
    std::int64_t version = 0;
    if (reader.Required(root, "version")) reader.Integer(root, "version", 1, 1, &version);
    std::vector<Object> objects;
    ReadIssuers(reader, root, &config.issuers, &objects);
    ReadLimits(reader, root, &config.limits);
    ReadRevocation(reader, root, &config.revocation);
    CheckAges(reader, config, objects);
  }
  if (!reader.clean()) return Error{reader.Message()};
  config.warnings = reader.Warnings();
  return config;
}

}  // namespace assay
