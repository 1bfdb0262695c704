#include <rhonabwy.h>

#include "bench/competitors/runner.h"

namespace {

using namespace assay::bench;

class RhonabwyVerifier : public SingleVerifier {
 public:
  explicit RhonabwyVerifier(const RunnerInput& input) : input_(input) {
    r_jwk_init(&key_);
    r_jwk_import_from_json_str(key_, input.jwk.c_str());
  }
  ~RhonabwyVerifier() override { r_jwk_free(key_); }

  bool VerifyOne(const std::string& token) override {
    jwt_t* jwt = nullptr;
    r_jwt_init(&jwt);
    const bool good =
        r_jwt_parsen(jwt, token.data(), token.size(), R_FLAG_IGNORE_REMOTE) == RHN_OK &&
        r_jwt_get_sign_alg(jwt) == (input_.alg == "ES256" ? R_JWA_ALG_ES256 : R_JWA_ALG_RS256) &&
        r_jwt_verify_signature(jwt, key_, R_FLAG_IGNORE_REMOTE) == RHN_OK &&
        r_jwt_validate_claims(jwt, R_JWT_CLAIM_ISS, input_.issuer.c_str(), R_JWT_CLAIM_AUD, input_.audience.c_str(),
                              R_JWT_CLAIM_EXP, R_JWT_CLAIM_NOW, R_JWT_CLAIM_NOP) == RHN_OK;
    r_jwt_free(jwt);
    return good;
  }

 private:
  const RunnerInput& input_;
  jwk_t* key_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
  return RunnerMain(argc, argv,
                    {"rhonabwy", RHONABWY_VERSION_STR, "r_jwt_parsen, _verify_signature, _validate_claims",
                     [](const RunnerInput& input) -> Verifier* { return new RhonabwyVerifier(input); }});
}
