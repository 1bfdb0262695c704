// assay config check: would an engine start with this file?
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/engine_setup.h"
#include "tools/assay/run/revocation_feeds.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {
namespace {

std::string DescribeKeys(const IssuerConfig& issuer) {
  switch (issuer.keys.kind) {
    case KeySource::Kind::kInline:
      return "inline";
    case KeySource::Kind::kFile:
      return "file " + issuer.keys.value;
    case KeySource::Kind::kUrl:
      return "url " + issuer.keys.value;
    case KeySource::Kind::kDiscover:
      return "discovered from the issuer";
  }
  return "";
}

void AppendIssuer(std::string* out, const IssuerConfig& issuer) {
  const PolicyConfig& policy = issuer.policy;
  *out += Printable(policy.issuer) + "\n  audiences  ";
  for (const std::string& audience : policy.audiences) *out += ' ' + Printable(audience);
  *out += "\n  algorithms ";
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    if (policy.algorithms.Contains(algorithm)) *out += ' ' + std::string(AlgorithmName(algorithm));
  }
  *out += "\n  token type  " + Printable(policy.token_type);
  *out += "\n  keys        " + Printable(DescribeKeys(issuer)) + '\n';
}

int RunCheck(const CLI::Option* file) {
  const EngineConfig config = ReadConfig(Text(file));
  // Policies are built, key files read and their keys checked, as a gateway does when it starts.
  CreateEngine(config, Text(file));
  RequireRevocationFeeds(config.revocation);
  std::string out;
  for (const IssuerConfig& issuer : config.issuers) AppendIssuer(&out, issuer);
  out += Printable(Text(file)) + ": good, " + Count(config.issuers.size(), "issuer") + '\n';
  WriteStdout(out);
  return kExitGood;
}

}  // namespace

void AddConfig(CLI::App& app, Action* action) {
  CLI::App* config = app.add_subcommand("config", "Look after configuration files");
  config->require_subcommand(1);
  CLI::App* check = config->add_subcommand("check", "Check a configuration file and the key files it names");
  check->footer(
      "All defects are reported at once, as FILE:LINE: /json/pointer: what is wrong.\nKeys that "
      "are to be fetched are not fetched.");
  const CLI::Option* file = AddValue(check, "FILE", "", "Configuration file (JSON)")->required();
  check->callback([=] { *action = [=] { return RunCheck(file); }; });
}

}  // namespace assay::cli
