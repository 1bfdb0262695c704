#include "engine/jwks/pem_keys.h"

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>

#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "engine/json/writer.h"
#include "engine/jwks/certificate.h"
#include "engine/jwks/pem.h"

namespace assay::jwks {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

std::string Text(const BIGNUM* number) {
  std::string bytes(BN_num_bytes(number), '\0');
  BN_bn2bin(number, reinterpret_cast<std::uint8_t*>(bytes.data()));
  return base64url::Encode(bytes);
}

Result<std::string> EcJwk(const EVP_PKEY* key) {
  const EC_KEY* const ec = EVP_PKEY_get0_EC_KEY(key);
  const EC_GROUP* const group = EC_KEY_get0_group(ec);
  const char* crv = nullptr;
  if (EC_GROUP_get_curve_name(group) == NID_X9_62_prime256v1) crv = "P-256";
  if (EC_GROUP_get_curve_name(group) == NID_secp384r1) crv = "P-384";
  if (EC_GROUP_get_curve_name(group) == NID_secp521r1) crv = "P-521";
  if (crv == nullptr) return Error{"its curve is none that is supported"};
  const EC_POINT* const point = EC_KEY_get0_public_key(ec);
  constexpr auto kForm = POINT_CONVERSION_UNCOMPRESSED;
  std::string bytes(EC_POINT_point2oct(group, point, kForm, nullptr, 0, nullptr), '\0');
  EC_POINT_point2oct(group, point, kForm, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size(), nullptr);
  const std::size_t half = bytes.size() / 2;  // behind one octet that tells the form
  std::string jwk;
  json::Writer writer(&jwk);
  writer.Begin('{').Member("kty", "EC").Member("crv", crv);
  writer.Member("x", base64url::Encode(bytes.substr(1, half)));
  writer.Member("y", base64url::Encode(bytes.substr(1 + half))).End('}');
  return jwk;
}

Result<std::string> JwkOf(const EVP_PKEY* key) {
  if (EVP_PKEY_id(key) == EVP_PKEY_EC) return EcJwk(key);
  std::string jwk;
  json::Writer writer(&jwk);
  if (EVP_PKEY_id(key) == EVP_PKEY_RSA) {
    const RSA* const rsa = EVP_PKEY_get0_RSA(key);
    writer.Begin('{').Member("kty", "RSA").Member("n", Text(RSA_get0_n(rsa))).Member("e", Text(RSA_get0_e(rsa)));
    writer.End('}');
    return jwk;
  }
  std::string bytes(32, '\0');
  std::size_t size = bytes.size();
  if (EVP_PKEY_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<std::uint8_t*>(bytes.data()), &size) != 1) {
    return Error{"its key is of a type that is not supported"};
  }
  writer.Begin('{').Member("kty", "OKP").Member("crv", "Ed25519").Member("x", base64url::Encode(bytes)).End('}');
  return jwk;
}

Result<std::string> JwkOfSpki(std::string_view der) {
  CBS bytes;
  CBS_init(&bytes, reinterpret_cast<const std::uint8_t*>(der.data()), der.size());
  const Key key(EVP_parse_public_key(&bytes));
  const bool is_whole = key != nullptr && CBS_len(&bytes) == 0;
  ERR_clear_error();
  if (!is_whole) return Error{"it is no public key (SubjectPublicKeyInfo) that is supported"};
  return JwkOf(key.get());
}

// PublishedKey: a key as PEM has it.
struct PublishedKey {
  std::string jwk;
  std::int64_t valid_from = INT64_MIN, valid_through = INT64_MAX;
};

Result<PublishedKey> ReadPublished(std::string_view text) {
  const Result<PemBlock> block = ReadPem(text);
  if (!block) return Error{block.error()};
  CertificateKey key{block->der, INT64_MIN, INT64_MAX};
  if (block->label == "CERTIFICATE") {
    Result<CertificateKey> certificate = ReadCertificate(block->der);
    if (!certificate) return Error{certificate.error()};
    key = std::move(*certificate);
  } else if (block->label != "PUBLIC KEY") {
    return Error{"it is neither a PUBLIC KEY nor a CERTIFICATE"};
  }
  Result<std::string> jwk = JwkOfSpki(key.spki);
  if (!jwk) return Error{jwk.error()};
  return PublishedKey{std::move(*jwk), key.valid_from, key.valid_through};
}

Jwk ReadOne(std::string_view text, AlgorithmSet allowed, Arena& arena) {
  Jwk jwk;
  const Result<PublishedKey> key = ReadPublished(text);
  if (!key) {
    jwk.unusable_because = key.error();
    return jwk;
  }
  json::StrictParser parser(key->jwk.size() + 1);
  json::Document document;
  (void)parser.ParseCopy(key->jwk, arena, &document);  // of our own making
  jwk = ReadJwk(document.root, allowed, parser, arena);
  jwk.valid_from = key->valid_from;
  jwk.valid_through = key->valid_through;
  return jwk;
}

Result<std::vector<Jwk>> ReadMap(std::span<const json::Member> members, AlgorithmSet allowed, Arena& arena) {
  if (json::Find(members, "keys") != nullptr && !json::IsString(*json::Find(members, "keys"))) {
    return Error{"this is a JWK Set, not a map of certificates: name it by keys.file or keys.url"};
  }
  if (members.size() > kMaxKeysPerIssuer) return Error{"more than " + std::to_string(kMaxKeysPerIssuer) + " keys"};
  std::vector<Jwk> keys;
  for (const json::Member& member : members) {
    Jwk jwk;
    if (member.name.size() > kMaxKidBytes) {
      jwk.unusable_because = "kid is too long";
    } else if (!json::IsString(member.value)) {
      jwk.unusable_because = "not a string of PEM";
    } else {
      jwk = ReadOne(member.value.text, allowed, arena);
    }
    jwk.has_kid = member.name.size() <= kMaxKidBytes;
    if (jwk.has_kid) jwk.kid = member.name;
    keys.push_back(std::move(jwk));
  }
  return keys;
}

}  // namespace

Result<std::string> JwkOfPem(std::string_view text) {
  Result<PublishedKey> key = ReadPublished(text);
  if (!key) return Error{key.error()};
  return std::move(key->jwk);
}

Result<std::vector<Jwk>> ReadPemKeys(std::string_view text, AlgorithmSet allowed) {
  if (text.size() > kMaxJwkSetBytes) return Error{"the keys are larger than 1 MiB"};
  Arena arena;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos || text[first] != '{') {
    Jwk only = ReadOne(text, allowed, arena);
    if (only.key == nullptr) return Error{only.unusable_because};
    std::vector<Jwk> keys;
    keys.push_back(std::move(only));
    return keys;
  }
  json::StrictParser parser(text.size() + 1);
  json::Document document;
  const json::Status status = parser.ParseCopy(text, arena, &document);
  if (status == json::Status::kTooManyMembers || status == json::Status::kDuplicateName) {
    return Error{"the map of kids " + json::DescribeDefect(status, document, kMaxObjectMembers)};
  }
  if (status != json::Status::kOk || document.root.kind != json::Kind::kObject) {
    return Error{"not a JSON object of kids and PEM"};
  }
  return ReadMap(document.members, allowed, arena);
}

}  // namespace assay::jwks
