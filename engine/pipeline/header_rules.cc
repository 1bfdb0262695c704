// The rules on members of the JOSE header.
#include <span>
#include <string_view>

#include "engine/pipeline/validate.h"

namespace assay {

// CheckHeaderRules reads the header once more, whole: the memo keeps what every token needs of it, and no rule's
// result.
Reason Pipeline::CheckHeaderRules(InFlight& token, const FreshToken& fresh) {
  const Policy& policy = *token.issuer->policy;
  if (!policy.has_header_rules()) return Reason::kUnset;
  std::span<const json::Member> members;
  Reason reason = ParseHeader(token, fresh, &members);
  if (reason != Reason::kUnset) return reason;
  reason = policy.CheckHeader(members, &token.detail);
  if (reason != Reason::kUnset) OwnDetail(token);
  return reason;
}

Reason Pipeline::ParseHeader(InFlight& token, const FreshToken& fresh, std::span<const json::Member>* members) {
  std::string_view text;
  const Reason reason = DecodeSegment("header", fresh.compact.header, 0, &text, &token.detail);
  if (reason != Reason::kUnset) return reason;
  json::Document document;
  if (parser_.Parse(text, arena_, &document) != json::Status::kOk) return Reason::kBadHeaderJson;
  *members = document.members;
  return Reason::kUnset;
}

}  // namespace assay
