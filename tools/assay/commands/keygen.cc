// assay keygen: a private key for tests and load.
#include "engine/base/limits.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/run/options.h"
#include "tools/load/signing_key.h"

namespace assay::cli {
namespace {

struct KeygenOptions {
  CLI::Option *alg, *kid, *out, *bits;
};

bool IsRsa(Algorithm algorithm) { return algorithm >= Algorithm::kRS256 && algorithm <= Algorithm::kPS512; }

int RunKeygen(const KeygenOptions& options) {
  const auto algorithm = ParseAlgorithm(Text(options.alg));
  if (!algorithm) throw InputError{"--alg: `" + Text(options.alg) + "` is not an algorithm that Assay verifies"};
  if (Given(options.bits) && !IsRsa(*algorithm)) throw InputError{"--bits is for RSA keys"};
  const std::int64_t bits = Number(options.bits, 2048, 2048, 8192);
  if (bits % 128 != 0) throw InputError{"--bits must be a multiple of 128"};
  std::optional<std::string> kid;
  if (Given(options.kid)) kid = Text(options.kid);
  if (kid && kid->empty()) throw InputError{"--kid is empty"};
  if (kid && kid->size() > kMaxKidBytes) throw InputError{"--kid is longer than 256 bytes"};
  if (Given(options.out) && Text(options.out).empty()) throw InputError{"--out is empty"};
  const auto key = load::SigningKey::Generate(*algorithm, static_cast<unsigned>(bits), std::move(kid));
  const std::string line = key.PrivateJwk() + '\n';
  if (Given(options.out)) {
    CreateFile(Text(options.out), line, 0600);
  } else {
    WriteStdout(line);
  }
  return kExitGood;
}

}  // namespace

void AddKeygen(CLI::App& app, Action* action) {
  CLI::App* keygen = app.add_subcommand("keygen", "Make a private key (JWK) for tests and load");
  keygen->footer(
      "The JWK goes to standard output unless --out is given. `assay jwks` makes the public set of "
      "it.");
  KeygenOptions options;
  options.alg =
      AddValue(keygen, "--alg", "A", "Algorithm: ES256 ES384 ES512 RS256 RS384 RS512 PS256 PS384 PS512 EdDSA Ed25519")
          ->required();
  options.kid = AddValue(keygen, "--kid", "S", "Key identifier; default: the RFC 7638 thumbprint");
  options.out = AddValue(keygen, "--out", "FILE",
                         "Write to FILE, readable by its owner alone; an existing file is never overwritten");
  options.bits = AddValue(keygen, "--bits", "N", "RSA modulus, default 2048");
  keygen->callback([=] { *action = [=] { return RunKeygen(options); }; });
}

}  // namespace assay::cli
