#include "engine/jws/header.h"

#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace assay::jws {
namespace {

Reason ReadAlgorithm(const json::Value* alg, AlgorithmSet allowed, Header* header) {
  header->detail.subject = "alg";
  if (alg == nullptr) return Reason::kAlgorithmMissing;
  // "none" in any case gets its own word, so that the attempt is visible; it is no more allowed than
  // any other unknown name.
  if (EqualsIgnoreCase(alg->text, "none")) return Reason::kAlgorithmNone;
  header->algorithm = ParseAlgorithm(alg->text);
  header->detail.subject = alg->text;
  if (!header->algorithm) return Reason::kAlgorithmUnknown;
  header->detail.value = allowed.bits();
  if (!allowed.Contains(*header->algorithm)) return Reason::kAlgorithmNotAllowed;
  return Reason::kUnset;
}

}  // namespace

Reason ReadHeader(std::string_view text, AlgorithmSet allowed, json::StrictParser& parser, Arena& arena,
                  Header* header) {
  *header = {};
  json::Document document;
  const json::Status status = parser.Parse(text, arena, &document);
  header->detail = {"header", static_cast<std::int64_t>(document.error_offset)};
  if (document.is_too_deep) header->detail.wanted = kLessNesting;
  switch (status) {
    case json::Status::kTooManyMembers:
      header->detail.wanted = kFewerMembers;
      return Reason::kBadHeaderJson;
    case json::Status::kMalformed:
      return Reason::kBadHeaderJson;
    case json::Status::kDuplicateName:
      return Reason::kDuplicateName;
    case json::Status::kOk:
      break;
  }
  if (document.root.kind != json::Kind::kObject) return Reason::kBadHeaderJson;

  const json::Value* alg = nullptr;
  bool critical = false;
  bool unencoded = false;
  for (const json::Member& member : document.members) {
    bool well_typed = true;
    if (member.name == "alg") {
      well_typed = json::IsString(member.value);
      alg = &member.value;
    } else if (member.name == "kid") {
      well_typed = json::IsString(member.value);
      header->has_kid = true;
      header->kid = member.value.text;
    } else if (member.name == "typ") {
      well_typed = json::IsString(member.value);
      header->has_type = true;
      header->type = member.value.text;
    } else if (member.name == "cty") {
      well_typed = json::IsString(member.value);
    } else if (member.name == "crit") {
      critical = true;  // no extension is understood here, so any list names one that is not (section 4.1.11)
    } else if (member.name == "b64") {
      unencoded = true;  // RFC 7797 section 7: not for JWTs
    }
    if (!well_typed) {
      header->detail.subject = member.name;
      return Reason::kBadHeaderField;
    }
  }
  const Reason reason = ReadAlgorithm(alg, allowed, header);
  if (reason != Reason::kUnset) return reason;
  if (critical) return Reason::kCriticalHeader;
  if (unencoded) return Reason::kUnencodedPayload;
  if (header->kid.size() > kMaxKidBytes) {
    header->detail = {"kid", static_cast<std::int64_t>(header->kid.size()), kMaxKidBytes};
    return Reason::kKidTooLong;
  }
  return Reason::kUnset;
}

}  // namespace assay::jws
