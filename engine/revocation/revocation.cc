#include "engine/revocation/revocation.h"

#include "engine/base/limits.h"
#include "engine/json/writer.h"
#include "engine/revocation/revocation_line.h"

namespace assay {

Result<void> ValidateRevocation(const Revocation& revocation) {
  const auto bad = [](const std::string& text) {
    return text.empty() || text.size() > kMaxRevocationNameBytes || text.find('\0') != std::string::npos;
  };
  if (bad(revocation.issuer)) return Error{"the issuer is missing, too long, or holds a NUL"};
  if (revocation.by == RevokedBy::kIssuer && !revocation.value.empty())
    return Error{"an issuer as a whole has no value"};
  if (revocation.by != RevokedBy::kIssuer && bad(revocation.value)) {
    return Error{"the value of the claim is empty, too long, or holds a NUL"};
  }
  const bool names_one_token = revocation.by == RevokedBy::kJwtId, names_key = revocation.by == RevokedBy::kKey;
  if (names_one_token && revocation.issued_before) {
    return Error{"a jti names one token, whenever issued: issued_before says nothing"};
  }
  if (names_key && revocation.issued_before) {
    return Error{
        "a kid revokes whatever its key signs: who has stolen it writes any iat, so issued_before says nothing"};
  }
  if (!names_one_token && revocation.expires_at) return Error{"exp belongs to a jti"};
  if (!names_one_token && !names_key && !revocation.issued_before) return Error{"issued_before is missing"};
  return {};
}

// A parser takes a hundred times as long to make as to use, and feeds read a million lines.
Result<Revocation> ParseRevocation(std::string_view line) {
  thread_local revocation::RevocationLineReader reader;
  return reader.Read(line);
}

std::string FormatRevocation(const Revocation& revocation) {
  std::string line;
  json::Writer writer(&line);
  writer.Begin('{').Member("iss", revocation.issuer);
  for (const auto& [by, name] : revocation::kClaimNames) {
    if (by == revocation.by) writer.Member(name, revocation.value);
  }
  if (revocation.by == RevokedBy::kKey) writer.Member("kid", revocation.value);
  if (revocation.expires_at) writer.Member("exp", *revocation.expires_at);
  if (revocation.issued_before) writer.Member("issued_before", *revocation.issued_before);
  writer.End('}');
  return line;
}

}  // namespace assay
