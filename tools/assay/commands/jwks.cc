// assay jwks: the public JWK Set of some keys.
#include <map>

#include "engine/base/limits.h"
#include "engine/jwks/pem.h"
#include "engine/jwks/pem_keys.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/commands/key_from_jwk.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/options.h"

namespace assay::cli {
namespace {

// ReadKeyText: the text of JWKs that a file holds, or of the one that its PEM is.
std::string ReadKeyText(const std::string& file) {
  std::string text = ReadFile(file, kMaxJwkSetBytes);
  if (!jwks::LooksLikePem(text) || text.find('{') != std::string::npos) return text;
  Result<std::string> jwk = jwks::JwkOfPem(text);
  if (!jwk) throw InputError{file + ": " + jwk.error()};
  return std::move(*jwk);
}

int RunJwks(const CLI::Option* files) {
  std::string out = "{\"keys\":[";
  std::map<std::string, std::string> known;  // the public JWKs, by kid
  bool first = true;
  for (const std::string& file : Texts(files)) {
    for (const JsonObject& jwk : ReadJwks(ReadKeyText(file), file)) {
      const load::SigningKey key = KeyFromJwk(jwk, file);
      const std::string text = key.PublicJwk();
      const auto [at, is_new] = known.try_emplace(key.kid(), text);
      if (!is_new) {
        const std::string again = file + ": kid \"" + Printable(key.kid()) + "\" is there already";
        if (at->second != text) throw InputError{again + "; a kid names one key"};
        Warn(again + ", of the same key, which is written once");
        continue;
      }
      out += first ? "\n  " : ",\n  ";
      out += text;
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
      AddValue(jwks, "KEY", "",
               "Files with a private or public JWK, a JWK Set, or a public key or certificate in PEM; `-` is standard "
               "input")
          ->expected(1, CLI::detail::expected_max_vector_size)
          ->allow_extra_args()  // or a positional stops at its least count
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->required();
  jwks->callback([=] { *action = [=] { return RunJwks(files); }; });
}

}  // namespace assay::cli
