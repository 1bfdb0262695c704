#include "engine/mcp/decide/decision.h"

#include "engine/json/text.h"

namespace assay::mcp {
namespace {

// AppendShown: appends `text` quoted and escaped, cut where a hostile one would flood a log line.
void AppendShown(std::string_view text, std::string* out) {
  constexpr std::size_t kLongest = 80;
  json::AppendQuoted(text.substr(0, kLongest), out);
  if (text.size() > kLongest) *out += "...";
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
    if (!explanation.subject.empty()) AppendShown(explanation.subject, &out);
    out += explanation.after;
  } else if (request.defect != nullptr) {
    return request.defect;
  } else {
    out = "the token lacks scopes";
  }
  // What a challenge of another reason asks for is not what was wrong.
  const auto needed = reason == Reason::kInsufficientScope ? scopes_needed : explanation.needed;
  if (!needed.empty()) out += "; the operation needs";
  for (const std::string_view scope : needed) {
    out += ' ';
    AppendShown(scope, &out);
  }
  return out;
}

}  // namespace assay::mcp
