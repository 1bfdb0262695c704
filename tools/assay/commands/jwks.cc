// assay jwks: the public JWK Set of some keys.
#include <set>

#include "engine/base/limits.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/commands/key_from_jwk.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/run/options.h"

namespace assay::cli {
namespace {

int RunJwks(const CLI::Option* files) {
  std::string out = "{\"keys\":[";
  std::set<std::string> kids;
  bool first = true;
  for (const std::string& file : Texts(files)) {
    for (const JsonObject& jwk : ReadJwks(ReadFile(file, kMaxJwkSetBytes), file)) {
      const load::SigningKey key = KeyFromJwk(jwk, file);
      if (!kids.insert(key.kid()).second) {
        throw InputError{file + ": kid \"" + key.kid() + "\" is there already; a kid names one key"};
      }
      out += first ? "\n  " : ",\n  ";
      out += key.PublicJwk();
      first = false;
    }
  }
  out += "\n]}\n";
  WriteStdout(out);
  return kExitGood;
}

}  // namespace

void AddJwks(CLI::App& app, Action* action) {
  CLI::App* jwks = app.add_subcommand("jwks", "Print the public JWK Set of keys");
  jwks->footer("Only public members are copied: what is private in KEY never appears.");
  const CLI::Option* files =
      AddValue(jwks, "KEY", "", "Files with a private or public JWK, or a JWK Set; `-` is standard input")
          ->expected(1, CLI::detail::expected_max_vector_size)
          ->allow_extra_args()  // or a positional stops at its least count
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->required();
  jwks->callback([=] { *action = [=] { return RunJwks(files); }; });
}

}  // namespace assay::cli
