#include "tools/assay/run/issuer_report.h"

#include <algorithm>

#include "engine/base/proxy_url.h"
#include "engine/policy/issuer_names.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/policy_text.h"

namespace assay::cli {
namespace {

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

void AppendIdentity(const IdentityClaims& identity, Report* report) {
  const IdentityClaims usual;
  if (identity.client != usual.client) report->Line("client", Names(identity.client));
  if (identity.session != usual.session) report->Line("session", Names(identity.session));
  if (identity.token_id != usual.token_id) report->Line("token id", Names(identity.token_id));
  if (!identity.tenant.empty()) report->Line("tenant", Names(identity.tenant));
}

// DescribeProxy: without its credentials.
std::string DescribeProxy(const std::string& proxy) {
  const Result<Authority> parsed = ParseProxy(proxy);
  if (!parsed) return "none";
  return parsed->HostText() + ":" + std::to_string(*parsed->port) +
         (parsed->password.empty() ? "" : ", with a password");
}

void AppendTransport(const KeyTransport& transport, Report* report) {
  if (!transport.ca_file.empty()) {
    report->Line("ca file", transport.ca_file + (transport.system_ca ? ", besides the system's" : ", and no others"));
  }
  if (!transport.bearer_token_file.empty()) report->Line("token file", transport.bearer_token_file);
  if (transport.proxy) report->Line("proxy", DescribeProxy(*transport.proxy));
  if (transport.no_proxy) report->Line("no proxy", transport.no_proxy->empty() ? "none" : *transport.no_proxy);
  if (transport.plain_http_is_dangerous) report->Line("plain http", "allowed to private addresses, which is dangerous");
  if (transport.private_addresses) report->Line("addresses", "private ones, too");
}

}  // namespace

void AppendIssuer(std::string* out, const IssuerConfig& issuer) {
  const PolicyConfig& policy = issuer.policy;
  Report report(out);
  report.Title(EntryName(policy));
  if (policy.mode == EnforcementMode::kReport) report.Line("mode", "REPORT ONLY: what is refused may pass at gateways");
  if (!policy.issuer_aliases.empty()) report.Line("also", Joined(policy.issuer_aliases));
  if (const Result<IssuerNames> names = IssuerNames::Build(policy); names && names->all().size() > 1) {
    report.Line("stands for", Count(names->all().size(), "string"));
  }
  if (!policy.audiences.empty()) report.Line("audiences", Joined(policy.audiences));
  if (const auto& from = policy.audience_from) {
    report.Line("without aud", Names(from->claim) + " is one of " + Values(from->in));
  }
  report.Line("algorithms", Joined(Names(policy.algorithms)));
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
  if (!policy.accept_confirmation.empty()) report.Line("cnf", Joined(policy.accept_confirmation));
  if (policy.leeway_seconds != 0) report.Line("leeway", std::to_string(policy.leeway_seconds) + " s");
  report.Line("keys", DescribeKeys(issuer));
  AppendTransport(issuer.keys.transport, &report);
}

}  // namespace assay::cli
