#include "engine/mcp/guards/registration.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/address_class.h"
#include "engine/base/arena.h"
#include "engine/base/text.h"
#include "engine/base/url.h"
#include "engine/json/strict.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

constexpr std::size_t kMaxDocumentBytes = 64 * 1024;

// What the checks below go by.
constexpr std::string_view kCheckedNames[] = {
    "redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method",
    "client_id",     "client_name", "client_secret",  "client_secret_expires_at"};

// Folded: a name as a reader that folds case has it, that of Go's encoding/json too, for which two letters beyond ASCII
// are an `s` and a `k`.
std::string Folded(std::string_view name) {
  std::string folded = LowerCase(name);
  for (const auto& [letter, ascii] : {std::pair<std::string_view, char>{"\u017F", 's'}, {"\u212A", 'k'}}) {
    for (std::size_t at = folded.find(letter); at != std::string::npos; at = folded.find(letter, at)) {
      folded.replace(at, letter.size(), 1, ascii);
    }
  }
  return folded;
}

// IsReadAsAnother: whether a member may be taken for one that is checked.
bool IsReadAsAnother(const json::Member& member) {
  const std::string folded = Folded(member.name);
  return folded != member.name && std::ranges::find(kCheckedNames, folded) != std::end(kCheckedNames);
}

class Document {
 public:
  // Open: false when `json` is no object, too large, read in two ways, or overruled by a statement that it holds.
  bool Open(std::string_view json) {
    return json.size() <= kMaxDocumentBytes && parser_.ParseCopy(json, arena_, &document_) == json::Status::kOk &&
           document_.root.kind == json::Kind::kObject && std::ranges::none_of(document_.members, IsReadAsAnother) &&
           Find("software_statement") == nullptr;
  }
  const json::Value* Find(std::string_view name) const { return json::Find(document_.members, name); }

  // Strings: the strings of a member that is an array of strings. Nothing when it is anything else.
  std::optional<std::vector<std::string_view>> Strings(std::string_view name) {
    const json::Value* const value = Find(name);
    if (value == nullptr || !json::IsArrayOfStrings(*value)) return std::nullopt;
    std::vector<std::string_view> strings;
    json::ForEachItem(*value, arena_, [&](const json::Value& item) {
      strings.push_back(item.text);
      return true;
    });
    return strings;
  }

  // AllOf: whether a member is absent, or holds strings of `allowed` only.
  bool AllOf(std::string_view name, std::initializer_list<std::string_view> allowed) {
    if (Find(name) == nullptr) return true;
    const auto strings = Strings(name);
    return strings && !strings->empty() && std::all_of(strings->begin(), strings->end(), [&](std::string_view text) {
             return std::find(allowed.begin(), allowed.end(), text) != allowed.end();
           });
  }

 private:
  json::StrictParser parser_;
  Arena arena_;
  json::Document document_;
};

GuardReason CheckUsesOfCode(Document& document) {
  if (document.Find("redirect_uris") == nullptr) return GuardReason::kRedirectUriMissing;
  const auto uris = document.Strings("redirect_uris");
  if (!uris) return GuardReason::kBadRedirectUri;
  if (uris->empty()) return GuardReason::kRedirectUriMissing;
  if (!std::all_of(uris->begin(), uris->end(), IsRedirectUri)) return GuardReason::kBadRedirectUri;
  if (!document.AllOf("grant_types", {"authorization_code", "refresh_token"})) return GuardReason::kGrantTypeNotAllowed;
  if (!document.AllOf("response_types", {"code"})) return GuardReason::kResponseTypeNotAllowed;
  return GuardReason::kOk;
}

// IsDnsName: labels of letters, digits and inner hyphens (RFC 1123 section 2.1). The last one begins with no digit:
// `2130706433` and `0x7f.1` are addresses too, in spellings that some resolvers take.
bool IsDnsName(std::string_view name) {
  if (name.size() > 253) return false;
  for (;;) {
    const std::string_view label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [&](char c) { return IsAlphanumeric(c) || c == '-'; })) {
      return false;
    }
    if (label.size() == name.size()) return !IsDigit(label[0]);
    name.remove_prefix(label.size() + 1);
  }
}

}  // namespace

bool IsRedirectUri(std::string_view text) {
  const auto uri = SplitUri(text);
  return uri && Url::Parse(text) && text.find('*') == std::string_view::npos && !HasDotSegment(text) &&
         !HidesSyntax(uri->path);
}

bool IsRegisteredRedirect(std::string_view registered, std::string_view requested) {
  if (!IsRedirectUri(requested)) return false;
  if (registered == requested) return true;
  const auto known = SplitUri(registered);
  const auto asked = SplitUri(requested);
  return IsRedirectUri(registered) && known->scheme == "http" && asked->scheme == "http" &&
         IsLoopbackHost(known->host) && known->host == asked->host && known->path == asked->path &&
         known->has_query == asked->has_query && known->query == asked->query;
}

GuardReason CheckRegistration(std::string_view json, bool allow_confidential) {
  Document document;
  if (!document.Open(json)) return GuardReason::kBadDocument;
  const GuardReason reason = CheckUsesOfCode(document);
  if (reason != GuardReason::kOk || allow_confidential) return reason;
  // RFC 7591 section 2: left out, the method would be client_secret_basic.
  const json::Value* const method = document.Find("token_endpoint_auth_method");
  const bool is_public = method != nullptr && json::IsString(*method) && method->text == "none";
  return is_public ? GuardReason::kOk : GuardReason::kAuthenticationMethodNotAllowed;
}

GuardReason CheckClientIdUrl(std::string_view client_id) {
  const auto uri = SplitUri(client_id);
  if (!uri || uri->scheme != "https" || !Url::Parse(client_id) || uri->path.size() < 2 || HasDotSegment(client_id) ||
      HidesSyntax(uri->path)) {
    return GuardReason::kBadClientId;
  }
  std::array<std::uint8_t, 16> address;
  std::string host(uri->host);
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), address.data()) != 1) return GuardReason::kBadClientId;
    return IsPublicAddress(address) ? GuardReason::kOk : GuardReason::kAddressNotPublic;
  }
  if (inet_pton(AF_INET, host.c_str(), address.data()) == 1) {
    return IsPublicAddress(std::span(address).first(4)) ? GuardReason::kOk : GuardReason::kAddressNotPublic;
  }
  if (!IsDnsName(host)) return GuardReason::kBadClientId;
  const std::string lower = LowerCase(host);
  const bool is_local = lower == "localhost" || lower.ends_with(".localhost");
  return is_local ? GuardReason::kAddressNotPublic : GuardReason::kOk;
}

GuardReason CheckClientMetadata(std::string_view client_id, std::string_view json) {
  GuardReason reason = CheckClientIdUrl(client_id);
  if (reason != GuardReason::kOk) return reason;
  Document document;
  if (!document.Open(json)) return GuardReason::kBadDocument;
  const json::Value* const own = document.Find("client_id");
  if (own == nullptr || !json::IsString(*own) || own->text != client_id) return GuardReason::kClientIdMismatch;
  const json::Value* const name = document.Find("client_name");
  if (name == nullptr || !json::IsString(*name) || name->text.empty()) return GuardReason::kClientNameMissing;
  if (document.Find("client_secret") != nullptr || document.Find("client_secret_expires_at") != nullptr) {
    return GuardReason::kSecretInDocument;
  }
  const json::Value* const method = document.Find("token_endpoint_auth_method");
  if (method != nullptr &&
      (!json::IsString(*method) || (method->text != "none" && method->text != "private_key_jwt"))) {
    return GuardReason::kAuthenticationMethodNotAllowed;
  }
  return CheckUsesOfCode(document);
}

bool IsPublicAddress(std::span<const std::uint8_t> address) { return ClassOfAddress(address) == AddressClass::kPublic; }

}  // namespace assay::mcp
