// From the text of a JWK Set to keys that the kernels can use.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/api/feeds.h"
#include "engine/api/logger.h"
#include "engine/jwks/key_set.h"
#include "engine/jwks/prepare.h"

namespace assay {

struct LoadedKeys {
  std::shared_ptr<const jwks::KeySet> keys;
  KeySetReport report;
};

// ReadKeyFiles: the text of a source of kFile or kPemFile, as LoadKeys() takes it. Fails where a file cannot be read.
Result<std::string> ReadKeyFiles(const KeySource& source);

// LoadKeys: reads a JWK Set or one JWK, or PEM where that is what `source` has, checks its keys, and makes their tables
// as `planner` says, which is asked only for a set that is not refused; what `previous` (may be null) has prepared
// already is used again. `names_before`: as KeySet takes them. Fails for a set that holds no key which a token of an
// issuer that allows `allowed` could use. Slow; call it under no lock that validation or another issuer needs.
Result<LoadedKeys> LoadKeys(std::string_view text, const KeySource& source, AlgorithmSet allowed,
                            const jwks::KeySet* previous, std::span<const jwks::KeyName> names_before,
                            const jwks::Planner& planner);

// LogDefects: warns of the keys that were left out, of those that count once though they were listed again, and of kids
// that do not say which key is meant.
void LogDefects(Logger& logger, const std::string& issuer, const KeySetReport& report);

}  // namespace assay
