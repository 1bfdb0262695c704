// Engine's revocations: what the configuration asks for, and what hosts and feeds add.
#include <utility>

#include "engine/api/engine_impl.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/config/validate.h"
#include "engine/revocation/revocation_line.h"

namespace assay {
namespace {

constexpr std::int64_t kDefaultStreamStaleSeconds = 60;

// StaleSeconds: how long what a source has said counts; nothing: for ever.
std::optional<std::int64_t> StaleSeconds(const RevocationConfig& revocation, RevocationSource source) {
  if (source == RevocationSource::kFile) return revocation.max_stale_seconds;
  return revocation.max_stale_seconds.value_or(kDefaultStreamStaleSeconds);
}

}  // namespace

Result<void> Engine::BeginRevocation() {
  const std::shared_ptr<const EngineConfig> config = this->config();
  const RevocationConfig& revocation = config->revocation;
  if (revocation.redis) impl_->revocations.Require(RevocationSource::kStream);
  if (revocation.file.empty()) return {};
  if (revocation.max_stale_seconds) impl_->revocations.Require(RevocationSource::kFile);
  const Result<std::string> text = ReadLastingFile(revocation.file, kMaxRevocationFileBytes);
  if (!text) return Error{text.error()};
  // No time is known yet at which an entry could have outlived its token.
  const Result<std::size_t> installed = impl_->ReplaceRevocations(*text, INT64_MIN);
  if (!installed) return Error{revocation.file + ": " + installed.error()};
  return {};
}

Result<void> Engine::Revoke(std::span<const Revocation> revocations, std::int64_t now) {
  if (IsSignatureOnly(*config())) return Error{"signature_only reads no claims to revoke by"};
  for (const Revocation& revocation : revocations) {
    if (const auto valid = ValidateRevocation(revocation); !valid) return valid;
  }
  if (!revocations.empty()) impl_->revocations.Add(revocations, now);
  return {};
}

Result<std::size_t> EngineImpl::ReplaceRevocations(std::string_view json_lines, std::int64_t now) {
  revocation::RevocationSet::Additions listed;
  std::size_t count = 0;
  const Result<void> read = revocation::RevocationLineReader().ReadAll(json_lines, [&](const Revocation& revocation) {
    revocations.Collect(revocation, &listed);
    ++count;
  });
  if (!read) {
    logger.Log(LogLevel::kError, "revocations_refused", {{"why", read.error()}});
    return Error{read.error()};
  }
  revocations.Replace(std::move(listed), now);
  logger.Log(LogLevel::kInfo, "revocations_loaded", {{"entries", std::to_string(count)}});
  return count;
}

Result<std::size_t> RevocationFeed::Replace(std::string_view json_lines, std::int64_t now) {
  return engine_->impl_->ReplaceRevocations(json_lines, now);
}

void RevocationFeed::Confirm(std::int64_t now) {
  const std::shared_ptr<const EngineConfig> config = engine_->config();
  const RevocationConfig& revocation = config->revocation;
  const bool is_configured =
      source_ == RevocationSource::kStream ? revocation.redis.has_value() : !revocation.file.empty();
  if (!is_configured) return;  // nobody waits for this source
  const std::optional<std::int64_t> stale = StaleSeconds(revocation, source_);
  std::int64_t until = INT64_MAX;
  if (stale && __builtin_add_overflow(now, *stale, &until)) until = INT64_MAX;
  engine_->impl_->revocations.Confirm(source_, until);
  confirmed_ = Clock::System().Now();
}

void RevocationFeed::Doubt() { engine_->impl_->revocations.Require(source_); }

void RevocationFeed::Lapse() {
  const std::shared_ptr<const EngineConfig> config = engine_->config();
  const std::optional<std::int64_t> stale = StaleSeconds(config->revocation, source_);
  if (!stale || !confirmed_ || Clock::System().Now() - *confirmed_ <= std::chrono::seconds(*stale)) return;
  Doubt();
}

void RevocationFeed::Log(LogLevel level, std::string_view event, LogFields fields) const {
  engine_->impl_->logger.Log(level, event, std::move(fields));
}

}  // namespace assay
