#include "tests/differential/reference.h"

#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <set>

#include "tests/differential/reference_signature.h"

namespace assay::reference {
namespace {

using Bytes = const std::uint8_t*;

bool IsSet(const Node* node) { return node != nullptr; }

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

bool IsStringArray(const Node& node) {
  return node.kind == Node::Kind::kArray &&
         std::all_of(node.items.begin(), node.items.end(), [](const Node& item) { return item.IsString(); });
}

std::vector<std::string> SplitAtSpaces(const std::string& text) {
  std::vector<std::string> words(1);
  for (char c : text) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

// now < a + leeway, and the like, without overflow.
__int128 Wide(std::int64_t value) { return value; }

}  // namespace

std::optional<std::string> DecodeBase64url(std::string_view text) {
  static const std::string kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::vector<bool> bits;
  for (char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string::npos) return std::nullopt;
    for (int bit = 5; bit >= 0; --bit) bits.push_back((value >> bit) & 1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::size_t i = 0;
  for (; i + 8 <= bits.size(); i += 8) {
    int byte = 0;
    for (std::size_t j = 0; j < 8; ++j) byte = 2 * byte + bits[i + j];
    bytes += static_cast<char>(byte);
  }
  for (; i < bits.size(); ++i) {
    if (bits[i]) return std::nullopt;
  }
  return bytes;
}

std::optional<Date> ReadDate(std::string_view number) {
  std::string text(number);
  const bool negative = text[0] == '-';
  if (negative) text.erase(0, 1);
  long long exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string::npos) {
    std::string digits = text.substr(e + 1);
    const bool down = digits[0] == '-';
    if (digits[0] == '-' || digits[0] == '+') digits.erase(0, 1);
    digits.erase(0, digits.find_first_not_of('0'));
    exponent = digits.empty() ? 0 : digits.size() > 9 ? 1'000'000'000 : std::stoll(digits);
    if (down) exponent = -exponent;
    text.resize(e);
  }
  const std::size_t dot = text.find('.');
  long long point = static_cast<long long>(dot == std::string::npos ? text.size() : dot) + exponent;
  if (dot != std::string::npos) text.erase(dot, 1);
  while (!text.empty() && text[0] == '0') {
    text.erase(0, 1);
    --point;
  }
  while (!text.empty() && text.back() == '0') text.pop_back();
  if (text.empty()) return Date{};
  if (point > 19) return std::nullopt;
  std::string whole;
  bool fraction = false;
  for (long long i = 0; i < point; ++i) {
    whole += i < static_cast<long long>(text.size()) ? text[static_cast<std::size_t>(i)] : '0';
  }
  fraction = static_cast<long long>(text.size()) > std::max(point, 0LL);
  if (whole.size() == 19 && whole > "9223372036854775807") return std::nullopt;
  const std::int64_t value = whole.empty() ? 0 : std::stoll(whole);
  if (!negative) return Date{value, fraction};
  return Date{fraction ? -value - 1 : -value, fraction};
}

Validator::Key Validator::ReadKey(const Node& jwk) {
  Key key;
  const auto text = [&](const char* name) {
    const Node* const node = jwk.Find(name);
    return node != nullptr && node->IsString() ? node->text : std::string();
  };
  const auto bytes = [&](const char* name) { return DecodeBase64url(text(name)).value_or(""); };
  if (const Node* const kid = jwk.Find("kid")) key.kid = kid->text;
  key.algorithm = text("alg");
  if (IsSet(jwk.Find("use")) && text("use") != "sig") return key;
  bssl::UniquePtr<EVP_PKEY> evp(EVP_PKEY_new());
  bool ok = false;
  if (text("kty") == "EC") {
    const int nid = text("crv") == "P-256"   ? NID_X9_62_prime256v1
                    : text("crv") == "P-384" ? NID_secp384r1
                                             : NID_secp521r1;
    bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(nid));
    ok = EC_KEY_set_public_key_affine_coordinates(ec.get(), Number(bytes("x")).get(), Number(bytes("y")).get()) &&
         EVP_PKEY_set1_EC_KEY(evp.get(), ec.get());
  } else if (text("kty") == "RSA") {
    bssl::UniquePtr<RSA> rsa(RSA_new());
    ok = RSA_set0_key(rsa.get(), Number(bytes("n")).release(), Number(bytes("e")).release(), nullptr) &&
         EVP_PKEY_set1_RSA(evp.get(), rsa.get());
  } else if (text("kty") == "OKP") {
    const std::string x = bytes("x");
    evp.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<Bytes>(x.data()), x.size()));
    ok = evp != nullptr;
  }
  ERR_clear_error();
  key.usable = ok && !key.algorithm.empty();
  if (ok) key.evp = {evp.release(), EVP_PKEY_free};
  return key;
}

Validator::Validator(const EngineConfig& config) : limits_(config.limits) {
  for (const IssuerConfig& source : config.issuers) {
    Issuer issuer;
    issuer.policy = source.policy;
    Node set;
    if (source.keys.kind == KeySource::Kind::kInline && ReadJson(source.keys.value, &set) == JsonStatus::kOk) {
      issuer.has_keys = true;
      if (const Node* const keys = set.Find("keys")) {
        for (const Node& jwk : keys->items) issuer.keys.push_back(ReadKey(jwk));
      }
    }
    issuers_.push_back(std::move(issuer));
  }
}

bool Validator::Allowed(const Issuer& issuer, const std::string& algorithm) const {
  const std::optional<Algorithm> known = ParseAlgorithm(algorithm);
  return known && issuer.policy.algorithms.Contains(*known);
}

Reason Validator::CheckHeader(const Node& header) const {
  for (const char* name : {"alg", "kid", "typ", "cty"}) {
    const Node* const node = header.Find(name);
    if (node != nullptr && !node->IsString()) return Reason::kBadHeaderField;
  }
  const Node* const alg = header.Find("alg");
  if (alg == nullptr) return Reason::kAlgorithmMissing;
  if (EqualIgnoringCase(alg->text, "none")) return Reason::kAlgorithmNone;
  if (!ParseAlgorithm(alg->text)) return Reason::kAlgorithmUnknown;
  if (std::none_of(issuers_.begin(), issuers_.end(),
                   [&](const Issuer& issuer) { return Allowed(issuer, alg->text); })) {
    return Reason::kAlgorithmNotAllowed;
  }
  if (IsSet(header.Find("crit"))) return Reason::kCriticalHeader;
  if (IsSet(header.Find("b64"))) return Reason::kUnencodedPayload;
  const Node* const kid = header.Find("kid");
  if (kid != nullptr && kid->text.size() > 256) return Reason::kKidTooLong;
  return Reason::kUnset;
}

Reason Validator::CheckClaims(const Node& claims) const {
  for (const char* name : {"iss", "sub", "jti", "client_id"}) {
    const Node* const node = claims.Find(name);
    if (node == nullptr) continue;
    if (!node->IsString() || node->text.find('\0') != std::string::npos) return Reason::kBadClaimType;
  }
  for (const char* name : {"exp", "nbf", "iat"}) {
    const Node* const node = claims.Find(name);
    if (node == nullptr) continue;
    if (node->kind != Node::Kind::kNumber || !ReadDate(node->text)) return Reason::kBadClaimType;
  }
  const Node* const aud = claims.Find("aud");
  if (aud != nullptr && !aud->IsString() && !IsStringArray(*aud)) return Reason::kBadClaimType;
  return Reason::kUnset;
}

Reason Validator::ChooseKey(const Issuer& issuer, const Node& header, const Key** chosen) const {
  if (!issuer.has_keys) return Reason::kKeysUnavailable;
  const Node* const kid = header.Find("kid");
  const std::string& algorithm = header.Find("alg")->text;
  const auto same_algorithm = [&](const Key& key) {
    const auto plain = [](const std::string& name) { return name == "Ed25519" ? std::string("EdDSA") : name; };
    return plain(key.algorithm) == plain(algorithm);
  };
  int named = 0, fitting = 0;
  for (const Key& key : issuer.keys) {
    if (kid != nullptr && key.kid != kid->text) continue;
    ++named;
    if (!key.usable || !same_algorithm(key)) continue;
    ++fitting;
    *chosen = &key;
  }
  if (fitting == 1) return Reason::kUnset;
  if (fitting > 1) return Reason::kKeyAmbiguous;
  return kid != nullptr && named > 0 ? Reason::kKeyUnusable : Reason::kKeyNotFound;
}

Reason Validator::CheckPolicy(const PolicyConfig& policy, const Node& header, const Node& claims,
                              std::int64_t now) const {
  const auto date = [&](const char* name) -> std::optional<Date> {
    const Node* const node = claims.Find(name);
    if (node == nullptr) return std::nullopt;
    return ReadDate(node->text);
  };
  const auto ceiling = [](const Date& value) { return Wide(value.floor) + value.fraction; };
  if (policy.issuer_mode != IssuerMode::kUnchecked) {
    const Node* const iss = claims.Find("iss");
    if (iss == nullptr || iss->text != policy.issuer) return Reason::kWrongIssuer;
  }
  const auto exp = date("exp");
  if (!exp && policy.expiry_required) return Reason::kExpiryMissing;
  if (exp && now >= Wide(exp->floor) + policy.leeway_seconds) return Reason::kExpired;
  const auto nbf = date("nbf");
  if (nbf && now < ceiling(*nbf) - policy.leeway_seconds) return Reason::kNotYetValid;
  const auto iat = date("iat");
  if (policy.max_age_seconds && iat) {
    if (ceiling(*iat) - policy.leeway_seconds > now) return Reason::kIssuedInFuture;
    if (now > Wide(iat->floor) + *policy.max_age_seconds + policy.leeway_seconds) return Reason::kTooOld;
  }
  const Node* const aud = claims.Find("aud");
  if (!policy.any_audience_is_dangerous) {
    if (aud == nullptr) return Reason::kAudienceMissing;
    std::set<std::string> ours;
    for (const std::string& audience : policy.audiences) ours.insert(audience);
    bool found = aud->IsString() && ours.contains(aud->text);
    for (const Node& item : aud->items) found |= ours.contains(item.text);
    if (!found) return Reason::kWrongAudience;
  }
  const Node* const typ = header.Find("typ");
  if (policy.token_type != "any") {
    std::string type = typ == nullptr ? "" : typ->text;
    if (EqualIgnoringCase(type.substr(0, 12), "application/") && type.find('/', 12) == std::string::npos)
      type.erase(0, 12);
    if (typ == nullptr || !EqualIgnoringCase(type, policy.token_type)) return Reason::kWrongType;
  } else if (typ != nullptr) {
    std::string type = typ->text.substr(0, typ->text.find(';'));
    while (!type.empty() && std::string_view(" \t\r\n").find(type.back()) != std::string_view::npos) type.pop_back();
    while (!type.empty() && std::string_view(" \t\r\n").find(type.front()) != std::string_view::npos) type.erase(0, 1);
    if (EqualIgnoringCase(type.substr(0, 12), "application/")) type.erase(0, 12);
    for (const char c : type) {
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 &&
          std::string_view("!#$&-^_.+/").find(c) == std::string_view::npos) {
        return Reason::kWrongType;
      }
    }
    const bool is_jwt = type.size() >= 4 && EqualIgnoringCase(type.substr(type.size() - 4), "+jwt");
    if (is_jwt && !EqualIgnoringCase(type, "at+jwt")) return Reason::kWrongType;
    for (const char* never : {"passport", "dc+sd-jwt", "vc+sd-jwt", "sd-jwt"}) {
      if (EqualIgnoringCase(type, never)) return Reason::kWrongType;
    }
  }
  bool mismatch = false;
  for (const RequiredClaim& required : policy.required_claims) {
    const Node* const claim = claims.Find(required.claim.front());
    if (claim == nullptr || claim->kind == Node::Kind::kNull) return Reason::kClaimMissing;
    if (required.values.empty()) continue;
    const std::string& wanted = required.values.front();
    bool found = claim->IsString() && claim->text == wanted;
    if (claim->kind == Node::Kind::kArray) {
      for (const Node& item : claim->items) found |= item.IsString() && item.text == wanted;
    }
    mismatch |= !found;
  }
  if (policy.max_age_seconds && !iat) return Reason::kClaimMissing;
  if (mismatch) return Reason::kClaimMismatch;
  if (const Node* const cnf = claims.Find("cnf"); IsSet(cnf)) {
    if (cnf->kind != Node::Kind::kObject || cnf->names.empty()) return Reason::kConfirmationUnsupported;
    for (std::size_t i = 0; i < cnf->names.size(); ++i) {
      const std::string& name = cnf->names[i];
      const Node& key = cnf->items[i];
      if (std::find(policy.accept_confirmation.begin(), policy.accept_confirmation.end(), name) ==
          policy.accept_confirmation.end()) {
        return Reason::kConfirmationUnsupported;
      }
      if (name == "jwk" ? key.kind != Node::Kind::kObject : !key.IsString() || key.text.empty()) {
        return Reason::kBadClaimType;
      }
    }
  }
  const Node* const scopes = claims.Find(policy.scopes.claim.front());
  for (const std::string& wanted : policy.required_scopes) {
    std::vector<std::string> words;
    if (scopes != nullptr && scopes->IsString()) words = SplitAtSpaces(scopes->text);
    if (scopes != nullptr) {
      for (const Node& item : scopes->items) words.push_back(item.text);
    }
    if (std::find(words.begin(), words.end(), wanted) == words.end()) return Reason::kInsufficientScope;
  }
  return Reason::kUnset;
}

Reason Validator::Validate(std::string_view token, std::int64_t now) const {
  if (token.empty()) return Reason::kEmpty;
  if (token.size() > limits_.token_bytes) return Reason::kTooLarge;
  std::vector<std::string> parts(1);
  for (char c : token) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() == 5) return Reason::kEncryptedToken;
  if (parts.size() != 3) return Reason::kNotThreeSegments;
  if (parts[0].size() * 3 / 4 > 8192) return Reason::kTooLarge;
  const auto header_text = DecodeBase64url(parts[0]);
  const auto payload_text = DecodeBase64url(parts[1]);
  const auto signature = DecodeBase64url(parts[2]);
  if (!header_text || !payload_text || !signature) return Reason::kBadBase64url;

  Node header, claims;
  JsonStatus status = ReadJson(*header_text, &header);
  if (status == JsonStatus::kDuplicateName) return Reason::kDuplicateName;
  if (status != JsonStatus::kOk || header.kind != Node::Kind::kObject) return Reason::kBadHeaderJson;
  Reason reason = CheckHeader(header);
  if (reason != Reason::kUnset) return reason;

  status = ReadJson(*payload_text, &claims);
  if (status == JsonStatus::kDuplicateName) return Reason::kDuplicateName;
  if (status != JsonStatus::kOk || claims.kind != Node::Kind::kObject) return Reason::kBadPayloadJson;
  reason = CheckClaims(claims);
  if (reason != Reason::kUnset) return reason;

  const Issuer* issuer = nullptr;
  const Node* const iss = claims.Find("iss");
  const bool chosen_by_iss = issuers_[0].policy.issuer_mode == IssuerMode::kChosenByIss;
  if (issuers_[0].policy.issuer_mode != IssuerMode::kUnchecked && iss == nullptr) return Reason::kIssuerMissing;
  if (!chosen_by_iss) issuer = &issuers_[0];
  for (const Issuer& candidate : issuers_) {
    if (chosen_by_iss && candidate.policy.issuer == iss->text) issuer = &candidate;
  }
  if (issuer == nullptr) return Reason::kIssuerUnknown;
  if (!Allowed(*issuer, header.Find("alg")->text)) return Reason::kAlgorithmNotAllowed;
  const bool scp = issuer->policy.scopes == ScpScopes();
  const Node* const scopes = claims.Find(scp ? "scp" : "scope");
  if (scopes != nullptr && !scopes->IsString() && !(scp && IsStringArray(*scopes))) return Reason::kBadClaimType;

  const Key* key = nullptr;
  reason = ChooseKey(*issuer, header, &key);
  if (reason != Reason::kUnset) return reason;
  if (signature->size() != SignatureBytes(key->evp.get())) return Reason::kSignatureLength;
  const std::string input = parts[0] + "." + parts[1];
  if (!Verify(key->evp.get(), header.Find("alg")->text, input, *signature)) return Reason::kBadSignature;
  reason = CheckPolicy(issuer->policy, header, claims, now);
  return reason == Reason::kUnset ? Reason::kAccepted : reason;
}

bool Agree(Reason engine, Reason reference) {
  if (engine == reference) return true;
  return engine == Reason::kDuplicateName &&
         (reference == Reason::kBadHeaderJson || reference == Reason::kBadPayloadJson);
}

}  // namespace assay::reference
