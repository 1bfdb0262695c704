#include "engine/remote/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace assay::remote {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlphanumeric(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// RFC 3986 sections 3.3 and 3.4.
bool IsPathOrQuery(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsAlphanumeric(text[i]) || std::string_view("-._~!$&'()*+,;=:@/?").find(text[i]) != text.npos) continue;
    if (text[i] != '%' || i + 2 >= text.size() || !IsHex(text[i + 1]) || !IsHex(text[i + 2])) return false;
    i += 2;
  }
  return true;
}

// Labels of letters, digits, hyphens and underscores (which names in use have).
bool IsName(std::string_view host) {
  if (host.size() > 253) return false;
  for (;;) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_'; })) {
      return false;
    }
    if (dot == host.npos) return true;
    host.remove_prefix(dot + 1);
  }
}

// Whether resolvers might take `host` for an IPv4 address, in whatever notation: they do when its last
// label is a number.
bool LooksLikeIpv4(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.starts_with("0x")) return true;
  return !last.empty() && std::all_of(last.begin(), last.end(), IsDigit);
}

bool ReadHost(std::string_view text, Url* url) {
  unsigned char address[16];
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return false;
    url->host_kind = Url::HostKind::kIpv6;
    url->host = text.substr(1, text.size() - 2);
    return ::inet_pton(AF_INET6, url->host.c_str(), address) == 1;
  }
  url->host = text;
  std::transform(url->host.begin(), url->host.end(), url->host.begin(), Lower);
  if (!LooksLikeIpv4(url->host)) return IsName(url->host);
  url->host_kind = Url::HostKind::kIpv4;
  return ::inet_pton(AF_INET, url->host.c_str(), address) == 1;
}

}  // namespace

Result<Url> Url::Parse(std::string_view text) {
  if (text.size() > kMaxBytes) return Error{"the URL is too long"};
  // First of all: nothing below, and no header field that the URL is written into, meets a NUL or a line end.
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; })) {
    return Error{"the URL has a character that does not belong into one"};
  }
  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == text.npos) return Error{"the URL does not begin with https://"};
  std::string scheme(text.substr(0, scheme_end));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), Lower);
  if (scheme != "https" && scheme != "http") return Error{"the URL does not begin with https://"};
  url.https = scheme == "https";
  url.port = url.https ? 443 : 80;
  text.remove_prefix(scheme.size() + 3);

  if (text.find('#') != text.npos) return Error{"the URL has a fragment"};
  std::string_view authority = text.substr(0, text.find_first_of("/?"));
  const std::string_view rest = text.substr(authority.size());
  if (authority.find('@') != authority.npos) return Error{"the URL has a user name"};
  const std::size_t colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (colon != authority.npos) {
    const std::string_view port = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || end != port.data() + port.size() || url.port == 0 || !IsDigit(port[0])) {
      return Error{"the URL's port is no number from 1 to 65535"};
    }
  }
  if (!ReadHost(authority.substr(0, colon), &url)) return Error{"the URL's host is malformed"};
  if (!IsPathOrQuery(rest)) return Error{"the URL has a character that does not belong into one"};
  url.target = rest.starts_with('/') ? std::string(rest) : '/' + std::string(rest);
  if (!url.https && !url.IsLoopback()) return Error{"plain http is for this machine only; use https"};
  return url;
}

Result<Url> Url::Redirect(std::string_view location) const {
  Url next = *this;
  if (location.starts_with('/') && !location.starts_with("//")) {
    if (location.size() > kMaxBytes || !IsPathOrQuery(location)) return Error{"the redirect's target is malformed"};
    next.target = location;
    return next;
  }
  Result<Url> parsed = Parse(location);
  if (!parsed) return Error{"the redirect's target is refused: " + parsed.error()};
  if (parsed->https != https || parsed->host != host || parsed->port != port) {
    return Error{"the redirect leads to another origin"};
  }
  return parsed;
}

bool Url::IsLoopback() const {
  switch (host_kind) {
    case HostKind::kName:
      return host == "localhost";
    case HostKind::kIpv4:
      return host.starts_with("127.");
    case HostKind::kIpv6: {
      in6_addr address;
      return ::inet_pton(AF_INET6, host.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
    }
  }
  return false;
}

std::string Url::Authority() const {
  const std::string shown = host_kind == HostKind::kIpv6 ? '[' + host + ']' : host;
  return port == (https ? 443 : 80) ? shown : shown + ':' + std::to_string(port);
}

std::string Url::Text() const { return (https ? "https://" : "http://") + Authority() + target; }

}  // namespace assay::remote
