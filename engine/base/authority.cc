#include "engine/base/authority.h"

#include "engine/base/text.h"
#include "engine/base/url.h"

namespace assay {
namespace {

// RFC 3986 section 2.1.
std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int value = PercentEscape(text, i);
    if (value < 0) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

// USER:PASSWORD. Whoever writes an `@` into them writes `%40`: otherwise readers find different hosts.
bool ReadCredentials(std::string_view text, Authority* out) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos || text.find('@') != text.npos) return false;
  const auto user = PercentDecode(text.substr(0, colon));
  const auto password = PercentDecode(text.substr(colon + 1));
  if (!user || !password || password->empty()) return false;
  out->user = *user;
  out->password = *password;
  return true;
}

}  // namespace

Result<Authority> Authority::Parse(std::string_view text) {
  Authority out;
  if (const std::size_t at = text.rfind('@'); at != text.npos) {
    if (!ReadCredentials(text.substr(0, at), &out)) return Error{"credentials are not USER:PASSWORD"};
    text.remove_prefix(at + 1);
  }
  const std::size_t colon = text.find(':', text.starts_with('[') ? text.find(']') : 0);
  if (colon != text.npos) {
    out.port = ParsePort(text.substr(colon + 1));
    if (!out.port) return Error{"port is none"};
  }
  const std::string_view host = text.substr(0, colon);
  const std::optional<HostKind> kind = KindOfHost(host);
  if (!kind) return Error{"host is none"};
  out.is_ipv6 = *kind == HostKind::kIpv6;
  out.host = out.is_ipv6 ? host.substr(1, host.size() - 2) : host;
  return out;
}

}  // namespace assay
