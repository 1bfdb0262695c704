// Engine's revocations: what the configuration asks for, and what hosts and feeds add.
#include <algorithm>

#include "engine/api/engine.h"
#include "engine/api/engine_impl.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/revocation/revocation_line.h"

namespace assay {
namespace {

constexpr std::int64_t kDefaultStreamStaleSeconds = 60;

bool SignatureOnly(const EngineConfig& config) {
  return std::any_of(config.issuers.begin(), config.issuers.end(),
                     [](const IssuerConfig& issuer) { return issuer.policy.signature_only; });
}

}  // namespace

Result<void> CheckRevocationConfig(const EngineConfig& config) {
  const RevocationConfig& revocation = config.revocation;
  const bool wanted = !revocation.file.empty() || revocation.redis;
  if (wanted && SignatureOnly(config)) return Error{"revocation: signature_only reads no claims to revoke by"};
  if (revocation.max_stale_seconds) {
    if (*revocation.max_stale_seconds < 1) return Error{"revocation: max_stale_seconds is not positive"};
    if (!wanted) return Error{"revocation: max_stale_seconds, but nothing that could become stale"};
  }
  if (const Result<void> redis = CheckRedisUrl(revocation); !redis) return redis;
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

Result<void> Engine::BeginRevocation() {
  const std::shared_ptr<const EngineConfig> config = this->config();
  const RevocationConfig& revocation = config->revocation;
  if (revocation.redis) impl_->revocations.Require(RevocationFeed::kStream);
  if (revocation.file.empty()) return {};
  if (revocation.max_stale_seconds) impl_->revocations.Require(RevocationFeed::kFile);
  Result<std::string> text = ReadWholeFile(revocation.file, kMaxRevocationFileBytes);
  if (!text) return Error{text.error()};
  // No time is known yet at which an entry could have outlived its token.
  const Result<std::size_t> installed = InstallRevocations(*text, INT64_MIN);
  if (!installed) return Error{revocation.file + ": " + installed.error()};
  return {};
}

Result<void> Engine::Revoke(std::span<const Revocation> revocations, std::int64_t now) {
  if (SignatureOnly(*config())) return Error{"signature_only reads no claims to revoke by"};
  for (const Revocation& revocation : revocations) {
    if (const auto valid = ValidateRevocation(revocation); !valid) return valid;
  }
  if (!revocations.empty()) impl_->revocations.Add(revocations, now);
  return {};
}

Result<std::size_t> Engine::InstallRevocations(std::string_view json_lines, std::int64_t now) {
  revocation::RevocationStore& store = impl_->revocations;
  revocation::RevocationSet::Additions listed;
  std::size_t count = 0;
  const Result<void> read = revocation::RevocationLineReader().ReadAll(json_lines, [&](const Revocation& revocation) {
    store.Collect(revocation, &listed);
    ++count;
  });
  if (!read) {
    impl_->logger.Log(LogLevel::kError, "revocations_refused", {{"why", read.error()}});
    return Error{read.error()};
  }
  store.Replace(std::move(listed), now);
  impl_->logger.Log(LogLevel::kInfo, "revocations_loaded", {{"entries", std::to_string(count)}});
  return count;
}

void Engine::ConfirmRevocations(RevocationFeed feed, std::int64_t now) {
  const std::shared_ptr<const EngineConfig> config = this->config();
  const RevocationConfig& revocation = config->revocation;
  std::optional<std::int64_t> stale;
  if (feed == RevocationFeed::kStream) {
    if (revocation.redis) stale = revocation.max_stale_seconds.value_or(kDefaultStreamStaleSeconds);
  } else if (!revocation.file.empty()) {
    stale = revocation.max_stale_seconds;
  }
  if (!stale) return;  // nobody waits for this feed
  std::int64_t until = 0;
  if (__builtin_add_overflow(now, *stale, &until)) until = INT64_MAX;
  impl_->revocations.Confirm(feed, until);
}

}  // namespace assay
