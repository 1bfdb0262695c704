// A runner is a process of its own that verifies tokens with one library, on command: OpenSSL and BoringSSL
// have the same symbols, and a crash or a leak of one library must not touch another's figures.
//
//   RUNNER DIR      DIR is what `bench_suite export` wrote
//   -> about        <- NAME <tab> VERSION <tab> HOW       what is called for each token
//   -> check ALG    <- ok | bad WHY                       every token accepted, every tampered one refused
//   -> run ALG N    <- WALL_NS CPU_NS                     N further tokens, round and round; all accepted
//
// What a library allows to prepare once (a parsed key) is prepared in Prepare(), outside the time. Its
// clients' claims checks (issuer, audience, expiry) are made where it has functions for them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace assay::bench {

struct RunnerInput {
  std::string alg;  // ES256 or RS256
  std::string jwk, pem;
  std::string issuer, audience;
  long now = 0;
  std::vector<std::string> tokens, tampered;
};

// One library with the key of one algorithm.
class Verifier {
 public:
  virtual ~Verifier() = default;

  // How many of `tokens` are accepted. Not called from two threads.
  virtual std::size_t Verify(std::span<const std::string> tokens) = 0;

  // Tokens of one Verify().
  virtual std::size_t batch() const { return 1; }
};

// Most libraries take one token at a time.
class SingleVerifier : public Verifier {
 public:
  virtual bool VerifyOne(const std::string& token) = 0;

  std::size_t Verify(std::span<const std::string> tokens) final {
    std::size_t accepted = 0;
    for (const std::string& token : tokens) accepted += VerifyOne(token) ? 1u : 0u;
    return accepted;
  }
};

struct Runner {
  std::string name, version, how;
  Verifier* (*prepare)(const RunnerInput& input);  // new
};

// The segments of a token for the runners that have no JWT library, decoded leniently.
struct Segments {
  std::string signing_input, signature;
};
Segments SplitForSignature(const std::string& token);

int RunnerMain(int argc, char** argv, const Runner& runner);

}  // namespace assay::bench
