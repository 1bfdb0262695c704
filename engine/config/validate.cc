#include "engine/config/validate.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/redis_url.h"
#include "engine/base/url.h"
#include "engine/config/key_transport.h"
#include "engine/json/text.h"
#include "engine/policy/issuer_names.h"
#include "engine/revocation/revocation_line.h"

namespace assay {
namespace {

// ValidateIssuers: fails for issuers that are unsafe together, though each may be sound alone.
Result<void> ValidateIssuers(const std::vector<IssuerConfig>& issuers) {
  if (issuers.empty()) return Error{"no issuers are configured"};
  std::set<std::string> names, entries;
  for (const IssuerConfig& issuer : issuers) {
    if (!entries.insert(EntryName(issuer.policy)).second) return Error{"two issuers have the same name"};
    const Result<IssuerNames> known = IssuerNames::Build(issuer.policy);
    for (const std::string& name : known ? known->all() : std::vector<std::string>()) {
      if (!names.insert(name).second) return Error{"two issuers have the same name, " + json::Escaped(name)};
    }
    if (issuer.policy.issuer_mode != IssuerMode::kChosenByIss && issuers.size() > 1) {
      return Error{"an issuer that is not chosen by `iss` must be the only one"};
    }
  }
  return {};
}

Result<void> ValidateLimits(const Limits& limits) {
  if (limits.token_bytes == 0 || limits.token_bytes > kMaxTokenBytesCeiling) {
    return Error{"limits: token_bytes is outside 1.." + std::to_string(kMaxTokenBytesCeiling)};
  }
  if (limits.object_members == 0 || limits.object_members > kMaxObjectMembersCeiling) {
    return Error{"limits: object_members is outside 1.." + std::to_string(kMaxObjectMembersCeiling)};
  }
  if (limits.table_memory_mib > kMaxTableMemoryMib) {
    return Error{"limits: table_memory_mib is above " + std::to_string(kMaxTableMemoryMib)};
  }
  if (limits.verdict_cache_kib > kMaxVerdictCacheKib) {
    return Error{"limits: verdict_cache_kib is above " + std::to_string(kMaxVerdictCacheKib)};
  }
  return {};
}

// ValidateRevocationConfig: fails for a configuration that could not be enforced.
Result<void> ValidateRevocationConfig(const EngineConfig& config) {
  const RevocationConfig& revocation = config.revocation;
  const bool wanted = !revocation.file.empty() || revocation.redis;
  if (wanted && IsSignatureOnly(config)) return Error{"revocation: signature_only reads no claims to revoke by"};
  if (revocation.max_stale_seconds) {
    if (*revocation.max_stale_seconds < 1) return Error{"revocation: max_stale_seconds is not positive"};
    if (!wanted) return Error{"revocation: max_stale_seconds, but nothing that could become stale"};
  }
  if (revocation.redis) {
    if (const Result<void> redis = ValidateRedis(*revocation.redis); !redis) {
      return Error{"revocation: " + redis.error()};
    }
  }
  if (!revocation.max_token_lifetime_seconds) return {};
  const std::int64_t lifetime = *revocation.max_token_lifetime_seconds;
  if (lifetime < 1) return Error{"revocation: max_token_lifetime_seconds is not positive"};
  for (const IssuerConfig& issuer : config.issuers) {
    // Otherwise a token could be older than the entry that revokes it is kept.
    if (!issuer.policy.max_age_seconds || *issuer.policy.max_age_seconds > lifetime) {
      return Error{"revocation: max_token_lifetime_seconds needs a max_age_seconds of at most that for every issuer"};
    }
  }
  return {};
}

}  // namespace

std::vector<MemberDefect> FindRedisDefects(const RedisConfig& redis, const RedisUrl& url) {
  std::vector<MemberDefect> defects;
  if (!redis.password_file.empty() && !url.server.password.empty()) {
    defects.push_back({"password_file", "a password_file beside a password in the URL"});
  }
  if (redis.password_file.empty() && !redis.user.empty()) {
    defects.push_back({"user", "a user without a password_file"});
  }
  if (!redis.ca_file.empty() && !url.tls) {
    defects.push_back({"ca_file", "a ca_file for a redis: URL, which is not encrypted: say rediss:"});
  }
  return defects;
}

Result<void> ValidateRedis(const RedisConfig& redis) {
  const Result<RedisUrl> url = RedisUrl::Parse(redis.url);
  if (!url) return Error{url.error()};
  if (const auto defects = FindRedisDefects(redis, *url); !defects.empty()) return Error{defects.front().why};
  for (const std::string& path : {redis.password_file, redis.ca_file}) {
    if (path.empty()) continue;
    if (const Result<File> file = File::Open(path); !file) return Error{file.error()};
  }
  return {};
}

Result<void> ValidateConfig(const EngineConfig& config) {
  if (const Result<void> issuers = ValidateIssuers(config.issuers); !issuers) return issuers;
  if (const Result<void> limits = ValidateLimits(config.limits); !limits) return limits;
  return ValidateRevocationConfig(config);
}

bool IsSignatureOnly(const EngineConfig& config) {
  return std::any_of(config.issuers.begin(), config.issuers.end(),
                     [](const IssuerConfig& issuer) { return issuer.policy.signature_only; });
}

Result<void> ValidateKeySource(const IssuerConfig& issuer) {
  if (IsFetched(issuer.keys)) {
    const bool discovers = issuer.keys.kind == KeySource::Kind::kDiscover;
    const std::string where = json::Escaped(discovers ? EntryName(issuer.policy) : issuer.keys.value) + ": " +
                              (discovers ? "the issuer cannot be asked: " : "");
    if (const Result<Url> url = SourceUrl(issuer); !url) return Error{where + url.error()};
  }
  if (!issuer.keys.pem_files.empty() && (issuer.keys.kind != KeySource::Kind::kPemFile || !issuer.keys.value.empty())) {
    return Error{json::Escaped(issuer.policy.issuer) + ": pem_files beside another source of keys"};
  }
  const std::vector<MemberDefect> defects = FindTransportDefects(issuer);
  if (defects.empty()) return {};
  return Error{json::Escaped(issuer.policy.issuer) + ": keys." + std::string(defects[0].member) + " " + defects[0].why};
}

Result<void> ValidateRevocationFile(const std::string& path) {
  const Result<std::string> text = ReadLastingFile(path, kMaxRevocationFileBytes);
  if (!text) return Error{text.error()};
  const Result<void> read = revocation::RevocationLineReader().ReadAll(*text, [](const Revocation&) {});
  if (!read) return Error{path + ": " + read.error()};
  return {};
}

}  // namespace assay
