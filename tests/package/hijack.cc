// A host that defines functions with names BoringSSL also has. Were one of the engine's calls to reach
// them, the process would end.
#include <cstdlib>

#include "judge.h"

#define HIJACK(name)               \
  extern "C" void name() {         \
    std::puts("hijacked: " #name); \
    std::abort();                  \
  }
extern "C" {
// clang-format off: no two versions agree on a list of macro calls.
#define NAMES(X)                                                                                  \
  X(SHA256) X(SHA256_Init) X(SHA256_Update) X(SHA256_Final) X(EVP_sha256) X(EVP_PKEY_new)         \
  X(EVP_DigestVerify) X(EVP_DigestVerifyInit) X(ECDSA_do_verify) X(ECDSA_verify) X(RSA_verify)    \
  X(RSA_new) X(RSA_public_decrypt) X(BN_new) X(BN_bin2bn) X(BN_free) X(EC_KEY_new) X(EC_POINT_new) \
  X(EC_GROUP_new_by_curve_name) X(ED25519_verify) X(ERR_clear_error) X(CRYPTO_memcmp)             \
  X(OPENSSL_malloc) X(OPENSSL_free) X(CRYPTO_library_init) X(OPENSSL_cpuid_setup)
// clang-format on
#define DECLARE(name) void name();
NAMES(DECLARE)
}
NAMES(HIJACK)

int main(int argc, char** argv) { return argc == 4 ? Judge(argv[1], argv[2], argv[3]) : 4; }
