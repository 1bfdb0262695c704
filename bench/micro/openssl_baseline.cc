#include "bench/micro/openssl_baseline.h"

#include <dlfcn.h>

#include "engine/base/check.h"

namespace assay::bench {
namespace {

// The few functions used, as openssl/evp.h and openssl/x509.h of OpenSSL 3 declare them.
struct Functions {
  void* (*d2i_pubkey)(void**, const unsigned char**, long);
  void (*pkey_free)(void*);
  void* (*context_new)(void*, void*);
  void (*context_free)(void*);
  int (*verify_init)(void*);
  int (*set_signature_md)(void*, const void*);
  const void* (*sha256)();
  int (*verify)(void*, const unsigned char*, std::size_t, const unsigned char*, std::size_t);
  unsigned char* (*digest)(const unsigned char*, std::size_t, unsigned char*);
};

template <class Function>
void Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  ASSAY_CHECK(function != nullptr);
}

const Functions* Load() {
  static const Functions* const functions = []() -> const Functions* {
    void* const library = ::dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (library == nullptr) return nullptr;
    static Functions f;
    Find(library, "d2i_PUBKEY", f.d2i_pubkey);
    Find(library, "EVP_PKEY_free", f.pkey_free);
    Find(library, "EVP_PKEY_CTX_new", f.context_new);
    Find(library, "EVP_PKEY_CTX_free", f.context_free);
    Find(library, "EVP_PKEY_verify_init", f.verify_init);
    Find(library, "EVP_PKEY_CTX_set_signature_md", f.set_signature_md);
    Find(library, "EVP_sha256", f.sha256);
    Find(library, "EVP_PKEY_verify", f.verify);
    Find(library, "SHA256", f.digest);
    return &f;
  }();
  return functions;
}

}  // namespace

std::unique_ptr<OpenSslVerifier> OpenSslVerifier::Create(std::span<const std::uint8_t> public_key) {
  const Functions* const f = Load();
  if (f == nullptr) return nullptr;
  const unsigned char* at = public_key.data();
  void* const key = f->d2i_pubkey(nullptr, &at, static_cast<long>(public_key.size()));
  ASSAY_CHECK(key != nullptr);
  void* const context = f->context_new(key, nullptr);
  ASSAY_CHECK(context != nullptr && f->verify_init(context) == 1 && f->set_signature_md(context, f->sha256()) == 1);
  return std::unique_ptr<OpenSslVerifier>(new OpenSslVerifier(key, context));
}

OpenSslVerifier::~OpenSslVerifier() {
  Load()->context_free(context_);
  Load()->pkey_free(key_);
}

bool OpenSslVerifier::Verify(std::span<const std::uint8_t> signature, const std::uint8_t* digest) const {
  return Load()->verify(context_, signature.data(), signature.size(), digest, 32) == 1;
}

void OpenSslVerifier::Sha256(std::span<const std::uint8_t> message, std::uint8_t* digest) {
  Load()->digest(message.data(), message.size(), digest);
}

}  // namespace assay::bench
