#include "tools/assay/run/explanation.h"

#include <utility>

#include "engine/claims/claim_reader.h"
#include "engine/json/writer.h"
#include "engine/mcp/decide/compiled_policy.h"
#include "engine/mcp/decide/scope_policy.h"
#include "tools/assay/io/text.h"
#include "tools/assay/io/time_text.h"
#include "tools/assay/run/advice.h"
#include "tools/assay/run/closer_look.h"
#include "tools/assay/run/policy_text.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMostShown = 120;  // bytes of a claim

// Shown: a value as the token spells it, not all of a long one.
std::string Shown(std::string_view raw) { return Excerpt(raw, kMostShown); }

// NameOf: what a check is called, by its number.
std::string NameOf(TokenCheck check) {
  static constexpr const char* kNames[] = {
      "form",        "header", "algorithm", "extensions", "payload",     "whose keys", "its algorithms",
      "scope claim", "key",    "signature", "issuer",     "expiry",      "not before", "age",
      "audience",    "type",   "claim",     "binding",    "header rule", "revocation", "scopes"};
  return kNames[static_cast<std::size_t>(check)];
}
constexpr TokenCheck kLastCheck = TokenCheck::kScopes;

// IsOfTime: whether a date is more readable than the number in the detail.
bool IsOfTime(TokenCheck check) {
  return check == TokenCheck::kExpiry || check == TokenCheck::kNotBefore || check == TokenCheck::kAge;
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

// Say: what was wanted and what was found, where both are known at once.
void Say(ExplainedCheck* row, std::string wanted, std::string found = "") {
  row->wanted = std::move(wanted);
  row->found = std::move(found);
}

// Rows: wanted and found of each step.
class Rows {
 public:
  Rows(const TokenTrace& trace, const JudgedBy& by, std::int64_t now)
      : trace_(trace),
        revocations_(by.revocations),
        now_(now),
        policy_(trace.policy == nullptr ? nullptr : &trace.policy->config()) {}

  // IsAsked: whether there is anything to check, as far as it is known by whose policy.
  bool IsAsked(TokenCheck check) const {
    if (policy_ == nullptr) return true;
    switch (check) {
      case TokenCheck::kIssuerClaim:
        return !policy_->signature_only && policy_->issuer_mode != IssuerMode::kUnchecked;
      case TokenCheck::kAge:
        return policy_->max_age_seconds.has_value();
      case TokenCheck::kAudience:
        return !policy_->any_audience_is_dangerous;
      case TokenCheck::kClaim:
        return !policy_->required_claims.empty() || !policy_->claim_rules.empty();
      case TokenCheck::kHeaderRule:
        return !policy_->header_rules.empty();
      case TokenCheck::kScopes:
        return !policy_->required_scopes.empty();
      case TokenCheck::kRevocation:
        return revocations_;
      default:
        return !policy_->signature_only || check <= TokenCheck::kExtensions || check == TokenCheck::kIssuer ||
               check == TokenCheck::kIssuerAlgorithm || check == TokenCheck::kKey || check == TokenCheck::kSignature;
    }
  }

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
        Say(row, "three segments of base64url");
        return true;
      case TokenCheck::kHeader:
        Say(row, "a JSON object", trace_.header_read ? "read" : "");
        return true;
      case TokenCheck::kAlgorithm:
        Say(row, "a signature that some issuer here uses");
        if (header.algorithm) row->found = "alg " + std::string(AlgorithmName(*header.algorithm));
        return true;
      case TokenCheck::kExtensions:
        Say(row, "no `crit`, no `b64`");
        return true;
      case TokenCheck::kPayload:
        Say(row, "a JSON object, its registered claims of their types");
        if (trace_.claims != nullptr) row->found = Count(trace_.claims->members().size(), "claim");
        return true;
      default:
        return false;
    }
  }

  bool FillKeys(const TraceStep& step, ExplainedCheck* row) const {
    switch (step.check) {
      case TokenCheck::kIssuer:
        row->wanted = "an issuer that is configured";
        if (trace_.claims != nullptr) row->found = ShownClaim("iss", trace_.claims->Find("iss"));
        // Where there is one issuer alone its keys are taken, and `iss` is compared once the signature holds.
        if (policy_ != nullptr && policy_->issuer_mode != IssuerMode::kChosenByIss) {
          Say(row, "", "those of the only issuer here");
        }
        return true;
      case TokenCheck::kIssuerAlgorithm:
        Say(row, Joined(Names(trace_.policy->algorithms())));
        if (trace_.header.algorithm) row->found = "alg " + std::string(AlgorithmName(*trace_.header.algorithm));
        return true;
      case TokenCheck::kKey:
        row->wanted =
            trace_.header.has_kid ? "the issuer's key with the token's kid" : "the issuer's only key that fits";
        row->found = (trace_.header.has_kid ? "kid \"" + Printable(trace_.header.kid) + '"' : "no kid") +
                     "; the set has " + Count(trace_.keys == nullptr ? 0 : trace_.keys->keys().size(), "key");
        if (trace_.keys_tried > 0) row->found += ", of which " + std::to_string(trace_.keys_tried) + " fit";
        return true;
      case TokenCheck::kSignature:
        Say(row, "by that key", row->passed ? "it holds" : "it does not hold");
        return true;
      default:
        return false;
    }
  }

  void FillPolicy(const TraceStep& step, ExplainedCheck* row) const {
    const Claims& claims = *trace_.claims;
    switch (step.check) {
      case TokenCheck::kClaimForms:
        Say(row, Names(policy_->scopes.claim) + ": " + DescribeForm(policy_->scopes.form));
        break;
      case TokenCheck::kIssuerClaim:
        Say(row, Shown(Joined(trace_.policy->names().all())), ShownClaim("iss", claims.Find("iss")));
        break;
      case TokenCheck::kExpiry:
        Say(row, "exp after now" + Leeway(), ShownTime("exp", claims.expires_at(), now_));
        break;
      case TokenCheck::kNotBefore:
        Say(row, "nbf not after now" + Leeway(), ShownTime("nbf", claims.not_before(), now_));
        break;
      case TokenCheck::kAge:
        row->wanted = policy_->max_age_seconds
                          ? "at most " + DurationText(static_cast<std::uint64_t>(*policy_->max_age_seconds)) + Leeway()
                          : "";
        row->found = ShownTime("iat", claims.issued_at(), now_);
        break;
      case TokenCheck::kAudience:
        row->wanted = policy_->any_audience_is_dangerous ? "any" : Values(policy_->audiences);
        if (policy_->audience_from) {
          row->wanted = Names(policy_->audience_from->claim) + " of " + Values(policy_->audience_from->in) +
                        " where there is no aud" + (policy_->audiences.empty() ? "" : ", else " + row->wanted);
        }
        row->found = ShownClaim("aud", claims.Find("aud"));
        break;
      case TokenCheck::kType:
        Say(row, policy_->token_type,
            trace_.header.has_type ? "typ \"" + Printable(trace_.header.type) + '"' : "no typ");
        break;
      case TokenCheck::kClaim:
        FillClaim(step.item, row);
        break;
      case TokenCheck::kConfirmation:
        row->wanted = policy_->accept_confirmation.empty() ? "no cnf" : "of " + Values(policy_->accept_confirmation);
        row->found = ShownClaim("cnf", claims.Find("cnf"));
        break;
      case TokenCheck::kHeaderRule:
        Say(row, policy_->header_rules[step.item].name + " is one of " + Values(policy_->header_rules[step.item].in));
        break;
      case TokenCheck::kRevocation:
        Say(row, "not revoked", row->passed ? "nothing known against it" : "");
        break;
      case TokenCheck::kScopes:
        row->wanted = Joined(policy_->required_scopes);
        row->found = trace_.named.scopes == nullptr ? "none" : Shown(trace_.named.scopes->raw);
        break;
      default:
        break;
    }
  }

  void FillClaim(std::size_t item, ExplainedCheck* row) const {
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
  const bool revocations_;
  const std::int64_t now_;
  const PolicyConfig* const policy_;
};

// OfUserClaims: of a token that has none of the claims that say what its user may do, whether it has one inside of
// another.
std::string OfUserClaims(const Claims& claims, const mcp::ScopePolicyConfig& policy) {
  Arena arena(4096);
  json::Value unused;
  std::string advice;
  for (const ClaimPath* const path : {&policy.role_claim, &policy.permissions_claim}) {
    if (path->empty()) continue;
    if (claims.FindPath(*path, arena, &unused)) return "";
    const std::optional<ClaimPath> inside = FindInside(claims, path->back());
    if (!inside || !advice.empty()) continue;
    advice = "The token has no claim \"" + Printable(NameOf(*path, arena)) + "\", but " + Names(*inside) +
             ": if that is meant, and the issuer alone writes it, not the user, the policy has to name the claim by "
             "this list.";
  }
  return advice;
}

}  // namespace

Explanation Explain(std::string_view token, const Verdict& verdict, const TokenTrace& trace, const JudgedBy& by,
                    std::int64_t now) {
  Explanation out;
  out.accepted = verdict.accepted();
  out.report_only = verdict.report_only();
  out.reason = ReasonWord(verdict.reason());
  out.detail = verdict.Detail();
  out.advice = CloserLook(verdict.reason(), token, trace, by.issuers, now);
  if (out.advice.empty()) out.advice = AdviceFor(verdict.reason());
  out.proven = trace.authentic;
  const Rows rows(trace, by, now);
  for (int i = 0; i <= static_cast<int>(kLastCheck); ++i) {
    const auto check = static_cast<TokenCheck>(i);
    bool taken = false;
    for (const TraceStep& step : trace.steps) {
      if (step.check != check) continue;
      taken = true;
      ExplainedCheck& row = out.checks.emplace_back();
      row = {NameOf(check), step.reason == Reason::kUnset, "", "", step.detail};
      rows.Fill(step, &row);
      if (row.passed) row.asked = rows.IsAsked(check);
      if (!row.passed && IsOfTime(check) && row.found.find(", ") != std::string::npos) {
        row.detail_shown = row.found + "; now it is " + UtcText(now).value_or(std::to_string(now));
        for (const char* bound : {"; leeway", "; max_age"}) {
          const std::size_t at = step.detail.find(bound);
          if (at != std::string::npos) row.detail_shown += step.detail.substr(at);
        }
      }
      if (trace.cause() == &step) out.cause = row.detail_shown;
    }
    if (taken) continue;
    ExplainedCheck& row = out.checks.emplace_back();
    row = {NameOf(check), false, "", "", ""};
    row.reached = false;
    row.asked = rows.IsAsked(check);
  }
  if (out.cause.empty()) out.cause = out.detail;
  return out;
}

ExplainedTool ExplainTool(mcp::Checker& checker, const mcp::ScopePolicy& policy, const Verdict& verdict,
                          const std::string& tool) {
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
  // A token that is bound by DPoP counts under that scheme alone. The verdict stands for the credential itself.
  Arena arena(4096);
  json::Value thumbprint;
  const bool is_bound = verdict.claims() != nullptr && verdict.claims()->FindPath({"cnf", "jkt"}, arena, &thumbprint);
  const std::vector<mcp::HeaderField> fields = {{"Content-Type", "application/json"},
                                                {"Authorization", is_bound ? "DPoP x" : "Bearer x"}};
  const mcp::RequestHead head = mcp::ReadHead(fields, "POST");
  const mcp::Decision decision = checker.Decide(verdict, head, mcp::RequestBody{body});
  const mcp::CompiledPolicy& rules = policy.compiled();
  const DeniedTool denied = {rules.tools().Find(tool) != nullptr, rules.has_user_claims(), verdict.scopes() != nullptr};
  std::string advice;
  if (decision.reason == Reason::kToolDenied && denied.is_named && verdict.claims() != nullptr) {
    advice = OfUserClaims(*verdict.claims(), rules.config());
  }
  if (advice.empty()) advice = AdviceForTool(decision.reason, denied);
  return {tool,
          decision.allowed(),
          decision.status,
          std::string(ReasonWord(decision.reason)),
          decision.Detail(),
          std::move(advice)};
}

}  // namespace assay::cli
