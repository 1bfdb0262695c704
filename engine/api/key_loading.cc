#include "engine/api/key_loading.h"

#include "engine/json/text.h"
#include "engine/jwks/jwk_set.h"

namespace assay {

Result<LoadedKeys> LoadKeys(std::string_view text, AlgorithmSet allowed, const jwks::KeySet* previous,
                            const jwks::Planner& planner) {
  Result<std::vector<jwks::Jwk>> read = jwks::ReadJwkSet(text, allowed);
  if (!read) return Error{read.error()};
  LoadedKeys loaded;
  std::size_t position = 0;
  for (const jwks::Jwk& jwk : *read) {
    // A key of which no token may make use must not pass for one, or a set without any other would
    // drive out the keys that are in use.
    const bool allowed_here = jwk.key != nullptr && !(jwk.algorithms & allowed).empty();
    if (allowed_here) {
      ++loaded.report.usable;
    } else {
      const std::string name = jwk.has_kid ? "kid \"" + json::Escaped(jwk.kid) + "\"" : "no kid";
      loaded.report.skipped.push_back(
          "key " + std::to_string(position) + " (" + name +
          "): " + (jwk.key == nullptr ? jwk.unusable_because : "its algorithm is not allowed for the issuer"));
    }
    ++position;
  }
  if (loaded.report.usable == 0) {
    std::string message = "no usable key";
    for (const std::string& line : loaded.report.skipped) message += "; " + line;
    return Error{message};
  }
  jwks::PrepareTables(*read, previous, planner);
  loaded.keys = std::make_shared<const jwks::KeySet>(std::move(*read));
  return loaded;
}

}  // namespace assay
