// cpp-jwt takes the key as PEM text with each token.
#include <jwt/jwt.hpp>

#include "bench/competitors/runner.h"

namespace {

using namespace assay::bench;

class CppJwtVerifier : public SingleVerifier {
 public:
  explicit CppJwtVerifier(const RunnerInput& input) : input_(input) {}

  bool VerifyOne(const std::string& token) override {
    using namespace jwt::params;
    std::error_code error;
    const jwt::jwt_object decoded = jwt::decode(token, algorithms({input_.alg}), error, secret(input_.pem),
                                                verify(true), issuer(input_.issuer), aud(input_.audience));
    return !error;
  }

 private:
  const RunnerInput& input_;
};

}  // namespace

int main(int argc, char** argv) {
  return RunnerMain(argc, argv,
                    {"cpp-jwt", ASSAY_BENCH_VERSION, "jwt::decode with issuer and aud",
                     [](const RunnerInput& input) -> Verifier* { return new CppJwtVerifier(input); }});
}
