#include "tests/testing/signing_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "engine/base/check.h"
#include "tests/testing/rsa_keys.h"

namespace assay::testing {
namespace {

const std::uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

struct Curve {
  int nid;
  const char* name;
  std::size_t field_bytes;
};

bool IsEc(Algorithm algorithm) { return algorithm <= Algorithm::kES512; }
bool IsEdwards(Algorithm algorithm) { return algorithm >= Algorithm::kEdDSA; }
bool IsPss(Algorithm algorithm) { return algorithm >= Algorithm::kPS256 && algorithm <= Algorithm::kPS512; }

constexpr Curve kCurves[] = {
    {NID_X9_62_prime256v1, "P-256", 32}, {NID_secp384r1, "P-384", 48}, {NID_secp521r1, "P-521", 66}};

Curve CurveOf(Algorithm algorithm) {
  ASSAY_CHECK(IsEc(algorithm));
  return kCurves[static_cast<int>(algorithm)];
}

Curve CurveOf(const EC_KEY* key) {
  for (const Curve& curve : kCurves) {
    if (EC_GROUP_get_curve_name(EC_KEY_get0_group(key)) == curve.nid) return curve;
  }
  ASSAY_CHECK(false);
}

const EVP_MD* HashOf(Algorithm algorithm) {
  if (IsEdwards(algorithm)) return nullptr;
  const EVP_MD* const hashes[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
  return hashes[static_cast<int>(algorithm) % 3];
}

bssl::UniquePtr<EVP_PKEY> MakeEc(Algorithm algorithm, std::string_view secret) {
  bssl::UniquePtr<EC_KEY> group(EC_KEY_new_by_curve_name(CurveOf(algorithm).nid));
  bssl::UniquePtr<EC_KEY> key(EC_KEY_derive_from_secret(EC_KEY_get0_group(group.get()), Bytes(secret), secret.size()));
  bssl::UniquePtr<EVP_PKEY> evp(EVP_PKEY_new());
  ASSAY_CHECK(key && EVP_PKEY_set1_EC_KEY(evp.get(), key.get()));
  return evp;
}

bssl::UniquePtr<EVP_PKEY> MakeEdwards(std::string secret) {
  secret.resize(32, 'x');
  return bssl::UniquePtr<EVP_PKEY>(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(secret), secret.size()));
}

bssl::UniquePtr<EVP_PKEY> MakeRsa(unsigned seed) {
  ASSAY_CHECK(seed < RsaTestKeys().size());
  bssl::UniquePtr<BIO> pem(BIO_new_mem_buf(RsaTestKeys()[seed], -1));
  return bssl::UniquePtr<EVP_PKEY>(PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr));
}

// RFC 7518 section 3.4: from the DER that OpenSSL's interfaces speak to r and s of fixed length.
std::string RawFromDer(std::string_view der, std::size_t field_bytes) {
  bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_from_bytes(Bytes(der), der.size()));
  std::string raw(2 * field_bytes, '\0');
  auto* out = reinterpret_cast<std::uint8_t*>(raw.data());
  ASSAY_CHECK(pair && BN_bn2bin_padded(out, field_bytes, ECDSA_SIG_get0_r(pair.get())) &&
              BN_bn2bin_padded(out + field_bytes, field_bytes, ECDSA_SIG_get0_s(pair.get())));
  return raw;
}

std::string Member(const char* name, const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  ASSAY_CHECK(BN_bn2bin_padded(reinterpret_cast<std::uint8_t*>(bytes.data()), size, number));
  return Concat({"\"", name, "\":\"", Base64url(bytes), "\""});
}

}  // namespace

std::string Concat(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (std::string_view part : parts) whole += part;
  return whole;
}

std::string Base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  text.resize(EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), Bytes(bytes), bytes.size()));
  while (!text.empty() && text.back() == '=') text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

SigningKey SigningKey::Make(Algorithm algorithm, std::string kid, unsigned seed) {
  const std::string secret = "assay test key " + std::to_string(seed) + " of no secrecy at all";
  SigningKey key;
  key.algorithm_ = algorithm;
  key.kid_ = std::move(kid);
  bssl::UniquePtr<EVP_PKEY> evp = IsEc(algorithm)        ? MakeEc(algorithm, secret)
                                  : IsEdwards(algorithm) ? MakeEdwards(secret)
                                                         : MakeRsa(seed);
  ASSAY_CHECK(evp);
  key.evp_ = {evp.release(), EVP_PKEY_free};
  return key;
}

std::string SigningKey::SignAs(Algorithm algorithm, std::string_view signing_input) const {
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* pkey_context = nullptr;
  ASSAY_CHECK(EVP_DigestSignInit(context.get(), &pkey_context, HashOf(algorithm), nullptr, evp_.get()));
  if (IsPss(algorithm)) {
    ASSAY_CHECK(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING) &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, -1));  // as long as the hash
  }
  std::size_t size = 0;
  ASSAY_CHECK(EVP_DigestSign(context.get(), nullptr, &size, Bytes(signing_input), signing_input.size()));
  std::string signature(size, '\0');
  ASSAY_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<std::uint8_t*>(signature.data()), &size,
                             Bytes(signing_input), signing_input.size()));
  signature.resize(size);
  return IsEc(algorithm) ? RawFromDer(signature, CurveOf(algorithm).field_bytes) : signature;
}

std::string JwkMembers(const EVP_PKEY* evp) {
  if (EVP_PKEY_id(evp) == EVP_PKEY_EC) {
    const EC_KEY* const ec = EVP_PKEY_get0_EC_KEY(evp);
    const Curve curve = CurveOf(ec);
    bssl::UniquePtr<BIGNUM> x(BN_new());
    bssl::UniquePtr<BIGNUM> y(BN_new());
    ASSAY_CHECK(EC_POINT_get_affine_coordinates_GFp(EC_KEY_get0_group(ec), EC_KEY_get0_public_key(ec), x.get(), y.get(),
                                                    nullptr));
    return Concat({"\"kty\":\"EC\",\"crv\":\"", curve.name, "\",", Member("x", x.get(), curve.field_bytes), ",",
                   Member("y", y.get(), curve.field_bytes)});
  }
  if (EVP_PKEY_id(evp) == EVP_PKEY_ED25519) {
    std::string x(32, '\0');
    std::size_t size = x.size();
    ASSAY_CHECK(EVP_PKEY_get_raw_public_key(evp, reinterpret_cast<std::uint8_t*>(x.data()), &size));
    return Concat({"\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"", Base64url(x), "\""});
  }
  const RSA* const rsa = EVP_PKEY_get0_RSA(evp);
  ASSAY_CHECK(rsa != nullptr);
  const BIGNUM* const n = RSA_get0_n(rsa);
  const BIGNUM* const e = RSA_get0_e(rsa);
  return Concat({"\"kty\":\"RSA\",", Member("n", n, BN_num_bytes(n)), ",", Member("e", e, BN_num_bytes(e))});
}

std::string SigningKey::KeyMembers() const { return JwkMembers(evp_.get()); }

std::string SigningKey::Jwk() const {
  return JwkWith(Concat({"\"kid\":\"", kid_, "\",\"use\":\"sig\",\"alg\":\"", AlgorithmName(algorithm_), "\""}));
}

std::string SigningKey::JwkWith(std::string_view members) const {
  return Concat({"{", KeyMembers(), members.empty() ? "" : ",", members, "}"});
}

std::string JwkSet(const std::vector<std::string>& jwks) {
  std::string set = "{\"keys\":[";
  for (const std::string& jwk : jwks) {
    if (set.back() != '[') set += ',';
    set += jwk;
  }
  return set + "]}";
}

std::string JwkSet(const std::vector<SigningKey>& keys) {
  std::vector<std::string> jwks;
  for (const SigningKey& key : keys) jwks.push_back(key.Jwk());
  return JwkSet(jwks);
}

}  // namespace assay::testing
