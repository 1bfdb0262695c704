#include "tools/load/signing_key.h"

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/curve25519.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/base64url/base64url.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

// What an algorithm signs with (RFC 7518 section 3.1, RFC 8037 section 3.1).
struct Scheme {
  enum class Family { kEc, kRsa, kPss, kEd25519 } family;
  int curve_nid;
  const char* curve;  // JWK `crv`
  std::size_t field_bytes;
  int digest_nid;
};

Scheme SchemeOf(Algorithm algorithm) {
  using Family = Scheme::Family;
  switch (algorithm) {
    case Algorithm::kES256:
      return {Family::kEc, NID_X9_62_prime256v1, "P-256", 32, NID_sha256};
    case Algorithm::kES384:
      return {Family::kEc, NID_secp384r1, "P-384", 48, NID_sha384};
    case Algorithm::kES512:
      return {Family::kEc, NID_secp521r1, "P-521", 66, NID_sha512};
    case Algorithm::kRS256:
      return {Family::kRsa, 0, nullptr, 0, NID_sha256};
    case Algorithm::kRS384:
      return {Family::kRsa, 0, nullptr, 0, NID_sha384};
    case Algorithm::kRS512:
      return {Family::kRsa, 0, nullptr, 0, NID_sha512};
    case Algorithm::kPS256:
      return {Family::kPss, 0, nullptr, 0, NID_sha256};
    case Algorithm::kPS384:
      return {Family::kPss, 0, nullptr, 0, NID_sha384};
    case Algorithm::kPS512:
      return {Family::kPss, 0, nullptr, 0, NID_sha512};
    case Algorithm::kEdDSA:
    case Algorithm::kEd25519:
      return {Family::kEd25519, 0, "Ed25519", 32, 0};
  }
  ASSAY_CHECK(false);
  return {};
}

struct Digest {
  std::array<std::uint8_t, SHA512_DIGEST_LENGTH> bytes;
  std::size_t size;
};

Digest Hash(int nid, std::string_view input) {
  Digest digest;
  const auto* data = reinterpret_cast<const std::uint8_t*>(input.data());
  if (nid == NID_sha256) {
    SHA256(data, input.size(), digest.bytes.data());
    digest.size = SHA256_DIGEST_LENGTH;
  } else if (nid == NID_sha384) {
    SHA384(data, input.size(), digest.bytes.data());
    digest.size = SHA384_DIGEST_LENGTH;
  } else {
    SHA512(data, input.size(), digest.bytes.data());
    digest.size = SHA512_DIGEST_LENGTH;
  }
  return digest;
}

std::uint8_t* Bytes(std::string* text) { return reinterpret_cast<std::uint8_t*>(text->data()); }
const std::uint8_t* Bytes(const std::string& text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

std::string BigEndian(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  ASSAY_CHECK(BN_bn2bin_padded(Bytes(&bytes), size, number) == 1);
  return bytes;
}
std::string BigEndian(const BIGNUM* number) { return BigEndian(number, BN_num_bytes(number)); }

bssl::UniquePtr<BIGNUM> BigNumber(const std::string& bytes) {
  return bssl::UniquePtr<BIGNUM>(BN_bin2bn(Bytes(bytes), bytes.size(), nullptr));
}

// `,"name":"base64url"`
void AppendMember(std::string* out, std::string_view name, std::string_view bytes) {
  *out += ",\"";
  *out += name;
  *out += "\":\"";
  *out += base64url::Encode(bytes);
  *out += '"';
}

constexpr std::array<const char*, 6> kRsaPrivateNames = {"d", "p", "q", "dp", "dq", "qi"};

Algorithm AlgorithmOf(const JsonObject& jwk, const std::string& file) {
  const auto kty = jwk.String("kty").value_or("");
  const auto crv = jwk.String("crv").value_or("");
  std::optional<Algorithm> from_type;
  if (kty == "RSA") from_type = Algorithm::kRS256;
  if (kty == "EC" && crv == "P-256") from_type = Algorithm::kES256;
  if (kty == "EC" && crv == "P-384") from_type = Algorithm::kES384;
  if (kty == "EC" && crv == "P-521") from_type = Algorithm::kES512;
  if (kty == "OKP" && crv == "Ed25519") from_type = Algorithm::kEdDSA;
  if (!from_type) {
    throw InputError{file + ": the key's `kty` and `crv` are not of a kind that Assay knows"};
  }
  if (jwk.Find("alg") == nullptr) return *from_type;
  const auto named = ParseAlgorithm(jwk.String("alg").value_or(""));
  const auto family = [](Algorithm a) {
    const Scheme scheme = SchemeOf(a);
    const bool rsa = scheme.family == Scheme::Family::kRsa || scheme.family == Scheme::Family::kPss;
    return std::pair(rsa, std::string_view(scheme.curve != nullptr ? scheme.curve : ""));
  };
  if (!named || family(*named) != family(*from_type)) {
    throw InputError{file + ": the key's `alg` does not fit its type"};
  }
  return *named;
}

}  // namespace

struct SigningKey::Impl {
  Algorithm algorithm = Algorithm::kES256;
  Scheme scheme = {};
  std::string kid;
  bool has_private = false;
  bssl::UniquePtr<EC_KEY> ec;
  bssl::UniquePtr<RSA> rsa;
  std::array<std::uint8_t, ED25519_PUBLIC_KEY_LEN> ed_public = {};
  std::array<std::uint8_t, ED25519_PRIVATE_KEY_LEN> ed_private = {};

  explicit Impl(Algorithm a) : algorithm(a), scheme(SchemeOf(a)) {}
  ~Impl() { OPENSSL_cleanse(ed_private.data(), ed_private.size()); }

  // The members that RFC 7638 section 3.2 hashes, in its order.
  std::string RequiredMembers() const;
  void AppendPrivateMembers(std::string* out) const;
  bool ReadEc(const JsonObject& jwk, const std::string& file);
  bool ReadRsa(const JsonObject& jwk, const std::string& file);
  bool ReadEd25519(const JsonObject& jwk, const std::string& file);
  std::string Thumbprint() const {
    const Digest digest = Hash(NID_sha256, '{' + RequiredMembers() + '}');
    return base64url::Encode({reinterpret_cast<const char*>(digest.bytes.data()), digest.size});
  }
};

std::string SigningKey::Impl::RequiredMembers() const {
  std::string out;
  if (ec != nullptr) {
    bssl::UniquePtr<BIGNUM> x(BN_new()), y(BN_new());
    ASSAY_CHECK(EC_POINT_get_affine_coordinates_GFp(EC_KEY_get0_group(ec.get()), EC_KEY_get0_public_key(ec.get()),
                                                    x.get(), y.get(), nullptr) == 1);
    out = std::string("\"crv\":\"") + scheme.curve + "\",\"kty\":\"EC\"";
    AppendMember(&out, "x", BigEndian(x.get(), scheme.field_bytes));
    AppendMember(&out, "y", BigEndian(y.get(), scheme.field_bytes));
  } else if (rsa != nullptr) {
    AppendMember(&out, "e", BigEndian(RSA_get0_e(rsa.get())));
    out.erase(0, 1);
    out += ",\"kty\":\"RSA\"";
    AppendMember(&out, "n", BigEndian(RSA_get0_n(rsa.get())));
  } else {
    out = "\"crv\":\"Ed25519\",\"kty\":\"OKP\"";
    AppendMember(&out, "x", {reinterpret_cast<const char*>(ed_public.data()), ed_public.size()});
  }
  return out;
}

void SigningKey::Impl::AppendPrivateMembers(std::string* out) const {
  if (ec != nullptr) {
    AppendMember(out, "d", BigEndian(EC_KEY_get0_private_key(ec.get()), scheme.field_bytes));
  } else if (rsa != nullptr) {
    const RSA* r = rsa.get();
    const BIGNUM* values[] = {RSA_get0_d(r),    RSA_get0_p(r),    RSA_get0_q(r),
                              RSA_get0_dmp1(r), RSA_get0_dmq1(r), RSA_get0_iqmp(r)};
    for (std::size_t i = 0; i < kRsaPrivateNames.size(); ++i) {
      AppendMember(out, kRsaPrivateNames[i], BigEndian(values[i]));
    }
  } else {
    AppendMember(out, "d", {reinterpret_cast<const char*>(ed_private.data()), 32});
  }
}

bool SigningKey::Impl::ReadEc(const JsonObject& jwk, const std::string& file) {
  const std::string x = Base64urlMember(jwk, "x", file);
  const std::string y = Base64urlMember(jwk, "y", file);
  if (x.size() != scheme.field_bytes || y.size() != scheme.field_bytes) return false;
  ec.reset(EC_KEY_new_by_curve_name(scheme.curve_nid));
  if (EC_KEY_set_public_key_affine_coordinates(ec.get(), BigNumber(x).get(), BigNumber(y).get()) != 1) {
    return false;
  }
  if (has_private) {
    const std::string d = Base64urlMember(jwk, "d", file);
    if (EC_KEY_set_private_key(ec.get(), BigNumber(d).get()) != 1) return false;
  }
  return EC_KEY_check_key(ec.get()) == 1;
}

bool SigningKey::Impl::ReadRsa(const JsonObject& jwk, const std::string& file) {
  rsa.reset(RSA_new());
  bssl::UniquePtr<BIGNUM> n = BigNumber(Base64urlMember(jwk, "n", file));
  bssl::UniquePtr<BIGNUM> e = BigNumber(Base64urlMember(jwk, "e", file));
  if (BN_num_bits(n.get()) < 2048 || BN_num_bits(n.get()) > 8192) {
    throw InputError{file + ": the RSA modulus must have 2048 to 8192 bits"};
  }
  std::array<bssl::UniquePtr<BIGNUM>, kRsaPrivateNames.size()> values;
  if (has_private) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = BigNumber(Base64urlMember(jwk, kRsaPrivateNames[i], file));
    }
  }
  auto& [d, p, q, dp, dq, qi] = values;
  // Each set0 takes over what it is given, if and only if it succeeds.
  if (RSA_set0_key(rsa.get(), n.get(), e.get(), d.get()) != 1) return false;
  (void)n.release(), (void)e.release(), (void)d.release();
  if (!has_private) return true;
  if (RSA_set0_factors(rsa.get(), p.get(), q.get()) != 1) return false;
  (void)p.release(), (void)q.release();
  if (RSA_set0_crt_params(rsa.get(), dp.get(), dq.get(), qi.get()) != 1) return false;
  (void)dp.release(), (void)dq.release(), (void)qi.release();
  return RSA_check_key(rsa.get()) == 1;
}

bool SigningKey::Impl::ReadEd25519(const JsonObject& jwk, const std::string& file) {
  const std::string x = Base64urlMember(jwk, "x", file);
  if (x.size() != ed_public.size()) return false;
  std::memcpy(ed_public.data(), x.data(), x.size());
  if (!has_private) return true;
  const std::string d = Base64urlMember(jwk, "d", file);
  if (d.size() != 32) return false;
  std::array<std::uint8_t, ED25519_PUBLIC_KEY_LEN> computed;
  ED25519_keypair_from_seed(computed.data(), ed_private.data(), Bytes(d));
  return computed == ed_public;
}

SigningKey::SigningKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::Generate(Algorithm algorithm, unsigned rsa_bits, std::string kid) {
  auto impl = std::make_unique<Impl>(algorithm);
  impl->has_private = true;
  switch (impl->scheme.family) {
    case Scheme::Family::kEc:
      impl->ec.reset(EC_KEY_new_by_curve_name(impl->scheme.curve_nid));
      ASSAY_CHECK(EC_KEY_generate_key(impl->ec.get()) == 1);
      break;
    case Scheme::Family::kRsa:
    case Scheme::Family::kPss: {
      bssl::UniquePtr<BIGNUM> e(BN_new());
      impl->rsa.reset(RSA_new());
      ASSAY_CHECK(BN_set_word(e.get(), RSA_F4) == 1);
      if (RSA_generate_key_ex(impl->rsa.get(), static_cast<int>(rsa_bits), e.get(), nullptr) != 1) {
        throw InputError{"cannot make an RSA key of " + std::to_string(rsa_bits) + " bits"};
      }
      break;
    }
    case Scheme::Family::kEd25519:
      ED25519_keypair(impl->ed_public.data(), impl->ed_private.data());
      break;
  }
  impl->kid = kid.empty() ? impl->Thumbprint() : std::move(kid);
  return SigningKey(std::move(impl));
}

SigningKey SigningKey::FromJwk(const JsonObject& jwk, const std::string& file) {
  if (jwk.String("kty") == "oct") {
    throw InputError{file + ": a symmetric key (`oct`) is never used, nor published"};
  }
  auto impl = std::make_unique<Impl>(AlgorithmOf(jwk, file));
  impl->has_private = jwk.Find("d") != nullptr;
  bool good = false;
  switch (impl->scheme.family) {
    case Scheme::Family::kEc:
      good = impl->ReadEc(jwk, file);
      break;
    case Scheme::Family::kRsa:
    case Scheme::Family::kPss:
      good = impl->ReadRsa(jwk, file);
      break;
    case Scheme::Family::kEd25519:
      good = impl->ReadEd25519(jwk, file);
      break;
  }
  ERR_clear_error();
  if (!good) throw InputError{file + ": the key's numbers do not make a valid key"};
  if (jwk.Find("kid") != nullptr && !jwk.String("kid")) {
    throw InputError{file + ": the key's `kid` is not a string"};
  }
  impl->kid = jwk.String("kid") ? std::string(*jwk.String("kid")) : impl->Thumbprint();
  return SigningKey(std::move(impl));
}

Algorithm SigningKey::algorithm() const { return impl_->algorithm; }
const std::string& SigningKey::kid() const { return impl_->kid; }
bool SigningKey::has_private() const { return impl_->has_private; }

std::string SigningKey::PublicJwk() const {
  std::string out = '{' + impl_->RequiredMembers() + ",\"use\":\"sig\",\"alg\":\"";
  out += AlgorithmName(impl_->algorithm);
  out += "\",\"kid\":";
  AppendJsonString(&out, impl_->kid);
  out += '}';
  return out;
}

std::string SigningKey::PrivateJwk() const {
  std::string out = PublicJwk();
  out.pop_back();
  impl_->AppendPrivateMembers(&out);
  out += '}';
  return out;
}

void SigningKey::Sign(std::string_view input, std::string* out) const {
  const Impl& key = *impl_;
  const std::size_t start = out->size();
  if (key.scheme.family == Scheme::Family::kEd25519) {
    out->resize(start + ED25519_SIGNATURE_LEN);
    ASSAY_CHECK(ED25519_sign(Bytes(out) + start, reinterpret_cast<const std::uint8_t*>(input.data()), input.size(),
                             key.ed_private.data()) == 1);
    return;
  }
  const Digest digest = Hash(key.scheme.digest_nid, input);
  if (key.scheme.family == Scheme::Family::kEc) {
    const std::size_t half = key.scheme.field_bytes;
    bssl::UniquePtr<ECDSA_SIG> signature(ECDSA_do_sign(digest.bytes.data(), digest.size, key.ec.get()));
    ASSAY_CHECK(signature != nullptr);
    out->resize(start + 2 * half);
    std::uint8_t* const bytes = Bytes(out) + start;
    ASSAY_CHECK(BN_bn2bin_padded(bytes, half, ECDSA_SIG_get0_r(signature.get())) == 1);
    ASSAY_CHECK(BN_bn2bin_padded(bytes + half, half, ECDSA_SIG_get0_s(signature.get())) == 1);
    return;
  }
  out->resize(start + RSA_size(key.rsa.get()));
  std::uint8_t* const bytes = Bytes(out) + start;
  if (key.scheme.family == Scheme::Family::kRsa) {
    unsigned length = 0;
    ASSAY_CHECK(RSA_sign(key.scheme.digest_nid, digest.bytes.data(), static_cast<unsigned>(digest.size), bytes, &length,
                         key.rsa.get()) == 1);
  } else {
    const EVP_MD* md = EVP_get_digestbynid(key.scheme.digest_nid);
    std::size_t length = 0;
    // RFC 7518 section 3.5: MGF1 with the same hash, a salt as long as the hash (-1).
    ASSAY_CHECK(RSA_sign_pss_mgf1(key.rsa.get(), &length, bytes, RSA_size(key.rsa.get()), digest.bytes.data(),
                                  digest.size, md, md, -1) == 1);
  }
}

}  // namespace assay::cli
