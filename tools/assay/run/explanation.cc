#include "tools/assay/run/explanation.h"

#include <algorithm>

#include "engine/json/writer.h"
#include "tools/assay/io/text.h"
#include "tools/assay/io/time_text.h"
#include "tools/assay/run/advice.h"
#include "tools/assay/run/policy_text.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMostShown = 120;  // bytes of a claim

// Shown: a value as the token spells it, not all of a long one.
std::string Shown(std::string_view raw) {
  std::string text = Printable(raw.substr(0, kMostShown));
  return raw.size() > kMostShown ? text + "…" : text;
}

std::string ShownClaim(std::string_view name, const json::Value* value) {
  return value == nullptr ? std::string(name) + " is not in the token" : std::string(name) + " is " + Shown(value->raw);
}

// ShownTime: a claim's time as a date, and how far from `now` that is.
std::string ShownTime(std::string_view name, const std::optional<NumericDate>& date, std::int64_t now) {
  if (!date) return std::string(name) + " is not in the token";
  const std::int64_t seconds = date->floor();
  const std::string number = std::string(name) + ' ' + std::to_string(seconds);
  const std::optional<std::string> utc = UtcText(seconds);
  if (!utc) return number;
  // Without overflow: dates that a calendar has are far from the ends of the type.
  const std::uint64_t apart = static_cast<std::uint64_t>(seconds < now ? now - seconds : seconds - now);
  if (apart == 0) return number + ", " + *utc + ", now";
  return number + ", " + *utc + (seconds < now ? ", " + DurationText(apart) + " ago" : ", in " + DurationText(apart));
}

// Rows: wanted and found of each step.
class Rows {
 public:
  Rows(const TokenTrace& trace, std::int64_t now)
      : trace_(trace), now_(now), policy_(trace.policy == nullptr ? nullptr : &trace.policy->config()) {}

  void Fill(const TraceStep& step, ExplainedCheck* row) const {
    if (!FillForm(step, row) && !FillKeys(step, row) && policy_ != nullptr && trace_.claims != nullptr) {
      FillPolicy(step, row);
    }
  }

 private:
  std::string Leeway() const { return ", leeway " + std::to_string(policy_->leeway_seconds) + " s"; }

  bool FillForm(const TraceStep& step, ExplainedCheck* row) const {
    const jws::Header& header = trace_.header;
    switch (step.check) {
      case TokenCheck::kInput:
        *row = {"form", row->passed, "three segments of base64url", "", row->detail};
        return true;
      case TokenCheck::kHeader:
        *row = {"header", row->passed, "a JSON object", trace_.header_read ? "read" : "", row->detail};
        return true;
      case TokenCheck::kAlgorithm:
        *row = {"algorithm", row->passed, "a signature that some issuer here uses", "", row->detail};
        if (header.algorithm) row->found = "alg " + std::string(AlgorithmName(*header.algorithm));
        return true;
      case TokenCheck::kExtensions:
        *row = {"extensions", row->passed, "no `crit`, no `b64`", "", row->detail};
        return true;
      case TokenCheck::kPayload:
        *row = {"payload", row->passed, "a JSON object, its registered claims of their types", "", row->detail};
        if (trace_.claims != nullptr) row->found = Count(trace_.claims->members().size(), "claim");
        return true;
      default:
        return false;
    }
  }

  bool FillKeys(const TraceStep& step, ExplainedCheck* row) const {
    switch (step.check) {
      case TokenCheck::kIssuer:
        row->name = "issuer";
        row->wanted = "one that is configured";
        if (policy_ != nullptr) row->wanted = Shown(Values(trace_.policy->names().all()));
        if (trace_.claims != nullptr) row->found = ShownClaim("iss", trace_.claims->Find("iss"));
        return true;
      case TokenCheck::kIssuerAlgorithm:
        *row = {"its algorithm", row->passed, Joined(Names(trace_.policy->algorithms())), "", row->detail};
        if (trace_.header.algorithm) row->found = "alg " + std::string(AlgorithmName(*trace_.header.algorithm));
        return true;
      case TokenCheck::kKey:
        row->name = "key";
        row->wanted =
            trace_.header.has_kid ? "the issuer's key with the token's kid" : "the issuer's only key that fits";
        row->found = (trace_.header.has_kid ? "kid \"" + Printable(trace_.header.kid) + '"' : "no kid") +
                     "; the set has " + Count(trace_.keys == nullptr ? 0 : trace_.keys->keys().size(), "key");
        if (trace_.keys_tried > 0) row->found += ", of which " + std::to_string(trace_.keys_tried) + " fit";
        return true;
      case TokenCheck::kSignature:
        *row = {"signature", row->passed, "by that key", row->passed ? "it holds" : "it does not hold", row->detail};
        return true;
      default:
        return false;
    }
  }

  void FillPolicy(const TraceStep& step, ExplainedCheck* row) const {
    const Claims& claims = *trace_.claims;
    switch (step.check) {
      case TokenCheck::kClaimForms:
        *row = {"scope claim", row->passed, Names(policy_->scopes.claim) + ": " + DescribeForm(policy_->scopes.form),
                "", row->detail};
        break;
      case TokenCheck::kIssuerClaim:
        *row = {"issuer, again", row->passed, "the one whose key it is", ShownClaim("iss", claims.Find("iss")),
                row->detail};
        break;
      case TokenCheck::kExpiry:
        *row = {"expiry", row->passed, "exp after now" + Leeway(), ShownTime("exp", claims.expires_at(), now_),
                row->detail};
        break;
      case TokenCheck::kNotBefore:
        *row = {"not before", row->passed, "nbf not after now" + Leeway(), ShownTime("nbf", claims.not_before(), now_),
                row->detail};
        break;
      case TokenCheck::kAge:
        row->name = "age";
        row->wanted = policy_->max_age_seconds
                          ? "at most " + DurationText(static_cast<std::uint64_t>(*policy_->max_age_seconds)) + Leeway()
                          : "not asked";
        row->found = ShownTime("iat", claims.issued_at(), now_);
        break;
      case TokenCheck::kAudience:
        row->name = "audience";
        row->wanted = policy_->any_audience_is_dangerous ? "any" : Values(policy_->audiences);
        if (policy_->audience_from) {
          row->wanted = Names(policy_->audience_from->claim) + " of " + Values(policy_->audience_from->in) +
                        " where there is no aud" + (policy_->audiences.empty() ? "" : ", else " + row->wanted);
        }
        row->found = ShownClaim("aud", claims.Find("aud"));
        break;
      case TokenCheck::kType:
        *row = {"type", row->passed, policy_->token_type,
                trace_.header.has_type ? "typ \"" + Printable(trace_.header.type) + '"' : "no typ", row->detail};
        break;
      case TokenCheck::kClaim:
        FillClaim(step.item, row);
        break;
      case TokenCheck::kConfirmation:
        row->name = "binding";
        row->wanted = policy_->accept_confirmation.empty() ? "no cnf" : "of " + Values(policy_->accept_confirmation);
        row->found = ShownClaim("cnf", claims.Find("cnf"));
        break;
      case TokenCheck::kHeaderRule:
        *row = {"header rule", row->passed,
                policy_->header_rules[step.item].name + " is one of " + Values(policy_->header_rules[step.item].in), "",
                row->detail};
        break;
      case TokenCheck::kRevocation:
        *row = {"revocation", row->passed, "not revoked", row->passed ? "nothing known against it" : "", row->detail};
        break;
      case TokenCheck::kScopes:
        row->name = "scopes";
        row->wanted = policy_->required_scopes.empty() ? "not asked" : Joined(policy_->required_scopes);
        row->found = trace_.named.scopes == nullptr ? "none" : Shown(trace_.named.scopes->raw);
        break;
      default:
        break;
    }
  }

  void FillClaim(std::size_t item, ExplainedCheck* row) const {
    row->name = "claim";
    const bool is_required = item < policy_->required_claims.size();
    const ClaimPath& path = is_required ? policy_->required_claims[item].claim
                                        : policy_->claim_rules[item - policy_->required_claims.size()].claim;
    if (is_required) {
      const std::vector<std::string>& values = policy_->required_claims[item].values;
      row->wanted = Names(path) + (values.empty() ? " is there" : " is one of " + Values(values));
    } else {
      row->wanted = DescribeRule(policy_->claim_rules[item - policy_->required_claims.size()]);
    }
    Arena arena(4096);
    json::Value value;
    row->found = trace_.claims->FindPath(path, arena, &value) ? Shown(value.raw) : "not in the token";
  }

  const TokenTrace& trace_;
  const std::int64_t now_;
  const PolicyConfig* const policy_;
};

}  // namespace

Explanation Explain(const Verdict& verdict, const TokenTrace& trace, std::int64_t now) {
  Explanation out;
  out.accepted = verdict.accepted();
  out.report_only = verdict.report_only();
  out.reason = ReasonWord(verdict.reason());
  out.detail = verdict.Detail();
  out.advice = AdviceFor(verdict.reason());
  out.proven = trace.authentic;
  const Rows rows(trace, now);
  for (const TraceStep& step : trace.steps) {
    ExplainedCheck& row = out.checks.emplace_back();
    row.passed = step.reason == Reason::kUnset;
    row.detail = step.detail;
    rows.Fill(step, &row);
  }
  return out;
}

ExplainedTool ExplainTool(mcp::Checker& checker, const Verdict& verdict, const std::string& tool) {
  std::string body;
  json::Writer(&body)
      .Begin('{')
      .Member("jsonrpc", "2.0")
      .Member("id", 1)
      .Member("method", "tools/call")
      .Name("params")
      .Begin('{')
      .Member("name", tool)
      .Name("arguments")
      .Raw("{}")
      .End('}')
      .End('}');
  const std::vector<mcp::HeaderField> fields = {{"Content-Type", "application/json"}};
  const mcp::RequestHead head = mcp::ReadHead(fields, "POST");
  const mcp::Decision decision = checker.Decide(verdict, head, mcp::RequestBody{body});
  return {tool, decision.allowed(), decision.status, std::string(ReasonWord(decision.reason)), decision.Detail()};
}

}  // namespace assay::cli
