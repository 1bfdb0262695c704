#include "engine/jwks/usable_keys.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/json/text.h"
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/pem_keys.h"

namespace assay::jwks {
namespace {

// NameOf: a key of a set in words, by its position there.
std::string NameOf(const Jwk& jwk, std::size_t position) {
  const std::string kid = jwk.has_kid ? "kid " + json::Quoted(jwk.kid) : "no kid";
  return "key " + std::to_string(position) + " (" + kid + ")";
}

// AmbiguousKids: those by which a token cannot say which of two keys is meant.
std::set<std::string> AmbiguousKids(const std::vector<Jwk>& keys) {
  std::set<std::string> kids;
  std::map<std::string_view, AlgorithmSet> seen;
  for (const Jwk& jwk : keys) {
    if (jwk.key == nullptr || !jwk.has_kid) continue;
    AlgorithmSet& algorithms = seen[jwk.kid];
    if (!(algorithms & jwk.algorithms).empty()) kids.insert(jwk.kid);
    algorithms = algorithms | jwk.algorithms;
  }
  return kids;
}

}  // namespace

Result<UsableKeys> ReadUsableKeys(std::string_view text, KeyForm form, AlgorithmSet allowed) {
  Result<std::vector<Jwk>> read = form == KeyForm::kPem ? ReadPemKeys(text, allowed) : ReadJwkSet(text, allowed);
  if (!read) return Error{read.error()};
  UsableKeys found;
  std::vector<std::string> names;
  // A key of which no token may make use must not pass for one, or a set without any other would
  // drive out the keys that are in use.
  const auto is_allowed = [&](const Jwk& jwk) { return jwk.key != nullptr && !(jwk.algorithms & allowed).empty(); };
  for (const Jwk& jwk : *read) {
    names.push_back(NameOf(jwk, names.size()));
    if (is_allowed(jwk)) continue;
    const bool is_usable = jwk.key != nullptr;
    found.skipped.push_back(names.back() + ": " +
                            (is_usable ? "its algorithm is not allowed for the issuer" : jwk.unusable_because));
  }
  for (const Repetition& each : RemoveRepeated(&*read)) {
    found.repeated.push_back(names[each.repeated] + " repeats key " + std::to_string(each.first));
  }
  for (const std::string& kid : AmbiguousKids(*read)) {
    found.ambiguous.push_back("several keys of one algorithm have the kid " + json::Quoted(kid) +
                              ": its tokens of that algorithm are refused");
  }
  found.usable = static_cast<std::size_t>(std::count_if(read->begin(), read->end(), is_allowed));
  if (found.usable == 0) {
    std::string message = "no usable key";
    for (const std::string& line : found.skipped) message += "; " + line;
    return Error{message};
  }
  found.keys = std::move(*read);
  return found;
}

}  // namespace assay::jwks
