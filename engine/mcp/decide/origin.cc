#include "engine/mcp/decide/origin.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/base/url.h"
#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

// IsUuid: 8-4-4-4-12 hexadecimal digits (RFC 9562 section 4).
bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : HexDigit(text[i]) < 0) return false;
  }
  return true;
}

// IsExtension: whether `scheme` and `host` are the origin of one browser extension. The ids of Chromium are 32 letters
// from a to p.
bool IsExtension(std::string_view scheme, std::string_view host) {
  if (scheme == "chrome-extension") {
    return host.size() == 32 && std::all_of(host.begin(), host.end(), [](char c) { return c >= 'a' && c <= 'p'; });
  }
  return (scheme == "moz-extension" || scheme == "safari-web-extension") && IsUuid(host);
}

// IsLocalWithPort: whether kAnyLocalPort stands for `origin`.
bool IsLocalWithPort(std::string_view origin) {
  constexpr std::string_view kStart = kAnyLocalPort.substr(0, kAnyLocalPort.size() - 1);
  return origin.starts_with(kStart) && ParsePort(origin.substr(kStart.size())).has_value();
}

}  // namespace

bool IsOrigin(std::string_view text) {
  const auto uri = SplitUri(text);
  if (!uri || !uri->has_authority || uri->has_user || uri->host.empty() || !uri->path.empty() || uri->has_query ||
      uri->has_fragment) {
    return false;
  }
  if (uri->scheme != "https" && uri->scheme != "http") return !uri->has_port && IsExtension(uri->scheme, uri->host);
  // A star is a character of a host (RFC 3986 section 3.2.2), and here only ever meant as a pattern.
  return (!uri->has_port || HasOwnPort(*uri)) && LowerCase(text) == text && uri->host.find('*') == std::string::npos;
}

bool IsAllowedOrigin(const ScopePolicy& policy, std::string_view origin) {
  const auto& allowed = policy.config().allowed_origins;
  if (allowed.empty()) return origin == policy.own_origin();
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& one) {
    return one == kAnyLocalPort ? IsLocalWithPort(origin) : one == origin;
  });
}

}  // namespace assay::mcp
