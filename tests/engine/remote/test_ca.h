// TestCa: a certificate authority that lives for one test, and certificates of every kind from it.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>
#include <vector>

namespace assay::testing {

struct Certificate {
  bssl::UniquePtr<X509> x509;
  bssl::UniquePtr<EVP_PKEY> key;

  std::string CertificatePem() const;
  std::string KeyPem() const;
};

struct CertificateWish {
  std::vector<std::string> dns_names = {"localhost"};
  std::vector<std::string> ip_addresses = {"127.0.0.1"};
  std::vector<std::string> emails = {};
  std::string common_name = "test";
  long valid_from = -3600;  // seconds from now
  long valid_to = 3600;
  bool self_signed = false;
};

class TestCa {
 public:
  explicit TestCa(const std::string& name = "test root");

  Certificate Issue(const CertificateWish& wish = {}) const;

  std::string Pem() const { return root_.CertificatePem(); }

 private:
  Certificate root_;
};

}  // namespace assay::testing
