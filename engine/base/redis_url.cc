#include "engine/base/redis_url.h"

#include <algorithm>

#include "engine/base/text.h"

namespace assay {

Result<RedisUrl> RedisUrl::Parse(std::string_view url) {
  constexpr std::string_view kPlain = "redis://", kTls = "rediss://";
  RedisUrl out;
  out.tls = url.starts_with(kTls);
  if (!out.tls && !url.starts_with(kPlain)) return Error{"a URL that begins with neither redis:// nor rediss://"};
  url.remove_prefix((out.tls ? kTls : kPlain).size());
  if (!std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7F' && c != '\\'; })) {
    return Error{"a redis:// URL with a character that does not belong into one"};
  }
  if (url.find_first_of("?#") != url.npos) return Error{"a redis:// URL with a query or a fragment"};
  const std::string_view authority = url.substr(0, url.find('/'));
  const std::string_view path = url.substr(authority.size());
  Result<Authority> server = Authority::Parse(authority);
  if (!server) return Error{"a redis:// URL whose " + server.error()};
  out.server = std::move(*server);
  if (path.size() > 1) {
    const auto number = ParseNumber<std::uint16_t>(path.substr(1));
    if (!number) return Error{"a redis:// URL whose database is no number"};
    out.database = *number;
  }
  return out;
}

}  // namespace assay
