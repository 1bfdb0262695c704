#include "engine/jwks/jwk_set.h"

#include <map>
#include <tuple>

#include "engine/base/limits.h"
#include "engine/jwks/pem.h"

namespace assay::jwks {

namespace {

// HintAt: what text that is no JSON may be, by its first bytes.
std::string HintAt(std::string_view text) {
  if (text.empty()) return ": it is empty";
  if (text.starts_with("\xEF\xBB\xBF")) return ": it begins with a byte order mark";
  return text.starts_with('<') ? ": it looks like a web page" : "";
}

}  // namespace

Result<std::vector<Jwk>> ReadJwkSet(std::string_view text, AlgorithmSet allowed) {
  if (text.size() > kMaxJwkSetBytes) return Error{"the JWK Set is larger than 1 MiB"};
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (LooksLikePem(text) && text[first] != '{') {
    if (HoldsPrivateKey(text)) return Error{std::string(kPrivateKeyText)};
    return Error{"this is a PEM file, not a JWK Set: `assay jwks` converts it, and keys.pem_file names it as it is"};
  }
  json::StrictParser parser(text.size() + 1);
  Arena arena;
  json::Document document;
  switch (parser.ParseCopy(text, arena, &document)) {
    case json::Status::kTooManyMembers:
      return Error{"an object has more than " + std::to_string(kMaxObjectMembers) + " members (byte " +
                   std::to_string(document.error_offset) + ")"};
    case json::Status::kMalformed:
      return Error{"not valid JSON (byte " + std::to_string(document.error_offset) + ")" + HintAt(text)};
    case json::Status::kDuplicateName:
      return Error{"a member name is repeated (byte " + std::to_string(document.error_offset) + ")"};
    case json::Status::kOk:
      break;
  }
  if (document.root.kind == json::Kind::kArray) {
    return Error{"not a JSON object but an array, which belongs in one: {\"keys\": […]}"};
  }
  if (document.root.kind != json::Kind::kObject) return Error{"not a JSON object"};
  const json::Value* const keys = json::Find(document.members, "keys");
  std::vector<Jwk> set;
  if (keys == nullptr) {
    if (json::Find(document.members, "kty") == nullptr) {
      std::string why = "neither a JWK Set (no \"keys\") nor a JWK (no \"kty\")";
      if (LooksLikePem(text)) why += ", but PEM by kid: keys.x509_url takes certificates";
      if (json::Find(document.members, "jwks_uri") != nullptr) {
        why += ", but an issuer's metadata: its jwks_uri is the keys' url, and keys.discover finds it";
      }
      return Error{why};
    }
    set.push_back(ReadJwk(document.root, allowed, parser, arena));
    return set;
  }
  if (keys->kind != json::Kind::kArray) return Error{"\"keys\" is not an array"};
  bool too_many = false;
  json::ForEachItem(*keys, arena, [&](const json::Value& item) {
    too_many = set.size() == kMaxKeysPerIssuer;
    if (!too_many) set.push_back(ReadJwk(item, allowed, parser, arena));
    return !too_many;
  });
  if (too_many) return Error{"more than " + std::to_string(kMaxKeysPerIssuer) + " keys"};
  return set;
}

std::vector<Repetition> RemoveRepeated(std::vector<Jwk>* keys) {
  using Identity = std::tuple<bool, std::string_view, std::string_view, std::string_view, std::int64_t, std::int64_t>;
  const auto identity = [](const Jwk& jwk) {
    return Identity(jwk.has_kid, jwk.kid, jwk.key->thumbprint(), jwk.restrictions, jwk.valid_from, jwk.valid_through);
  };
  std::vector<Repetition> repetitions;
  std::map<Identity, std::size_t> first;
  for (std::size_t i = 0; i < keys->size(); ++i) {
    if ((*keys)[i].key == nullptr) continue;
    const auto [at, is_new] = first.try_emplace(identity((*keys)[i]), i);
    if (!is_new) repetitions.push_back({i, at->second});
  }
  for (auto at = repetitions.rbegin(); at != repetitions.rend(); ++at) {
    keys->erase(keys->begin() + static_cast<std::ptrdiff_t>(at->repeated));
  }
  return repetitions;
}

}  // namespace assay::jwks
