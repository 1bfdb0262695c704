// Whether a configuration is safe, and what it names could ever be used: asked by Engine::Create() and Reload() alike,
// for a configuration that was read from a file and for one that was built in C++.
#pragma once

#include <string>
#include <vector>

#include "engine/base/redis_url.h"
#include "engine/base/result.h"
#include "engine/config/config.h"
#include "engine/config/member_defect.h"

namespace assay {

// ValidateConfig: fails for issuers that are unsafe together though each may be sound alone, for limits out of range,
// and for revocations that could not be enforced. Each issuer's policy is validated by Policy::Build().
Result<void> ValidateConfig(const EngineConfig& config);

// ValidateKeySource: fails for a key source that could never be fetched from.
Result<void> ValidateKeySource(const IssuerConfig& issuer);

// FindRedisDefects: the members that contradict the URL, or each other.
std::vector<MemberDefect> FindRedisDefects(const RedisConfig& redis, const RedisUrl& url);

// ValidateRevocationFile: fails for a revocation file that cannot be read, or with a defect.
Result<void> ValidateRevocationFile(const std::string& path);

// IsSignatureOnly: whether an issuer's tokens are judged by their signature alone (PolicyConfig::signature_only).
bool IsSignatureOnly(const EngineConfig& config);

}  // namespace assay
