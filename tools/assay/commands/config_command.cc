// assay config check: would an engine start with this file? assay config init: config_init.cc.
#include <ctime>
#include <string>
#include <vector>

#include "engine/api/key_loading.h"
#include "engine/base/file.h"
#include "engine/jwks/usable_keys.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"
#include "tools/assay/io/time_text.h"
#include "tools/assay/run/engine_setup.h"
#include "tools/assay/run/issuer_report.h"
#include "tools/assay/run/mcp_policy.h"
#include "tools/assay/run/revocation_feeds.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {
namespace {

// WarnOfAbsentFiles: they may come later, or elsewhere; until then no keys can be fetched.
void WarnOfAbsentFiles(const IssuerConfig& issuer) {
  const KeyTransport& transport = issuer.keys.transport;
  for (const std::string& path : {transport.ca_file, transport.bearer_token_file}) {
    if (path.empty()) continue;
    if (const Result<File> file = File::Open(path); !file) Warn(Printable(issuer.policy.issuer + ": " + file.error()));
  }
}

// WarnOfCertificates: of those whose keys are no candidates now; CreateEngine() has read the files.
void WarnOfCertificates(const IssuerConfig& issuer) {
  if (issuer.keys.kind != KeySource::Kind::kPemFile) return;
  const Result<std::string> text = ReadKeyFiles(issuer.keys);
  if (!text) return;
  const auto keys = jwks::ReadUsableKeys(*text, jwks::KeyForm::kPem, issuer.policy.algorithms);
  if (!keys) return;
  const std::int64_t now = std::time(nullptr);
  for (const jwks::Jwk& key : keys->keys) {
    if (key.IsValidAt(now)) continue;
    const bool has_ended = now > key.valid_through;
    const auto when = UtcText(has_ended ? key.valid_through : key.valid_from);
    Warn(Printable(issuer.policy.issuer + ": the certificate of " +
                   (key.has_kid ? "kid " + key.kid : issuer.keys.value) +
                   (has_ended ? " ended" : " does not begin before") + (when ? " " + *when : "") +
                   ": until there is another one its tokens are refused"));
  }
}

// CheckPolicies: each MCP policy alone, and with the issuers whose tokens it is to judge.
void CheckPolicies(const EngineConfig& config, const std::vector<std::string>& paths) {
  std::vector<PolicyConfig> issuers;
  for (const IssuerConfig& issuer : config.issuers) issuers.push_back(issuer.policy);
  for (const std::string& path : paths) {
    const auto policy = ReadScopePolicy(path);
    (void)MakeChecker(policy, issuers);
    WarnOfIssuers(*policy, issuers);
  }
}

int RunCheck(const CLI::Option* file, const CLI::Option* policies) {
  const EngineConfig config = ReadConfig(Text(file));
  // Policies are built, key files read and their keys checked, as a gateway does when it starts.
  CreateEngine(config, Text(file));
  RequireRevocationFeeds(config.revocation);
  std::vector<std::string> warnings;
  AppendWarnings(config, &warnings);
  for (const std::string& warning : warnings) Warn(warning);
  for (const IssuerConfig& issuer : config.issuers) {
    WarnOfAbsentFiles(issuer);
    WarnOfCertificates(issuer);
  }
  WarnOfStrangers(config);
  CheckPolicies(config, policies->results());
  std::string out;
  for (const IssuerConfig& issuer : config.issuers) AppendIssuer(&out, issuer);
  out += Printable(Text(file)) + ": good, " + Count(config.issuers.size(), "issuer") + '\n';
  WriteStdout(out);
  return kExitGood;
}

}  // namespace

void AddConfig(CLI::App& app, Action* action) {
  CLI::App* config = app.add_subcommand("config", "Check configuration files, and make them");
  config->require_subcommand(1);
  CLI::App* check = config->add_subcommand("check", "Check a configuration file and the key files it names");
  check->footer(
      "All defects are reported at once, as FILE:LINE: /json/pointer: what is wrong.\nKeys that "
      "are to be fetched are not fetched.");
  const CLI::Option* file = AddValue(check, "FILE", "", "Configuration file (JSON)")->required();
  const CLI::Option* policies = AddRepeated(
      check, "--policy", "FILE", "MCP policy (JSON) that is to judge tokens of these issuers: check it as well");
  check->callback([=] { *action = [=] { return RunCheck(file, policies); }; });
  AddConfigInit(*config, action);
}

}  // namespace assay::cli
