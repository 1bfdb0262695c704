// libjwt 1 takes the key as PEM text with each token, and has no checks of claims but getters.
#include <jwt.h>

#include <cstring>

#include "bench/competitors/runner.h"

namespace {

using namespace assay::bench;

class LibjwtVerifier : public SingleVerifier {
 public:
  explicit LibjwtVerifier(const RunnerInput& input)
      : input_(input), alg_(input.alg == "ES256" ? JWT_ALG_ES256 : JWT_ALG_RS256) {}

  bool VerifyOne(const std::string& token) override {
    jwt_t* jwt = nullptr;
    const auto* const key = reinterpret_cast<const unsigned char*>(input_.pem.data());
    if (jwt_decode(&jwt, token.c_str(), key, static_cast<int>(input_.pem.size())) != 0) return false;
    const bool good = jwt_get_alg(jwt) == alg_ && Is(jwt, "iss", input_.issuer) && Is(jwt, "aud", input_.audience) &&
                      jwt_get_grant_int(jwt, "exp") > input_.now;
    jwt_free(jwt);
    return good;
  }

 private:
  static bool Is(jwt_t* jwt, const char* name, const std::string& wanted) {
    const char* const value = jwt_get_grant(jwt, name);
    return value != nullptr && wanted == value;
  }

  const RunnerInput& input_;
  jwt_alg_t alg_;
};

}  // namespace

int main(int argc, char** argv) {
  return RunnerMain(argc, argv,
                    {"libjwt", ASSAY_BENCH_VERSION, "jwt_decode, jwt_get_grant",
                     [](const RunnerInput& input) -> Verifier* { return new LibjwtVerifier(input); }});
}
