#include "engine/api/key_loading.h"

#include <algorithm>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/json/text.h"
#include "engine/json/writer.h"
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/pem_keys.h"

namespace assay {

namespace {

// NameOf: a key of a set in words, by its position there.
std::string NameOf(const jwks::Jwk& jwk, std::size_t position) {
  const std::string kid = jwk.has_kid ? "kid \"" + json::Escaped(jwk.kid) + "\"" : "no kid";
  return "key " + std::to_string(position) + " (" + kid + ")";
}

}  // namespace

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
                            const jwks::KeySet* previous, const jwks::Planner& planner) {
  Result<std::vector<jwks::Jwk>> read =
      IsPem(source) ? jwks::ReadPemKeys(text, allowed) : jwks::ReadJwkSet(text, allowed);
  if (!read) return Error{read.error()};
  LoadedKeys loaded;
  std::vector<std::string> names;
  // A key of which no token may make use must not pass for one, or a set without any other would
  // drive out the keys that are in use.
  const auto is_allowed = [&](const jwks::Jwk& jwk) {
    return jwk.key != nullptr && !(jwk.algorithms & allowed).empty();
  };
  for (const jwks::Jwk& jwk : *read) {
    names.push_back(NameOf(jwk, names.size()));
    if (is_allowed(jwk)) continue;
    const bool is_usable = jwk.key != nullptr;
    loaded.report.skipped.push_back(names.back() + ": " +
                                    (is_usable ? "its algorithm is not allowed for the issuer" : jwk.unusable_because));
  }
  for (const jwks::Repetition& each : jwks::RemoveRepeated(&*read)) {
    loaded.report.repeated.push_back(names[each.repeated] + " repeats key " + std::to_string(each.first));
  }
  loaded.report.usable = static_cast<std::size_t>(std::count_if(read->begin(), read->end(), is_allowed));
  if (loaded.report.usable == 0) {
    std::string message = "no usable key";
    for (const std::string& line : loaded.report.skipped) message += "; " + line;
    return Error{message};
  }
  jwks::PrepareTables(*read, previous, planner);
  loaded.keys = std::make_shared<const jwks::KeySet>(std::move(*read));
  return loaded;
}

void LogDefects(Logger& logger, const std::string& issuer, const KeySetReport& report) {
  for (const std::string& line : report.skipped) {
    logger.Log(LogLevel::kWarning, "key_skipped", {{"issuer", issuer}, {"why", line}});
  }
  for (const std::string& line : report.repeated) {
    logger.Log(LogLevel::kWarning, "key_repeated", {{"issuer", issuer}, {"why", line}});
  }
}

}  // namespace assay
