#include "engine/revocation/revocation_line.h"

#include <string>

#include "engine/base/limits.h"
#include "engine/claims/numeric_date.h"
#include "engine/json/text.h"

namespace assay::revocation {
namespace {

Error Wrong(std::string_view member, std::string_view what) {
  return Error{"\"" + std::string(member) + "\" " + std::string(what)};
}

// KindOf: of the member that names tokens; nothing for any other.
std::optional<RevokedBy> KindOf(std::string_view member) {
  for (const auto& [by, claim] : kClaimNames) {
    if (member == claim) return by;
  }
  return member == "kid" ? std::optional(RevokedBy::kKey) : std::nullopt;
}

Result<Revocation> FromMembers(std::span<const json::Member> members) {
  Revocation revocation;
  bool named = false;
  for (const auto& [name, value] : members) {
    if (name == "exp" || name == "issued_before") {
      if (value.kind != json::Kind::kNumber) return Wrong(name, "is no number");
      const std::optional<NumericDate> date = NumericDate::Parse(value.raw);
      if (!date) return Wrong(name, "is beyond 63 bits");
      (name == "exp" ? revocation.expires_at : revocation.issued_before) = name == "exp" ? date->ceil() : date->floor();
      continue;
    }
    std::string* target = name == "iss" ? &revocation.issuer : nullptr;
    if (const std::optional<RevokedBy> by = KindOf(name)) {
      if (named) return Error{"names tokens in more than one way"};
      named = true;
      revocation.by = *by;
      target = &revocation.value;
    }
    if (target == nullptr) {
      std::string quoted;
      json::AppendQuoted(name.substr(0, 40), &quoted);
      return Error{quoted + " is no member of a revocation"};
    }
    if (!json::IsString(value)) return Wrong(name, "is no string");
    *target = value.text;
  }
  if (!named && !revocation.issued_before) return Error{"has none of jti, sub, sid, client_id, kid, issued_before"};
  if (!named) revocation.by = RevokedBy::kIssuer;
  if (const auto valid = ValidateRevocation(revocation); !valid) return Error{valid.error()};
  return revocation;
}

}  // namespace

Result<Revocation> RevocationLineReader::Read(std::string_view line) {
  if (line.size() > kMaxRevocationLineBytes) return Error{"is too long"};
  arena_.Reset();
  json::Document document;
  const json::Status status = parser_.ParseCopy(line, arena_, &document);
  if (status == json::Status::kDuplicateName) return Error{"repeats a member"};
  if (status == json::Status::kTooManyMembers) {
    return Error{json::DescribeDefect(status, document, kMaxObjectMembers)};
  }
  if (status != json::Status::kOk || document.root.kind != json::Kind::kObject) return Error{"is no JSON object"};
  return FromMembers(document.members);
}

Result<void> RevocationLineReader::ReadAll(std::string_view text, const std::function<void(const Revocation&)>& visit) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Result<Revocation> revocation = Read(line);
    if (!revocation) return Error{"line " + std::to_string(number) + " " + revocation.error()};
    visit(*revocation);
  }
  return {};
}

}  // namespace assay::revocation
