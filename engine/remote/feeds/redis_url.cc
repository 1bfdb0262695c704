#include "engine/remote/feeds/redis_url.h"

#include <charconv>
#include <optional>

namespace assay::feeds {
namespace {

std::optional<std::uint16_t> Number(std::string_view text) {
  std::uint16_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// RFC 3986 section 2.1.
std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    unsigned value = 0;
    const auto [rest, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    if (error != std::errc() || rest != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

}  // namespace

Result<RedisUrl> RedisUrl::Parse(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme)) return Error{"a URL that does not begin with redis://"};
  url.remove_prefix(kScheme.size());
  if (url.find_first_of("?#") != url.npos) return Error{"a redis:// URL with a query or a fragment"};
  RedisUrl out;
  if (const std::size_t at = url.rfind('@'); at != url.npos) {
    const std::string_view credentials = url.substr(0, at);
    url.remove_prefix(at + 1);
    const std::size_t colon = credentials.find(':');
    const auto user = PercentDecode(credentials.substr(0, colon));
    const auto password = colon == credentials.npos ? std::nullopt : PercentDecode(credentials.substr(colon + 1));
    if (!user || !password || password->empty()) return Error{"a redis:// URL whose credentials are not USER:PASSWORD"};
    out.user = *user;
    out.password = *password;
  }
  if (const std::size_t slash = url.find('/'); slash != url.npos) {
    const std::string_view database = url.substr(slash + 1);
    url = url.substr(0, slash);
    if (!database.empty()) {
      const auto number = Number(database);
      if (!number) return Error{"a redis:// URL whose database is no number"};
      out.database = *number;
    }
  }
  std::size_t host_end = url.find(':');
  if (url.starts_with('[')) {
    const std::size_t bracket = url.find(']');
    if (bracket == url.npos) return Error{"a redis:// URL with an unclosed ["};
    out.host = url.substr(1, bracket - 1);
    host_end = bracket + 1;
  } else {
    out.host = url.substr(0, host_end);
  }
  if (out.host.empty()) return Error{"a redis:// URL without a host"};
  const std::string_view port = host_end >= url.size() ? std::string_view() : url.substr(host_end);
  if (!port.empty()) {
    const auto number = port.front() == ':' ? Number(port.substr(1)) : std::nullopt;
    if (!number || *number == 0) return Error{"a redis:// URL whose port is none"};
    out.port = *number;
  }
  return out;
}

}  // namespace assay::feeds
