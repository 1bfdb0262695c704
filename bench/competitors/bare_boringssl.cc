// BoringSSL's digest and signature check alone: segments are split and decoded before the time runs.
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <unordered_map>

#include "bench/competitors/runner.h"

namespace {

using namespace assay::bench;

const std::uint8_t* Bytes(const std::string& text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

class BoringsslVerifier : public SingleVerifier {
 public:
  explicit BoringsslVerifier(const RunnerInput& input) {
    const bssl::UniquePtr<BIO> pem(BIO_new_mem_buf(input.pem.data(), static_cast<int>(input.pem.size())));
    key_.reset(PEM_read_bio_PUBKEY(pem.get(), nullptr, nullptr, nullptr));
    for (const auto* tokens : {&input.tokens, &input.tampered}) {
      for (const std::string& token : *tokens) segments_[token.data()] = SplitForSignature(token);
    }
  }

  bool VerifyOne(const std::string& token) override {
    const Segments& segments = segments_.find(token.data())->second;
    std::uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(Bytes(segments.signing_input), segments.signing_input.size(), digest);
    if (RSA* const rsa = EVP_PKEY_get0_RSA(key_.get())) {
      return RSA_verify(NID_sha256, digest, sizeof digest, Bytes(segments.signature), segments.signature.size(), rsa) ==
             1;
    }
    const bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_new());
    const std::size_t half = segments.signature.size() / 2;
    return ECDSA_SIG_set0(pair.get(), BN_bin2bn(Bytes(segments.signature), half, nullptr),
                          BN_bin2bn(Bytes(segments.signature) + half, half, nullptr)) == 1 &&
           ECDSA_do_verify(digest, sizeof digest, pair.get(), EVP_PKEY_get0_EC_KEY(key_.get())) == 1;
  }

 private:
  bssl::UniquePtr<EVP_PKEY> key_;
  std::unordered_map<const char*, Segments> segments_;
};

}  // namespace

int main(int argc, char** argv) {
  return RunnerMain(argc, argv,
                    {"BoringSSL, signature only", ASSAY_BENCH_VERSION, "SHA256, ECDSA_do_verify or RSA_verify",
                     [](const RunnerInput& input) -> Verifier* { return new BoringsslVerifier(input); }});
}
