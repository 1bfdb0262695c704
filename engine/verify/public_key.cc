#include "engine/verify/public_key.h"

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <initializer_list>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "engine/json/writer.h"
#include "engine/verify/ed25519_point.h"

namespace assay {
namespace {

struct Curve {
  int nid;
  std::string_view name;  // of RFC 7518 section 6.2.1.1
  std::size_t field_bytes;
};

Curve CurveOf(KeyType type) {
  switch (type) {
    case KeyType::kP256:
      return {NID_X9_62_prime256v1, "P-256", 32};
    case KeyType::kP384:
      return {NID_secp384r1, "P-384", 48};
    case KeyType::kP521:
      return {NID_secp521r1, "P-521", 66};
    default:
      break;
  }
  ASSAY_CHECK(false);
}

std::string_view AsText(PublicKey::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::basic_string<std::uint8_t> Copy(PublicKey::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// Thumbprint: RFC 7638 section 3: of the required members, which are given in lexicographic order.
std::string Thumbprint(std::initializer_list<std::pair<std::string_view, std::string>> members) {
  std::string canonical_json;
  json::Writer writer(&canonical_json);
  writer.Begin('{');
  for (const auto& [name, value] : members) writer.Member(name, value);
  writer.End('}');
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const std::uint8_t*>(canonical_json.data()), canonical_json.size(), digest);
  return base64url::Encode(AsText(digest));
}

std::string Encoded(PublicKey::Bytes bytes) { return base64url::Encode(AsText(bytes)); }

Error Refused(const char* why) {
  ERR_clear_error();
  return {why};
}

}  // namespace

Result<std::shared_ptr<const PublicKey>> PublicKey::Ec(KeyType type, Bytes x, Bytes y) {
  const Curve curve = CurveOf(type);
  if (x.size() != curve.field_bytes || y.size() != curve.field_bytes) {
    return Refused("a coordinate has the wrong length for the curve");
  }
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(curve.nid));
  bssl::UniquePtr<BIGNUM> bn_x(BN_bin2bn(x.data(), x.size(), nullptr));
  bssl::UniquePtr<BIGNUM> bn_y(BN_bin2bn(y.data(), y.size(), nullptr));
  bssl::UniquePtr<EVP_PKEY> evp(EVP_PKEY_new());
  ASSAY_CHECK(ec && bn_x && bn_y && evp);
  if (!EC_KEY_set_public_key_affine_coordinates(ec.get(), bn_x.get(), bn_y.get())) {
    return Refused("the point is not on the curve");
  }
  ASSAY_CHECK(EVP_PKEY_set1_EC_KEY(evp.get(), ec.get()));

  std::shared_ptr<PublicKey> key(new PublicKey);
  key->type_ = type;
  key->evp_ = evp.release();
  key->signature_bytes_ = 2 * curve.field_bytes;
  key->first_ = Copy(x);
  key->second_ = Copy(y);
  key->thumbprint_ =
      Thumbprint({{"crv", std::string(curve.name)}, {"kty", "EC"}, {"x", Encoded(x)}, {"y", Encoded(y)}});
  return std::shared_ptr<const PublicKey>(std::move(key));
}

Result<std::shared_ptr<const PublicKey>> PublicKey::Rsa(Bytes n, Bytes e) {
  if (n.empty() || n[0] == 0 || e.empty() || e[0] == 0) {
    return Refused("modulus or exponent is empty or has a leading zero byte");
  }
  if (n.size() > kMaxRsaBits / 8) return Refused("the modulus is longer than 8192 bits");
  bssl::UniquePtr<BIGNUM> bn_n(BN_bin2bn(n.data(), n.size(), nullptr));
  ASSAY_CHECK(bn_n);
  const unsigned bits = BN_num_bits(bn_n.get());
  if (bits < kMinRsaBits) return Refused("the modulus is shorter than 2048 bits");
  if (!BN_is_odd(bn_n.get())) return Refused("the modulus is even");
  if (e.size() > 4) return Refused("the exponent is above 2^32 - 1");
  std::uint64_t exponent = 0;
  for (std::uint8_t byte : e) exponent = exponent << 8 | byte;
  if (exponent < 3 || exponent % 2 == 0) return Refused("the exponent is below 3 or even");
  bssl::UniquePtr<BIGNUM> bn_e(BN_bin2bn(e.data(), e.size(), nullptr));
  bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<EVP_PKEY> evp(EVP_PKEY_new());
  ASSAY_CHECK(bn_e && rsa && evp);
  ASSAY_CHECK(RSA_set0_key(rsa.get(), bn_n.release(), bn_e.release(), nullptr));
  ASSAY_CHECK(EVP_PKEY_set1_RSA(evp.get(), rsa.get()));

  std::shared_ptr<PublicKey> key(new PublicKey);
  key->type_ = KeyType::kRsa;
  key->evp_ = evp.release();
  key->rsa_bits_ = bits;
  key->signature_bytes_ = n.size();
  key->prepared_rsa_ = rsa::PreparedRsa::Create(n, e);
  key->first_ = Copy(n);
  key->second_ = Copy(e);
  key->thumbprint_ = Thumbprint({{"e", Encoded(e)}, {"kty", "RSA"}, {"n", Encoded(n)}});
  return std::shared_ptr<const PublicKey>(std::move(key));
}

Result<std::shared_ptr<const PublicKey>> PublicKey::Ed25519(Bytes x) {
  if (x.size() != 32) return Refused("an Ed25519 key has 32 bytes");
  if (!IsSoundEd25519Point(x.first<32>())) {
    return Refused("not a point of the curve, or one of small order");
  }
  bssl::UniquePtr<EVP_PKEY> evp(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x.data(), x.size()));
  if (!evp) return Refused("not an Ed25519 key");

  std::shared_ptr<PublicKey> key(new PublicKey);
  key->type_ = KeyType::kEd25519;
  key->evp_ = evp.release();
  key->signature_bytes_ = 64;
  key->first_ = Copy(x);
  key->thumbprint_ = Thumbprint({{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", Encoded(x)}});
  return std::shared_ptr<const PublicKey>(std::move(key));
}

std::shared_ptr<const PublicKey> PublicKey::WithTable(int window) const {
  ASSAY_CHECK(type_ == KeyType::kP256);
  std::shared_ptr<PublicKey> key(new PublicKey);
  key->type_ = type_;
  key->signature_bytes_ = signature_bytes_;
  key->thumbprint_ = thumbprint_;
  key->first_ = first_;
  key->second_ = second_;
  EVP_PKEY_up_ref(evp_);
  key->evp_ = evp_;
  key->p256_table_ = p256::KeyTable::Build(first_.data(), second_.data(), window);
  ASSAY_CHECK(key->p256_table_ != nullptr);  // the point was checked when this key was made
  return key;
}

PublicKey::~PublicKey() { EVP_PKEY_free(evp_); }

AlgorithmSet PublicKey::capable() const {
  switch (type_) {
    case KeyType::kP256:
      return {Algorithm::kES256};
    case KeyType::kP384:
      return {Algorithm::kES384};
    case KeyType::kP521:
      return {Algorithm::kES512};
    case KeyType::kRsa:
      return {Algorithm::kRS256, Algorithm::kRS384, Algorithm::kRS512,
              Algorithm::kPS256, Algorithm::kPS384, Algorithm::kPS512};
    case KeyType::kEd25519:
      return {Algorithm::kEdDSA, Algorithm::kEd25519};
  }
  return {};
}

}  // namespace assay
