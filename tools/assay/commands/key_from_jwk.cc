#include "tools/assay/commands/key_from_jwk.h"

#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "tools/assay/io/console.h"

namespace assay::cli {
namespace {

struct KeyType {
  std::string_view kty, crv;
  int type, curve_nid;
  std::size_t field_bytes;
  Algorithm first, last;  // the algorithms of such keys
  Algorithm usual;        // that of a key without `alg`
};

constexpr KeyType kKeyTypes[] = {
    {"EC", "P-256", EVP_PKEY_EC, NID_X9_62_prime256v1, 32, Algorithm::kES256, Algorithm::kES256, Algorithm::kES256},
    {"EC", "P-384", EVP_PKEY_EC, NID_secp384r1, 48, Algorithm::kES384, Algorithm::kES384, Algorithm::kES384},
    {"EC", "P-521", EVP_PKEY_EC, NID_secp521r1, 66, Algorithm::kES512, Algorithm::kES512, Algorithm::kES512},
    {"RSA", "", EVP_PKEY_RSA, 0, 0, Algorithm::kRS256, Algorithm::kPS512, Algorithm::kRS256},
    {"OKP", "Ed25519", EVP_PKEY_ED25519, 0, 32, Algorithm::kEdDSA, Algorithm::kEd25519, Algorithm::kEdDSA}};

const KeyType& TypeOf(const JsonObject& jwk, const std::string& file) {
  for (const KeyType& type : kKeyTypes) {
    if (jwk.String("kty") == type.kty && (type.crv.empty() || jwk.String("crv") == type.crv)) return type;
  }
  throw InputError{file + ": the key's `kty` and `crv` are not of a kind that Assay knows"};
}

Algorithm AlgorithmOf(const JsonObject& jwk, const KeyType& type, const std::string& file) {
  if (!jwk.Has("alg")) return type.usual;
  const auto named = ParseAlgorithm(jwk.String("alg").value_or(""));
  if (!named || *named < type.first || *named > type.last) {
    throw InputError{file + ": the key's `alg` does not fit its type"};
  }
  return *named;
}

using Key = bssl::UniquePtr<EVP_PKEY>;  // null: the numbers make no key

// JwkReader: the members of one JWK.
struct JwkReader {
  const JsonObject& jwk;
  const std::string& file;

  bool has_private() const { return jwk.Has("d"); }
  std::string Bytes(std::string_view name) const { return Base64urlMember(jwk, name, file); }
  bssl::UniquePtr<BIGNUM> Number(std::string_view name) const {
    const std::string bytes = Bytes(name);
    return bssl::UniquePtr<BIGNUM>(BN_bin2bn(Data(bytes), bytes.size(), nullptr));
  }
  static const std::uint8_t* Data(const std::string& bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
  }
};

Key ReadEc(const JwkReader& jwk, const KeyType& type) {
  const bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(type.curve_nid));
  if (jwk.Bytes("x").size() != type.field_bytes || jwk.Bytes("y").size() != type.field_bytes) return nullptr;
  if (EC_KEY_set_public_key_affine_coordinates(ec.get(), jwk.Number("x").get(), jwk.Number("y").get()) != 1) {
    return nullptr;
  }
  if (jwk.has_private() && EC_KEY_set_private_key(ec.get(), jwk.Number("d").get()) != 1) return nullptr;
  if (EC_KEY_check_key(ec.get()) != 1) return nullptr;
  Key key(EVP_PKEY_new());
  return EVP_PKEY_set1_EC_KEY(key.get(), ec.get()) == 1 ? std::move(key) : nullptr;
}

Key ReadRsa(const JwkReader& jwk) {
  const bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<BIGNUM> n = jwk.Number("n"), e = jwk.Number("e"), d, p, q, dp, dq, qi;
  if (BN_num_bits(n.get()) < 2048 || BN_num_bits(n.get()) > 8192) {
    throw InputError{jwk.file + ": the RSA modulus must have 2048 to 8192 bits"};
  }
  if (jwk.has_private()) {
    d = jwk.Number("d"), p = jwk.Number("p"), q = jwk.Number("q");
    dp = jwk.Number("dp"), dq = jwk.Number("dq"), qi = jwk.Number("qi");
  }
  // Each set0 takes over what it is given, if and only if it succeeds.
  if (RSA_set0_key(rsa.get(), n.get(), e.get(), d.get()) != 1) return nullptr;
  (void)n.release(), (void)e.release(), (void)d.release();
  if (jwk.has_private()) {
    if (RSA_set0_factors(rsa.get(), p.get(), q.get()) != 1) return nullptr;
    (void)p.release(), (void)q.release();
    if (RSA_set0_crt_params(rsa.get(), dp.get(), dq.get(), qi.get()) != 1) return nullptr;
    (void)dp.release(), (void)dq.release(), (void)qi.release();
    if (RSA_check_key(rsa.get()) != 1) return nullptr;
  }
  Key key(EVP_PKEY_new());
  return EVP_PKEY_set1_RSA(key.get(), rsa.get()) == 1 ? std::move(key) : nullptr;
}

Key ReadEd25519(const JwkReader& jwk) {
  const std::string x = jwk.Bytes("x");
  Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, jwk.Data(x), x.size()));
  if (!key || !jwk.has_private()) return key;
  const std::string d = jwk.Bytes("d");
  Key with_private(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, jwk.Data(d), d.size()));
  return with_private && EVP_PKEY_cmp(key.get(), with_private.get()) == 1 ? std::move(with_private) : nullptr;
}

}  // namespace

load::SigningKey KeyFromJwk(const JsonObject& jwk, const std::string& file) {
  if (jwk.String("kty") == "oct") {
    throw InputError{file + ": a symmetric key (`oct`) is never used, nor published"};
  }
  const KeyType& type = TypeOf(jwk, file);
  const Algorithm algorithm = AlgorithmOf(jwk, type, file);
  const JwkReader reader{jwk, file};
  Key key = type.type == EVP_PKEY_EC    ? ReadEc(reader, type)
            : type.type == EVP_PKEY_RSA ? ReadRsa(reader)
                                        : ReadEd25519(reader);
  ERR_clear_error();
  if (!key) throw InputError{file + ": the key's numbers do not make a valid key"};
  if (jwk.Has("kid") && !jwk.String("kid")) {
    throw InputError{file + ": the key's `kid` is not a string"};
  }
  std::optional<std::string> kid;
  if (jwk.String("kid")) kid = *jwk.String("kid");
  return load::SigningKey(algorithm, std::move(key), std::move(kid), reader.has_private());
}

}  // namespace assay::cli
