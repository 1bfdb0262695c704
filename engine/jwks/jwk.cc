#include "engine/jwks/jwk.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/base64url/base64url.h"
#include "engine/json/text.h"

namespace assay::jwks {
namespace {

using json::Member;
using json::Value;
using Members = std::span<const Member>;
using Bytes = std::vector<std::uint8_t>;
using KeyResult = Result<std::shared_ptr<const PublicKey>>;

constexpr AlgorithmSet kRsaAlgorithms = {Algorithm::kRS256, Algorithm::kRS384, Algorithm::kRS512,
                                         Algorithm::kPS256, Algorithm::kPS384, Algorithm::kPS512};

std::optional<std::string_view> Text(Members members, std::string_view name) {
  const Value* const value = json::Find(members, name);
  if (value == nullptr || !json::IsString(*value)) return std::nullopt;
  return value->text;
}

std::optional<Bytes> Decoded(Members members, std::string_view name) {
  const std::optional<std::string_view> text = Text(members, name);
  if (!text) return std::nullopt;
  Bytes bytes(base64url::DecodedSize(text->size()));
  if (base64url::Decode(*text, reinterpret_cast<char*>(bytes.data())) != base64url::kOk) return std::nullopt;
  return bytes;
}

KeyResult ReadEc(Members members) {
  const std::optional<std::string_view> crv = Text(members, "crv");
  std::optional<KeyType> type;
  if (crv == "P-256") type = KeyType::kP256;
  if (crv == "P-384") type = KeyType::kP384;
  if (crv == "P-521") type = KeyType::kP521;
  if (!type) return Error{"crv is none that is supported"};
  const std::optional<Bytes> x = Decoded(members, "x");
  const std::optional<Bytes> y = Decoded(members, "y");
  if (!x || !y) return Error{"x or y is missing or not base64url"};
  return PublicKey::Ec(*type, *x, *y);
}

KeyResult ReadRsa(Members members) {
  const std::optional<Bytes> n = Decoded(members, "n");
  const std::optional<Bytes> e = Decoded(members, "e");
  if (!n || !e) return Error{"n or e is missing or not base64url"};
  // Some issuers put the sign octet of other encodings before the modulus, which RFC 7518 section
  // 6.3.1.1 forbids but warns of. The number is the same, so the key is taken, without that octet.
  Bytes modulus = *n;
  if (modulus.size() > 1 && modulus[0] == 0) modulus.erase(modulus.begin());
  return PublicKey::Rsa(modulus, *e);
}

KeyResult ReadOkp(Members members) {
  if (Text(members, "crv") != "Ed25519") return Error{"crv is none that is supported"};
  const std::optional<Bytes> x = Decoded(members, "x");
  if (!x) return Error{"x is missing or not base64url"};
  return PublicKey::Ed25519(*x);
}

KeyResult ReadKey(Members members) {
  const std::optional<std::string_view> kty = Text(members, "kty");
  if (kty == "EC") return ReadEc(members);
  if (kty == "RSA") return ReadRsa(members);
  if (kty == "OKP") return ReadOkp(members);
  if (kty == "oct") return Error{"a symmetric key"};
  return Error{"kty is none that is supported"};
}

// RFC 7517 sections 4.2 and 4.3. Null when the key may verify signatures.
const char* ForbiddenUse(Members members, Arena& arena) {
  // Private parts have no place in a set that is published, and such a key is compromised
  // (RFC 7518 sections 6.2.2, 6.3.2 and 6.4; RFC 8037 section 2).
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (json::Find(members, name) != nullptr) return "it holds private or secret parts";
  }
  const Value* const use = json::Find(members, "use");
  // `jwt-svid` is what SPIFFE's bundles say instead of `sig` (SPIFFE Trust Domain and
  // Bundle, "Public Key Use").
  if (use != nullptr && !(json::IsString(*use) && (use->text == "sig" || use->text == "jwt-svid"))) {
    return "use is not sig";
  }
  const Value* const ops = json::Find(members, "key_ops");
  if (ops == nullptr) return nullptr;
  bool verify = false;
  if (ops->kind == json::Kind::kArray) {
    json::ForEachItem(*ops, arena, [&](const Value& item) {
      verify = json::IsString(item) && item.text == "verify";
      return !verify;
    });
  }
  return verify ? nullptr : "key_ops lacks verify";
}

// RestrictionsOf: whatever a JWK says that narrows what it may verify. `key_ops` is a set (RFC 7517 section 4.3).
std::string RestrictionsOf(Members members, Arena& arena) {
  std::string all;
  for (const char* name : {"alg", "use", "key_ops", "issuer"}) {
    const Value* const value = json::Find(members, name);
    std::vector<std::string> parts;
    if (value != nullptr && value->kind == json::Kind::kArray) {
      json::ForEachItem(*value, arena, [&](const Value& item) {
        parts.emplace_back(json::IsString(item) ? item.text : item.raw);
        return true;
      });
      std::sort(parts.begin(), parts.end());
      parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    } else if (value != nullptr) {
      parts.emplace_back(json::IsString(*value) ? value->text : value->raw);
    }
    json::AppendQuoted(name, &all);
    for (const std::string& part : parts) json::AppendQuoted(part, &all);
  }
  return all;
}

// One algorithm per key (RFC 8725 section 3.1): the one its `alg` names, or the only one it can mean.
Result<AlgorithmSet> PinAlgorithm(Members members, const PublicKey& key, AlgorithmSet allowed) {
  const Value* const alg = json::Find(members, "alg");
  if (alg == nullptr) {
    if (key.type() != KeyType::kRsa) return key.capable();
    const AlgorithmSet candidates = allowed & kRsaAlgorithms;
    for (int i = 0; i < kAlgorithmCount; ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      if (candidates == AlgorithmSet{algorithm}) return candidates;
    }
    if (candidates.Contains(Algorithm::kRS256)) return AlgorithmSet{Algorithm::kRS256};
    return Error{"an RSA key without alg could mean several of the issuer's algorithms, or none"};
  }
  if (!json::IsString(*alg)) return Error{"alg is not a string"};
  const std::optional<Algorithm> algorithm = ParseAlgorithm(alg->text);
  if (!algorithm) return Error{"alg is none that is supported"};
  if (!key.capable().Contains(*algorithm)) return Error{"alg does not fit kty and crv"};
  if (key.type() == KeyType::kEd25519) return key.capable();
  return AlgorithmSet{*algorithm};
}

}  // namespace

bool IsIssuerOf(std::string_view issuer, std::string_view iss) {
  constexpr std::string_view kTenant = "{tenantid}";
  const std::size_t at = issuer.find(kTenant);
  if (at == std::string_view::npos) return issuer == iss;
  const std::string_view before = issuer.substr(0, at), behind = issuer.substr(at + kTenant.size());
  const bool is_segment = before.ends_with('/') && !before.ends_with("//") && (behind.empty() || behind.front() == '/');
  if (!is_segment) return false;
  if (iss.size() <= before.size() + behind.size() || !iss.starts_with(before) || !iss.ends_with(behind)) return false;
  return IsPathWord(iss.substr(at, iss.size() - before.size() - behind.size()));
}

Jwk ReadJwk(const Value& object, AlgorithmSet allowed, json::StrictParser& parser, Arena& arena) {
  Jwk jwk;
  const auto unusable = [&](std::string why) {
    jwk.unusable_because = std::move(why);
    return jwk;
  };
  json::Document document;
  if (object.kind != json::Kind::kObject || parser.ParseCopy(object.raw, arena, &document) != json::Status::kOk) {
    return unusable("not a JSON object");
  }
  // Issuers write `null` for what a key does not have. Absent, it is refused where it is required.
  std::vector<Member> present;
  std::copy_if(document.members.begin(), document.members.end(), std::back_inserter(present),
               [](const Member& member) { return member.value.kind != json::Kind::kNull; });
  const Members members = present;
  if (const Value* const kid = json::Find(members, "kid")) {
    if (!json::IsString(*kid)) return unusable("kid is not a string");
    if (kid->text.size() > kMaxKidBytes) return unusable("kid is too long");
    jwk.has_kid = true;
    jwk.kid = kid->text;
  }
  jwk.for_svid = Text(members, "use") == "jwt-svid";
  KeyResult key = ReadKey(members);
  if (key) jwk.thumbprint = (*key)->thumbprint();
  if (const Value* const issuer = json::Find(members, "issuer")) {
    if (!json::IsString(*issuer)) return unusable("issuer is not a string");
    if (issuer->text.size() > kMaxKeysIssuerBytes) return unusable("issuer is too long");
    jwk.issuer = issuer->text;
  }
  if (const char* why = ForbiddenUse(members, arena)) return unusable(why);
  if (!key) return unusable(key.error());
  const Result<AlgorithmSet> algorithms = PinAlgorithm(members, **key, allowed);
  if (!algorithms) return unusable(algorithms.error());
  jwk.restrictions = RestrictionsOf(members, arena);
  jwk.algorithms = *algorithms;
  jwk.key = *key;
  return jwk;
}

}  // namespace assay::jwks
