// A host with an OpenSSL 3 of its own: signs and verifies with it before and after the engine has
// worked, so that a mix of the two libraries would show as a crash or a wrong result on either side.
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "judge.h"

namespace {

void Require(bool good, const char* what) {
  if (good) return;
  std::printf("OpenSSL: %s failed\n", what);
  std::exit(3);
}

void SignAndVerify(EVP_PKEY* key) {
  static const unsigned char kMessage[] = "the host's own message";
  Require(key != nullptr, "key generation");
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Require(EVP_DigestSignInit_ex(context, nullptr, "SHA256", nullptr, nullptr, key, nullptr) == 1, "sign init");
  std::size_t size = 0;
  Require(EVP_DigestSign(context, nullptr, &size, kMessage, sizeof kMessage) == 1, "signature size");
  std::vector<unsigned char> signature(size);
  Require(EVP_DigestSign(context, signature.data(), &size, kMessage, sizeof kMessage) == 1, "signing");
  EVP_MD_CTX_free(context);

  for (const bool damaged : {false, true}) {
    if (damaged) signature[size - 1] ^= 1;
    context = EVP_MD_CTX_new();
    Require(EVP_DigestVerifyInit_ex(context, nullptr, "SHA256", nullptr, nullptr, key, nullptr) == 1, "verify init");
    const int result = EVP_DigestVerify(context, signature.data(), size, kMessage, sizeof kMessage);
    Require((result == 1) == !damaged, "verification");
    EVP_MD_CTX_free(context);
  }
  EVP_PKEY_free(key);
}

void UseOpenssl() {
  Require(std::strncmp(OpenSSL_version(OPENSSL_VERSION), "OpenSSL 3", 9) == 0, "version");
  SignAndVerify(EVP_EC_gen("P-256"));
  SignAndVerify(EVP_RSA_gen(2048));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 4;
  UseOpenssl();
  const int result = Judge(argv[1], argv[2], argv[3]);
  UseOpenssl();
  return result;
}
