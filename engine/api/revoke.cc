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

}  // namespace

Result<void> Engine::BeginRevocation() {
  const std::shared_ptr<const EngineConfig> config = this->config();
  const RevocationConfig& revocation = config->revocation;
  if (revocation.redis) impl_->revocations.Require(RevocationSource::kStream);
  if (revocation.file.empty()) return {};
  if (revocation.max_stale_seconds) impl_->revocations.Require(RevocationSource::kFile);
  Result<std::string> text = ReadWholeFile(revocation.file, kMaxRevocationFileBytes);
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
  std::optional<std::int64_t> stale;
  if (source_ == RevocationSource::kStream) {
    if (revocation.redis) stale = revocation.max_stale_seconds.value_or(kDefaultStreamStaleSeconds);
  } else if (!revocation.file.empty()) {
    stale = revocation.max_stale_seconds;
  }
  if (!stale) return;  // nobody waits for this source
  std::int64_t until = 0;
  if (__builtin_add_overflow(now, *stale, &until)) until = INT64_MAX;
  engine_->impl_->revocations.Confirm(source_, until);
}

void RevocationFeed::Log(LogLevel level, std::string_view event, LogFields fields) const {
  engine_->impl_->logger.Log(level, event, std::move(fields));
}

}  // namespace assay
