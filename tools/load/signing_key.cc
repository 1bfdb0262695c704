#include "tools/load/signing_key.h"

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
#include <openssl/sha.h>

#include <utility>

#include "engine/base/check.h"
#include "engine/json/strict.h"
#include "engine/json/text.h"
#include "tools/load/rsa_test_keys.h"

namespace assay::load {
namespace {

constexpr std::size_t kEd25519Bytes = 32;

const std::uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
std::uint8_t* Bytes(std::string* text) { return reinterpret_cast<std::uint8_t*>(text->data()); }

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

using Key = bssl::UniquePtr<EVP_PKEY>;

Key FromEc(bssl::UniquePtr<EC_KEY> key) {
  Key evp(EVP_PKEY_new());
  ASSAY_CHECK(key && EVP_PKEY_set1_EC_KEY(evp.get(), key.get()));
  return evp;
}

bssl::UniquePtr<EC_KEY> OnCurveOf(Algorithm algorithm) {
  return bssl::UniquePtr<EC_KEY>(EC_KEY_new_by_curve_name(CurveOf(algorithm).nid));
}

Key DeriveEc(Algorithm algorithm, std::string_view secret) {
  const bssl::UniquePtr<EC_KEY> curve = OnCurveOf(algorithm);
  const EC_GROUP* const group = EC_KEY_get0_group(curve.get());
  return FromEc(bssl::UniquePtr<EC_KEY>(EC_KEY_derive_from_secret(group, Bytes(secret), secret.size())));
}

Key GenerateEc(Algorithm algorithm) {
  bssl::UniquePtr<EC_KEY> key = OnCurveOf(algorithm);
  ASSAY_CHECK(EC_KEY_generate_key(key.get()));
  return FromEc(std::move(key));
}

Key DeriveEdwards(std::string secret) {
  secret.resize(kEd25519Bytes, 'x');
  return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(secret), secret.size()));
}

Key Generate(int type, unsigned rsa_bits) {
  bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(type, nullptr));
  EVP_PKEY* key = nullptr;
  ASSAY_CHECK(context && EVP_PKEY_keygen_init(context.get()));
  if (type == EVP_PKEY_RSA) ASSAY_CHECK(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(rsa_bits)));
  ASSAY_CHECK(EVP_PKEY_keygen(context.get(), &key));
  return Key(key);
}

Key ReadRsa(unsigned seed) {
  ASSAY_CHECK(seed < RsaTestKeys().size());
  bssl::UniquePtr<BIO> pem(BIO_new_mem_buf(RsaTestKeys()[seed], -1));
  return Key(PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr));
}

std::string BigEndian(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  ASSAY_CHECK(BN_bn2bin_padded(Bytes(&bytes), size, number));
  return bytes;
}

// RawFromDer: from the DER that OpenSSL's interfaces speak to r and s of fixed length (RFC 7518 section 3.4).
std::string RawFromDer(std::string_view der, std::size_t field_bytes) {
  bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_from_bytes(Bytes(der), der.size()));
  ASSAY_CHECK(pair);
  return BigEndian(ECDSA_SIG_get0_r(pair.get()), field_bytes) + BigEndian(ECDSA_SIG_get0_s(pair.get()), field_bytes);
}

std::string Member(std::string_view name, std::string_view bytes) {
  return Concat({"\"", name, "\":\"", Base64url(bytes), "\""});
}

std::string Member(std::string_view name, const BIGNUM* number) {
  return Member(name, BigEndian(number, BN_num_bytes(number)));
}

// PrivateMembers: RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2, each with a comma before it.
std::string PrivateMembers(const EVP_PKEY* evp) {
  if (EVP_PKEY_id(evp) == EVP_PKEY_EC) {
    const EC_KEY* const ec = EVP_PKEY_get0_EC_KEY(evp);
    return "," + Member("d", BigEndian(EC_KEY_get0_private_key(ec), CurveOf(ec).field_bytes));
  }
  if (EVP_PKEY_id(evp) == EVP_PKEY_ED25519) {
    std::string d(kEd25519Bytes, '\0');
    std::size_t size = d.size();
    ASSAY_CHECK(EVP_PKEY_get_raw_private_key(evp, Bytes(&d), &size));
    return "," + Member("d", d);
  }
  const RSA* const rsa = EVP_PKEY_get0_RSA(evp);
  return Concat({",", Member("d", RSA_get0_d(rsa)), ",", Member("p", RSA_get0_p(rsa)), ",",
                 Member("q", RSA_get0_q(rsa)), ",", Member("dp", RSA_get0_dmp1(rsa)), ",",
                 Member("dq", RSA_get0_dmq1(rsa)), ",", Member("qi", RSA_get0_iqmp(rsa))});
}

std::string Thumbprint(const EVP_PKEY* evp) {
  const std::string hashed = Concat({"{", JwkMembers(evp), "}"});
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(Bytes(hashed), hashed.size(), Bytes(&digest));
  return Base64url(digest);
}

}  // namespace

std::string Concat(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (std::string_view part : parts) whole += part;
  return whole;
}

std::string Base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  text.resize(EVP_EncodeBlock(Bytes(&text), Bytes(bytes), bytes.size()));
  while (!text.empty() && text.back() == '=') text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string JwkMembers(const EVP_PKEY* evp) {
  if (EVP_PKEY_id(evp) == EVP_PKEY_EC) {
    const EC_KEY* const ec = EVP_PKEY_get0_EC_KEY(evp);
    const Curve curve = CurveOf(ec);
    bssl::UniquePtr<BIGNUM> x(BN_new()), y(BN_new());
    ASSAY_CHECK(EC_POINT_get_affine_coordinates_GFp(EC_KEY_get0_group(ec), EC_KEY_get0_public_key(ec), x.get(), y.get(),
                                                    nullptr));
    return Concat({"\"crv\":\"", curve.name, "\",\"kty\":\"EC\",", Member("x", BigEndian(x.get(), curve.field_bytes)),
                   ",", Member("y", BigEndian(y.get(), curve.field_bytes))});
  }
  if (EVP_PKEY_id(evp) == EVP_PKEY_ED25519) {
    std::string x(kEd25519Bytes, '\0');
    std::size_t size = x.size();
    ASSAY_CHECK(EVP_PKEY_get_raw_public_key(evp, Bytes(&x), &size));
    return Concat({"\"crv\":\"Ed25519\",\"kty\":\"OKP\",", Member("x", x)});
  }
  const RSA* const rsa = EVP_PKEY_get0_RSA(evp);
  ASSAY_CHECK(rsa != nullptr);
  return Concat({Member("e", RSA_get0_e(rsa)), ",\"kty\":\"RSA\",", Member("n", RSA_get0_n(rsa))});
}

SigningKey::SigningKey(Algorithm algorithm, bssl::UniquePtr<EVP_PKEY> key, std::optional<std::string> kid,
                       bool has_private)
    : algorithm_(algorithm), has_private_(has_private), evp_(key.release(), EVP_PKEY_free) {
  ASSAY_CHECK(evp_);
  kid_ = kid ? std::move(*kid) : Thumbprint(evp_.get());
}

SigningKey SigningKey::Generate(Algorithm algorithm, unsigned rsa_bits, std::optional<std::string> kid) {
  Key key = IsEc(algorithm)        ? GenerateEc(algorithm)
            : IsEdwards(algorithm) ? load::Generate(EVP_PKEY_ED25519, 0)
                                   : load::Generate(EVP_PKEY_RSA, rsa_bits);
  return SigningKey(algorithm, std::move(key), std::move(kid));
}

SigningKey SigningKey::Make(Algorithm algorithm, std::string kid, unsigned seed) {
  const std::string secret = "assay test key " + std::to_string(seed) + " of no secrecy at all";
  Key key = IsEc(algorithm)        ? DeriveEc(algorithm, secret)
            : IsEdwards(algorithm) ? DeriveEdwards(secret)
                                   : ReadRsa(seed);
  return SigningKey(algorithm, std::move(key), std::move(kid));
}

std::string SigningKey::SignAs(Algorithm algorithm, std::string_view signing_input) const {
  ASSAY_CHECK(has_private_);
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* pkey_context = nullptr;
  ASSAY_CHECK(EVP_DigestSignInit(context.get(), &pkey_context, HashOf(algorithm), nullptr, evp_.get()));
  if (IsPss(algorithm)) {
    // RFC 7518 section 3.5: MGF1 with the same hash, a salt as long as the hash (-1).
    ASSAY_CHECK(EVP_PKEY_CTX_set_rsa_padding(pkey_context, RSA_PKCS1_PSS_PADDING) &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_context, -1));
  }
  std::size_t size = 0;
  ASSAY_CHECK(EVP_DigestSign(context.get(), nullptr, &size, Bytes(signing_input), signing_input.size()));
  std::string signature(size, '\0');
  ASSAY_CHECK(EVP_DigestSign(context.get(), Bytes(&signature), &size, Bytes(signing_input), signing_input.size()));
  signature.resize(size);
  return IsEc(algorithm) ? RawFromDer(signature, CurveOf(algorithm).field_bytes) : signature;
}

std::string SigningKey::PublicJwk() const {
  std::string members = Concat({"\"use\":\"sig\",\"alg\":\"", AlgorithmName(algorithm_), "\",\"kid\":"});
  json::AppendQuoted(kid_, &members);
  return JwkWith(members);
}

std::string SigningKey::PrivateJwk() const {
  ASSAY_CHECK(has_private_);
  std::string jwk = PublicJwk();
  jwk.pop_back();
  return jwk + PrivateMembers(evp_.get()) + '}';
}

std::string SigningKey::JwkWith(std::string_view members) const {
  return Concat({"{", JwkMembers(evp_.get()), members.empty() ? "" : ",", members, "}"});
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
  for (const SigningKey& key : keys) jwks.push_back(key.PublicJwk());
  return JwkSet(jwks);
}

}  // namespace assay::load
