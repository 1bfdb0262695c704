// cjose knows JWS, not JWT: signature and payload, no claims.
#include <cjose/cjose.h>

#include "bench/competitors/runner.h"

namespace {

using namespace assay::bench;

class CjoseVerifier : public SingleVerifier {
 public:
  explicit CjoseVerifier(const RunnerInput& input)
      : alg_(input.alg), key_(cjose_jwk_import(input.jwk.data(), input.jwk.size(), &error_)) {}
  ~CjoseVerifier() override { cjose_jwk_release(key_); }

  bool VerifyOne(const std::string& token) override {
    cjose_jws_t* const jws = cjose_jws_import(token.data(), token.size(), &error_);
    if (jws == nullptr) return false;
    const char* const alg = cjose_header_get(cjose_jws_get_protected(jws), CJOSE_HDR_ALG, &error_);
    std::uint8_t* payload = nullptr;
    std::size_t size = 0;
    const bool good = alg != nullptr && alg_ == alg && cjose_jws_verify(jws, key_, &error_) &&
                      cjose_jws_get_plaintext(jws, &payload, &size, &error_);
    cjose_jws_release(jws);
    return good;
  }

 private:
  std::string alg_;
  cjose_err error_;
  cjose_jwk_t* key_;
};

}  // namespace

int main(int argc, char** argv) {
  return RunnerMain(argc, argv,
                    {"cjose", cjose_version(), "cjose_jws_import, _verify, _get_plaintext; no claims",
                     [](const RunnerInput& input) -> Verifier* { return new CjoseVerifier(input); }});
}
