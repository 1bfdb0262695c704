// assay config check: would an engine start with this file?
#include <algorithm>
#include <variant>

#include "engine/json/writer.h"
#include "engine/policy/issuer_names.h"
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

// Names: a claim as a configuration names it: a name, or a list of names.
std::string Names(const ClaimPath& claim) {
  std::string out;
  json::Writer writer(&out, json::Escapes::kShownString);
  if (claim.size() == 1) {
    writer.Value(claim.front());
  } else {
    writer.Value(claim);
  }
  return out;
}

std::string Values(const std::vector<std::string>& values) {
  std::string out;
  json::Writer(&out, json::Escapes::kShownString).Value(values);
  return out;
}

std::string DescribeRule(const ClaimRule& rule) {
  const std::string claim = Names(rule.claim);
  switch (rule.op) {
    case ClaimOperator::kExists:
      return claim + " is there";
    case ClaimOperator::kIn:
      return claim + " is one of " + Values(rule.values);
    case ClaimOperator::kHas:
      return claim + " holds one of " + Values(rule.values);
    case ClaimOperator::kWords:
      return claim + " has a word of " + Values(rule.values);
    case ClaimOperator::kPrefix:
      return claim + " begins with one of " + Values(rule.values);
    case ClaimOperator::kIs:
      break;
  }
  if (const auto* const flag = std::get_if<bool>(&rule.is)) return claim + (*flag ? " is true" : " is false");
  if (const auto* const text = std::get_if<std::string>(&rule.is)) return claim + " is " + Names({*text});
  return claim + " is " + std::to_string(std::get<std::int64_t>(rule.is));
}

std::string DescribeForm(ScopeForm form) {
  switch (form) {
    case ScopeForm::kString:
      return "a string";
    case ScopeForm::kArray:
      return "an array";
    case ScopeForm::kEither:
      return "a string or an array";
    case ScopeForm::kKeys:
      return "the names of an object's members";
  }
  return "";
}

// Report: the lines of one issuer: a word, and what it says.
class Report {
 public:
  explicit Report(std::string* out) : out_(out) {}

  void Title(const std::string& name) { *out_ += Printable(name) + '\n'; }
  void Line(std::string_view word, const std::string& text) {
    constexpr std::size_t kColumn = 14;
    *out_ += "  " + std::string(word) + std::string(kColumn - std::min(kColumn, word.size() + 2), ' ') +
             Printable(text) + '\n';
  }

 private:
  std::string* out_;
};

std::string Joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : " ") + item;
  return out;
}

void AppendIdentity(const IdentityClaims& identity, Report* report) {
  const IdentityClaims usual;
  if (identity.client != usual.client) report->Line("client", Names(identity.client));
  if (identity.session != usual.session) report->Line("session", Names(identity.session));
  if (identity.token_id != usual.token_id) report->Line("token id", Names(identity.token_id));
  if (!identity.tenant.empty()) report->Line("tenant", Names(identity.tenant));
}

void AppendIssuer(std::string* out, const IssuerConfig& issuer) {
  const PolicyConfig& policy = issuer.policy;
  Report report(out);
  report.Title(EntryName(policy));
  if (!policy.issuer_aliases.empty()) report.Line("also", Joined(policy.issuer_aliases));
  if (const Result<IssuerNames> names = IssuerNames::Build(policy); names && names->all().size() > 1) {
    report.Line("stands for", Count(names->all().size(), "string"));
  }
  if (!policy.audiences.empty()) report.Line("audiences", Joined(policy.audiences));
  if (const auto& from = policy.audience_from) {
    report.Line("without aud", Names(from->claim) + " is one of " + Values(from->in));
  }
  std::vector<std::string> algorithms;
  for (int i = 0; i < kAlgorithmCount; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    if (policy.algorithms.Contains(algorithm)) algorithms.emplace_back(AlgorithmName(algorithm));
  }
  report.Line("algorithms", Joined(algorithms));
  report.Line("token type", policy.token_type);
  for (const RequiredClaim& claim : policy.required_claims) report.Line("claim", Names(claim.claim) + " is there");
  for (const ClaimRule& rule : policy.claim_rules) report.Line("claim", DescribeRule(rule));
  for (const HeaderRule& rule : policy.header_rules) {
    report.Line("header", Names({rule.name}) + " is one of " + Values(rule.in));
  }
  if (policy.scopes != ScopeSource()) {
    report.Line("scopes", Names(policy.scopes.claim) + ", " + DescribeForm(policy.scopes.form));
  }
  AppendIdentity(policy.identity, &report);
  if (policy.without_kid == WithoutKid::kTry) report.Line("without kid", "up to 4 keys are tried");
  if (!policy.accept_confirmation.empty()) report.Line("confirmation", Joined(policy.accept_confirmation));
  if (policy.leeway_seconds != 0) report.Line("leeway", std::to_string(policy.leeway_seconds) + " s");
  report.Line("keys", DescribeKeys(issuer));
}

int RunCheck(const CLI::Option* file) {
  const EngineConfig config = ReadConfig(Text(file));
  // Policies are built, key files read and their keys checked, as a gateway does when it starts.
  CreateEngine(config, Text(file));
  RequireRevocationFeeds(config.revocation);
  std::vector<std::string> warnings;
  AppendWarnings(config, &warnings);
  for (const std::string& warning : warnings) Warn(warning);
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
