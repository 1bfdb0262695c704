// OpenSSL's digest and signature check alone: segments are split, decoded and, for ES256, put into DER
// before the time runs. The context is kept and its key set up once for each token, as EVP asks.
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <unordered_map>

#include "bench/competitors/runner.h"

namespace {

using namespace assay::bench;

const unsigned char* Bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string Der(const std::string& raw) {
  const int half = static_cast<int>(raw.size() / 2);
  ECDSA_SIG* const pair = ECDSA_SIG_new();
  ECDSA_SIG_set0(pair, BN_bin2bn(Bytes(raw), half, nullptr), BN_bin2bn(Bytes(raw) + half, half, nullptr));
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair, &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  ECDSA_SIG_free(pair);
  return der;
}

class OpensslVerifier : public SingleVerifier {
 public:
  explicit OpensslVerifier(const RunnerInput& input)
      : hash_(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free), context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    BIO* const pem = BIO_new_mem_buf(input.pem.data(), static_cast<int>(input.pem.size()));
    key_ = {PEM_read_bio_PUBKEY(pem, nullptr, nullptr, nullptr), EVP_PKEY_free};
    BIO_free(pem);
    for (const auto* tokens : {&input.tokens, &input.tampered}) {
      for (const std::string& token : *tokens) {
        Segments segments = SplitForSignature(token);
        if (input.alg == "ES256") segments.signature = Der(segments.signature);
        segments_[token.data()] = std::move(segments);
      }
    }
  }

  bool VerifyOne(const std::string& token) override {
    const Segments& segments = segments_.find(token.data())->second;
    EVP_MD_CTX_reset(context_.get());
    return EVP_DigestVerifyInit(context_.get(), nullptr, hash_.get(), nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context_.get(), Bytes(segments.signature), segments.signature.size(),
                            Bytes(segments.signing_input), segments.signing_input.size()) == 1;
  }

 private:
  std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> hash_;
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_{nullptr, EVP_PKEY_free};
  std::unordered_map<const char*, Segments> segments_;
};

}  // namespace

int main(int argc, char** argv) {
  return RunnerMain(argc, argv,
                    {"OpenSSL, signature only", OpenSSL_version(OPENSSL_VERSION_STRING), "EVP_DigestVerify",
                     [](const RunnerInput& input) -> Verifier* { return new OpensslVerifier(input); }});
}
