#include "engine/base/proxy_url.h"

#include <algorithm>
#include <string>

namespace assay {

Result<Authority> ParseProxy(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return Error{"a proxy whose URL does not begin with http://"};
  text.remove_prefix(kScheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  Result<Authority> proxy = Authority::Parse(text);
  if (!proxy) return Error{"a proxy whose " + proxy.error()};
  if (!proxy->port) return Error{"a proxy without a port"};
  // Basic credentials (RFC 7617) end the user at the first colon, and cannot hold control characters.
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; };
  const std::string both = proxy->user + proxy->password;
  if (proxy->user.find(':') != std::string::npos || std::any_of(both.begin(), both.end(), is_control)) {
    return Error{"a proxy whose credentials cannot be sent"};
  }
  return proxy;
}

}  // namespace assay
