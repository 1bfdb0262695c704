#include "engine/revocation/revocation.h"

#include "engine/base/limits.h"
#include "engine/json/strict.h"
#include "engine/revocation/revocation_line.h"

namespace assay {

const char* WhatIsWrong(const Revocation& revocation) {
  const auto bad = [](const std::string& text) {
    return text.empty() || text.size() > kMaxRevocationNameBytes || text.find('\0') != std::string::npos;
  };
  if (bad(revocation.issuer)) return "the issuer is missing, too long, or holds a NUL";
  if (bad(revocation.value)) return "the value of the claim is empty, too long, or holds a NUL";
  if (revocation.by == RevokedBy::kJwtId) {
    return revocation.issued_before ? "a jti names one token, whenever issued: issued_before says nothing" : nullptr;
  }
  if (revocation.expires_at) return "exp belongs to a jti";
  return revocation.issued_before ? nullptr : "issued_before is missing";
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
