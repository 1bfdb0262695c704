#include "engine/base/redis_url.h"

#include <algorithm>
#include <optional>

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
bool ReadCredentials(std::string_view text, RedisUrl* out) {
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

Result<RedisUrl> RedisUrl::Parse(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme)) return Error{"a URL that does not begin with redis://"};
  url.remove_prefix(kScheme.size());
  if (!std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7F' && c != '\\'; })) {
    return Error{"a redis:// URL with a character that does not belong into one"};
  }
  if (url.find_first_of("?#") != url.npos) return Error{"a redis:// URL with a query or a fragment"};
  RedisUrl out;
  std::string_view authority = url.substr(0, url.find('/'));
  const std::string_view path = url.substr(authority.size());
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
    if (!ReadCredentials(authority.substr(0, at), &out)) {
      return Error{"a redis:// URL whose credentials are not USER:PASSWORD"};
    }
    authority.remove_prefix(at + 1);
  }
  if (path.size() > 1) {
    const auto number = ParseNumber<std::uint16_t>(path.substr(1));
    if (!number) return Error{"a redis:// URL whose database is no number"};
    out.database = *number;
  }
  const std::size_t colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (colon != authority.npos) {
    const auto port = ParsePort(authority.substr(colon + 1));
    if (!port) return Error{"a redis:// URL whose port is none"};
    out.port = *port;
  }
  const std::string_view host = authority.substr(0, colon);
  const std::optional<HostKind> kind = KindOfHost(host);
  if (!kind) return Error{"a redis:// URL whose host is none"};
  out.host = *kind == HostKind::kIpv6 ? host.substr(1, host.size() - 2) : host;
  return out;
}

}  // namespace assay
