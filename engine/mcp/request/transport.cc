#include "engine/mcp/request/transport.h"

#include <algorithm>

#include "engine/base/text.h"

namespace assay::mcp {
namespace {

// HasOldVersions: whether `mode` is for a version up to 2025-11-25.
bool HasOldVersions(std::optional<HeaderMode> mode) { return !mode || *mode == HeaderMode::kBody; }

bool StartsIgnoringCase(std::string_view text, std::string_view start) {
  return EqualsIgnoreCase(text.substr(0, start.size()), start);
}

// HasOtherCharset: whether a media type says anything else of its charset than `charset=utf-8`. The word counts
// wherever it stands, so that no reader of quoted strings or lists can find a charset that was missed here.
bool HasOtherCharset(std::string_view type) {
  constexpr std::string_view kName = "charset", kOurs = "utf-8";
  if (type == "application/json") return false;  // what clients send
  for (; !type.empty(); type.remove_prefix(1)) {
    if (!StartsIgnoringCase(type, kName)) continue;
    std::string_view value = Trim(type.substr(kName.size()));
    if (!value.starts_with('=')) return true;
    value = Trim(value.substr(1));
    const bool is_quoted = value.starts_with('"');
    if (is_quoted) value.remove_prefix(1);
    if (!StartsIgnoringCase(value, kOurs)) return true;
    value.remove_prefix(kOurs.size());
    if (is_quoted && !value.starts_with('"')) return true;
    if (is_quoted) value.remove_prefix(1);
    value = Trim(value);
    if (!value.empty() && value[0] != ';') return true;
  }
  return false;
}

}  // namespace

Version ReadVersion(const HeaderValue& header) {
  if (!header.present()) return Version::kAbsent;
  if (header.count > 1) return Version::kUnknown;
  if (header.value == "2026-07-28") return Version::kMirrored;
  for (const std::string_view known : {"2025-11-25", "2025-06-18", "2025-03-26"}) {
    if (header.value == known) return Version::kBodyOnly;
  }
  return Version::kUnknown;
}

HttpMethod ReadHttpMethod(std::string_view method) {
  if (method == "POST") return HttpMethod::kPost;
  if (method == "GET") return HttpMethod::kGet;
  if (method == "DELETE") return HttpMethod::kDelete;
  return method == "OPTIONS" ? HttpMethod::kOptions : HttpMethod::kOther;
}

bool IsPreflight(const RequestHead& head) {
  return ReadHttpMethod(head.http_method) == HttpMethod::kOptions && head.origin.present() &&
         head.requested_method.present();
}

bool IsMethodAllowed(const RequestHead& head, std::optional<HeaderMode> mode) {
  switch (ReadHttpMethod(head.http_method)) {
    case HttpMethod::kPost:
      return true;
    case HttpMethod::kGet:
    case HttpMethod::kDelete:
      return HasOldVersions(mode) && ReadVersion(head.protocol_version) != Version::kMirrored;
    case HttpMethod::kOptions:
    case HttpMethod::kOther:
      break;
  }
  return false;
}

std::string_view AllowedMethods(const RequestHead& head, std::optional<HeaderMode> mode) {
  const bool old = HasOldVersions(mode) && ReadVersion(head.protocol_version) != Version::kMirrored;
  return old ? "GET, POST, DELETE" : "POST";
}

Reason CheckEncoding(const RequestHead& head, const char** why) {
  const HeaderValue& coding = head.content_encoding;
  const bool is_identity = coding.value.empty() || EqualsIgnoreCase(coding.value, "identity");
  if (coding.count > 1 || !is_identity) {
    *why = "Content-Encoding is repeated or not identity";
  } else if (head.content_type.count > 1 || HasOtherCharset(head.content_type.value)) {
    *why = "Content-Type is repeated or names a charset other than utf-8";
  } else {
    return Reason::kUnset;
  }
  return Reason::kBodyEncoding;
}

Reason CheckNoMessage(const RequestHead& head, const RequestBody& body, const char** why) {
  const HeaderValue& length = head.content_length;
  const bool has_length = length.present() && (length.count > 1 || length.value != "0");
  if (!body.text.empty() || has_length || head.transfer_encoding.present()) {
    *why = "a GET or DELETE carries a body";
    return Reason::kRequestMalformed;
  }
  if (head.method.present() || head.name.present()) {
    *why = "Mcp-Method or Mcp-Name stands in a GET or DELETE, which has no message";
    return Reason::kRequestMismatch;
  }
  return Reason::kUnset;
}

}  // namespace assay::mcp
