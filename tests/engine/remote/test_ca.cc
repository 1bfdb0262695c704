#include "tests/engine/remote/test_ca.h"

#include <openssl/ec_key.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>

#include "engine/base/check.h"

namespace assay::testing {
namespace {

bssl::UniquePtr<EVP_PKEY> NewKey() {
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  ASSAY_CHECK(EC_KEY_generate_key(ec.get()) && EVP_PKEY_set1_EC_KEY(key.get(), ec.get()));
  return key;
}

void SetName(X509_NAME* name, const std::string& common_name) {
  ASSAY_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                         reinterpret_cast<const std::uint8_t*>(common_name.data()),
                                         static_cast<int>(common_name.size()), -1, 0));
}

void AddExtension(X509* x509, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
  bssl::UniquePtr<X509_EXTENSION> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, nid, const_cast<char*>(value.c_str())));
  ASSAY_CHECK(extension != nullptr && X509_add_ext(x509, extension.get(), -1));
}

// An unsigned certificate of a new key.
Certificate Draft(const std::string& common_name, long valid_from, long valid_to) {
  static std::atomic<long> serial{1};
  Certificate made = {bssl::UniquePtr<X509>(X509_new()), NewKey()};
  X509* const x509 = made.x509.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x509), valid_from);
  X509_gmtime_adj(X509_getm_notAfter(x509), valid_to);
  X509_set_pubkey(x509, made.key.get());
  SetName(X509_get_subject_name(x509), common_name);
  return made;
}

std::string Pem(int (*write)(BIO*, const Certificate&), const Certificate& certificate) {
  bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  ASSAY_CHECK(write(bio.get(), certificate));
  const std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  BIO_mem_contents(bio.get(), &bytes, &size);
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::string Certificate::CertificatePem() const {
  return Pem([](BIO* bio, const Certificate& self) { return PEM_write_bio_X509(bio, self.x509.get()); }, *this);
}

std::string Certificate::KeyPem() const {
  return Pem(
      [](BIO* bio, const Certificate& self) {
        return PEM_write_bio_PrivateKey(bio, self.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
      },
      *this);
}

TestCa::TestCa(const std::string& name) : root_(Draft(name, -7200, 7200)) {
  X509* const x509 = root_.x509.get();
  SetName(X509_get_issuer_name(x509), name);
  AddExtension(x509, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(x509, NID_key_usage, "critical,keyCertSign");
  ASSAY_CHECK(X509_sign(x509, root_.key.get(), EVP_sha256()));
}

Certificate TestCa::Issue(const CertificateWish& wish) const {
  Certificate made = Draft(wish.common_name, wish.valid_from, wish.valid_to);
  X509* const x509 = made.x509.get();
  X509_set_issuer_name(x509, X509_get_subject_name(wish.self_signed ? x509 : root_.x509.get()));
  std::string names;
  for (const std::string& name : wish.dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& address : wish.ip_addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  for (const std::string& email : wish.emails) names += (names.empty() ? "email:" : ",email:") + email;
  if (!names.empty()) AddExtension(x509, NID_subject_alt_name, names);
  AddExtension(x509, NID_ext_key_usage, "serverAuth");
  ASSAY_CHECK(X509_sign(x509, wish.self_signed ? made.key.get() : root_.key.get(), EVP_sha256()));
  return made;
}

}  // namespace assay::testing
