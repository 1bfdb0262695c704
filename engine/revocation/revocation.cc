#include "engine/revocation/revocation.h"

#include "engine/base/limits.h"
#include "engine/json/strict.h"
#include "engine/revocation/revocation_line.h"

namespace assay {

Result<void> ValidateRevocation(const Revocation& revocation) {
  const auto bad = [](const std::string& text) {
    return text.empty() || text.size() > kMaxRevocationNameBytes || text.find('\0') != std::string::npos;
  };
  if (bad(revocation.issuer)) return Error{"the issuer is missing, too long, or holds a NUL"};
  if (bad(revocation.value)) return Error{"the value of the claim is empty, too long, or holds a NUL"};
  const bool names_one_token = revocation.by == RevokedBy::kJwtId;
  if (names_one_token && revocation.issued_before) {
    return Error{"a jti names one token, whenever issued: issued_before says nothing"};
  }
  if (!names_one_token && revocation.expires_at) return Error{"exp belongs to a jti"};
  if (!names_one_token && !revocation.issued_before) return Error{"issued_before is missing"};
  return {};
}

// A parser takes a hundred times as long to make as to use, and feeds read a million lines.
Result<Revocation> ParseRevocation(std::string_view line) {
  thread_local revocation::RevocationLineReader reader;
  return reader.Read(line);
}

std::string FormatRevocation(const Revocation& revocation) {
  std::string line = "{\"iss\":";
  json::AppendQuoted(revocation.issuer, &line);
  for (const auto& [by, name] : revocation::kClaimNames) {
    if (by != revocation.by) continue;
    line += ",\"" + std::string(name) + "\":";
    json::AppendQuoted(revocation.value, &line);
  }
  if (revocation.expires_at) line += ",\"exp\":" + std::to_string(*revocation.expires_at);
  if (revocation.issued_before) line += ",\"issued_before\":" + std::to_string(*revocation.issued_before);
  return line + "}";
}

}  // namespace assay
