#include "engine/mcp/decide/decision.h"

#include "engine/pipeline/detail_text.h"

namespace assay::mcp {
namespace {

// CheckText: what a check of the checker's own has found.
std::string CheckText(Reason reason, const assay::Detail& detail) {
  if (reason == Reason::kBadClaimType) return ClaimTypeText(detail);
  if (reason != Reason::kInsufficientScope) return AudienceText(reason, detail);
  return (detail.found.empty() ? "" : "the token lacks scopes: ") + ScopesText(detail);
}

}  // namespace

std::optional<std::string> Principal::Key() const {
  const auto is_empty = [](const std::optional<std::string_view>& part) { return !part || part->empty(); };
  if (is_empty(subject) && is_empty(client_id)) return std::nullopt;
  std::string key;
  for (const auto& part : {issuer, tenant, subject, client_id}) {
    key += part ? std::to_string(part->size()) + ':' : "-";
    key += part.value_or(std::string_view());
  }
  return key;
}

Principal PrincipalOf(const Verdict& verdict) {
  const Claims& claims = *verdict.claims();
  Principal principal;
  principal.issuer = verdict.issuer().empty() ? claims.issuer() : std::optional(verdict.issuer());
  principal.tenant = verdict.tenant();
  principal.subject = claims.subject();
  principal.client_id = verdict.client_id();
  return principal;
}

std::string Decision::Detail() const {
  if (allowed()) return {};
  if (explanation.verdict != nullptr) return explanation.verdict->Detail();
  std::string out;
  if (explanation.before != nullptr) {
    out = explanation.before;
    if (!explanation.subject.empty()) out += Quoted(explanation.subject);
    out += explanation.after;
  } else if (explanation.detail != nullptr) {
    out = CheckText(reason, *explanation.detail) + explanation.after;
  } else if (request.defect != nullptr) {
    return request.defect;
  }
  // What a challenge of another reason asks for is not what was wrong.
  const auto needed = reason == Reason::kInsufficientScope ? scopes_needed : explanation.needed;
  if (!needed.empty()) out += "; the operation needs";
  const std::string_view found = explanation.detail == nullptr ? "" : explanation.detail->found;
  std::string_view apart;
  for (const std::string_view scope : needed) {
    out += ' ' + Quoted(scope);
    if (apart.empty()) apart = Apart(found, scope);
  }
  out += apart;
  return out;
}

}  // namespace assay::mcp
