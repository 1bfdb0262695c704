#include "engine/mcp/request/transport.h"

#include <algorithm>

#include "engine/base/text.h"

namespace assay::mcp {
namespace {

// HasOldVersions: whether `mode` is for a version up to 2025-11-25.
bool HasOldVersions(std::optional<HeaderMode> mode) { return !mode || *mode == HeaderMode::kBody; }

constexpr std::string_view kCharset = "charset";

// TakeToken: takes a token from the front of `rest`; empty where none is there.
std::string_view TakeToken(std::string_view* rest) {
  const auto end = std::find_if_not(rest->begin(), rest->end(), IsTokenCharacter);
  const std::string_view token = rest->substr(0, static_cast<std::size_t>(end - rest->begin()));
  rest->remove_prefix(token.size());
  return token;
}

// TakeParameterValue: a token, or what stands between two quotes; empty for anything else, an escaped character
// included: readers differ in whether they unescape.
std::string_view TakeParameterValue(std::string_view* rest) {
  if (!rest->starts_with('"')) return TakeToken(rest);
  const std::size_t end = rest->find_first_of("\"\\", 1);
  if (end == std::string_view::npos || (*rest)[end] != '"') return {};
  const std::string_view value = rest->substr(1, end - 1);
  rest->remove_prefix(end + 1);
  return value;
}

bool HoldsCharset(std::string_view text) {
  return std::search(text.begin(), text.end(), kCharset.begin(), kCharset.end(),
                     [](char a, char b) { return ToLower(a) == b; }) != text.end();
}

// IsUtf8MediaType: whether a media type (RFC 9110 section 8.3.1) says nothing else of its charset than `charset=utf-8`,
// once. The word may stand nowhere else in its parameters, so that no reader that splits them in another way, or goes
// by the last of several, finds a charset that was missed here.
bool IsUtf8MediaType(std::string_view type) {
  if (type.empty() || type == "application/json") return true;  // what clients send
  if (TakeToken(&type).empty() || !type.starts_with('/')) return false;
  type.remove_prefix(1);
  if (TakeToken(&type).empty()) return false;
  for (bool has_charset = false; !(type = Trim(type)).empty();) {
    if (!type.starts_with(';')) return false;
    type = Trim(type.substr(1));
    if (type.empty() || type.starts_with(';')) continue;
    const std::string_view name = TakeToken(&type);
    if (name.empty() || !type.starts_with('=')) return false;
    type.remove_prefix(1);
    const std::string_view value = TakeParameterValue(&type);
    if (value.empty() || HoldsCharset(value)) return false;
    if (!HoldsCharset(name)) continue;
    if (has_charset || !EqualsIgnoreCase(name, kCharset) || !EqualsIgnoreCase(value, "utf-8")) return false;
    has_charset = true;
  }
  return true;
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
  } else if (head.content_type.count > 1 || !IsUtf8MediaType(head.content_type.value)) {
    *why = "Content-Type is repeated, malformed, or names a charset other than utf-8";
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
