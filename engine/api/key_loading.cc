#include "engine/api/key_loading.h"

#include <utility>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/json/writer.h"
#include "engine/jwks/usable_keys.h"

namespace assay {

Result<std::string> ReadKeyFiles(const KeySource& source) {
  if (source.pem_files.empty()) return ReadWholeFile(source.value, kMaxJwkSetBytes);
  std::string text;
  json::Writer writer(&text);
  writer.Begin('{');
  for (const auto& [kid, path] : source.pem_files) {
    const Result<std::string> pem = ReadWholeFile(path, kMaxJwkSetBytes);
    if (!pem) return Error{pem.error()};
    writer.Member(kid, *pem);
  }
  writer.End('}');
  return text;
}

Result<LoadedKeys> LoadKeys(std::string_view text, const KeySource& source, AlgorithmSet allowed,
                            const jwks::KeySet* previous, std::span<const jwks::KeyName> names_before,
                            const jwks::Planner& planner) {
  Result<jwks::UsableKeys> read =
      jwks::ReadUsableKeys(text, IsPem(source) ? jwks::KeyForm::kPem : jwks::KeyForm::kJwks, allowed);
  if (!read) return Error{read.error()};
  LoadedKeys loaded;
  loaded.report.usable = read->usable;
  loaded.report.skipped = std::move(read->skipped);
  loaded.report.repeated = std::move(read->repeated);
  loaded.report.ambiguous = std::move(read->ambiguous);
  jwks::PrepareTables(read->keys, previous, planner);
  loaded.keys = std::make_shared<const jwks::KeySet>(std::move(read->keys), names_before);
  return loaded;
}

void LogDefects(Logger& logger, const std::string& issuer, const KeySetReport& report) {
  for (const auto& [event, lines] : {std::pair{"key_skipped", &report.skipped},
                                     {"key_repeated", &report.repeated},
                                     {"kid_ambiguous", &report.ambiguous}}) {
    for (const std::string& line : *lines) logger.Log(LogLevel::kWarning, event, {{"issuer", issuer}, {"why", line}});
  }
}

}  // namespace assay
