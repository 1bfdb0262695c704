// assay config check: would an engine start with this file? assay config init: config_init.cc.
#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "engine/api/key_loading.h"
#include "engine/base/file.h"
#include "engine/jwks/usable_keys.h"
#include "engine/policy/issuer_names.h"
#include "engine/remote/key_request.h"
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

// WarnOfFiles: of those that fetching keys needs. They may come later, or elsewhere; until then no keys can be fetched.
void WarnOfFiles(const IssuerConfig& issuer) {
  const KeyTransport& transport = issuer.keys.transport;
  const std::string name = EntryName(issuer.policy) + ": ";
  if (!transport.ca_file.empty()) {
    const Result<std::string> text = ReadWholeFile(transport.ca_file, remote::kMaxPemBytes);
    if (!text) {
      Warn(Printable(name + text.error()));
    } else if (text->find("CERTIFICATE-----") == std::string::npos) {
      Warn(Printable(name + transport.ca_file + ": holds no certificate in PEM"));
    }
  }
  if (transport.bearer_token_file.empty()) return;
  const Result<std::string> token = remote::ReadBearerToken(transport.bearer_token_file);
  if (!token) Warn(Printable(name + token.error()));
}

// WarnOfEnded: of a key that is no candidate now, as its certificate is not valid.
void WarnOfEnded(const IssuerConfig& issuer, const jwks::Jwk& key) {
  const std::int64_t now = std::time(nullptr);
  if (key.IsValidAt(now)) return;
  const bool has_ended = now > key.valid_through;
  const auto when = UtcText(has_ended ? key.valid_through : key.valid_from);
  Warn(Printable(EntryName(issuer.policy) + ": the certificate of " +
                 (key.has_kid ? "kid " + key.kid : issuer.keys.value) +
                 (has_ended ? " ended" : " does not begin before") + (when ? " " + *when : "") +
                 ": until there is another one its tokens are refused"));
}

// WarnOfKeys: of keys at hand that verify no token. CreateEngine() has read them.
void WarnOfKeys(const IssuerConfig& issuer) {
  if (IsFetched(issuer.keys)) return;
  const bool is_inline = issuer.keys.kind == KeySource::Kind::kInline;
  const Result<std::string> text = is_inline ? issuer.keys.value : ReadKeyFiles(issuer.keys);
  if (!text) return;
  const auto read = jwks::ReadUsableKeys(*text, IsPem(issuer.keys) ? jwks::KeyForm::kPem : jwks::KeyForm::kJwks,
                                         issuer.policy.algorithms);
  const Result<IssuerNames> names = IssuerNames::Build(issuer.policy);
  if (!read || !names) return;
  for (const jwks::Jwk& key : read->keys) WarnOfEnded(issuer, key);
  if (issuer.policy.issuer_mode == IssuerMode::kUnchecked) return;
  // As Pipeline::CheckKeyBinding() has it.
  const auto serves = [&](const jwks::Jwk& key) {
    if (key.key == nullptr || (key.algorithms & issuer.policy.algorithms).empty()) return false;
    if (names->by_trust_domain()) return key.for_svid && !key.issuer;
    return !key.issuer || std::any_of(names->all().begin(), names->all().end(),
                                      [&](const std::string& name) { return jwks::IsIssuerOf(*key.issuer, name); });
  };
  if (std::any_of(read->keys.begin(), read->keys.end(), serves)) return;
  Warn(Printable(EntryName(issuer.policy) +
                 (names->by_trust_domain() ? ": no key has the use jwt-svid: its tokens are refused"
                                           : ": all keys are bound to another issuer (the member `issuer` of a JWK): "
                                             "its tokens are refused")));
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
    WarnOfFiles(issuer);
    WarnOfKeys(issuer);
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
