#include "engine/base/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace assay {
namespace {

// RFC 3986 sections 3.3 and 3.4.
bool IsPathOrQuery(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsAlphanumeric(text[i]) || std::string_view("-._~!$&'()*+,;=:@/?").find(text[i]) != text.npos) continue;
    if (PercentEscape(text, i) < 0) return false;
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
  if (last.starts_with("0x") || last.starts_with("0X")) return true;
  return !last.empty() && std::all_of(last.begin(), last.end(), IsDigit);
}

// The one usual spelling of an IP address, in lower case, in `out`: `::1` for `0::1`. Empty when `text` is no address.
std::string_view UsualAddress(int family, std::string_view text, std::array<char, INET6_ADDRSTRLEN>* out) {
  std::array<char, INET6_ADDRSTRLEN> name{};
  std::array<std::uint8_t, 16> address;
  if (text.size() >= name.size()) return {};
  std::copy(text.begin(), text.end(), name.begin());
  if (name[text.size()] != '\0' || std::string_view(name.data()) != text) return {};  // a NUL inside
  if (::inet_pton(family, name.data(), address.data()) != 1) return {};
  return ::inet_ntop(family, address.data(), out->data(), INET6_ADDRSTRLEN);
}

std::string_view WithoutBrackets(std::string_view host) { return host.substr(1, host.size() - 2); }

bool IsLocalhost(std::string_view host) { return EqualsIgnoreCase(host, "localhost"); }

}  // namespace

std::optional<HostKind> KindOfHost(std::string_view host) {
  std::array<char, INET6_ADDRSTRLEN> usual;
  if (host.starts_with('[')) {
    const bool is_address = host.ends_with(']') && !UsualAddress(AF_INET6, WithoutBrackets(host), &usual).empty();
    return is_address ? std::optional(HostKind::kIpv6) : std::nullopt;
  }
  if (LooksLikeIpv4(host)) {
    return UsualAddress(AF_INET, host, &usual).empty() ? std::nullopt : std::optional(HostKind::kIpv4);
  }
  return IsName(host) ? std::optional(HostKind::kName) : std::nullopt;
}

bool IsUsualHost(std::string_view host) {
  std::array<char, INET6_ADDRSTRLEN> buffer;
  const std::optional<HostKind> kind = KindOfHost(host);
  if (!kind || *kind != HostKind::kIpv6) return kind.has_value();
  const std::string_view text = WithoutBrackets(host);
  const std::string_view usual = UsualAddress(AF_INET6, text, &buffer);
  return EqualsIgnoreCase(text, usual);
}

bool IsLoopbackHost(std::string_view host) {
  const std::optional<HostKind> kind = KindOfHost(host);
  if (!kind) return false;
  if (*kind == HostKind::kIpv4) return host.starts_with("127.");
  std::array<char, INET6_ADDRSTRLEN> usual;
  if (*kind == HostKind::kIpv6) return UsualAddress(AF_INET6, WithoutBrackets(host), &usual) == "::1";
  return IsLocalhost(host);
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  if (text.empty() || text[0] == '0' || !std::all_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  return ParseNumber<std::uint16_t>(text);
}

Result<Url> Url::Parse(std::string_view text, PlainHttp plain) {
  if (text.size() > kMaxBytes) return Error{"the URL is too long"};
  // First of all: nothing below, and no header field that the URL is written into, meets a NUL or a line end.
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; })) {
    return Error{"the URL has a character that does not belong into one"};
  }
  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == text.npos) return Error{"the URL does not begin with https://"};
  std::string scheme(text.substr(0, scheme_end));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), ToLower);
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
    const std::optional<std::uint16_t> port = ParsePort(authority.substr(colon + 1));
    if (!port) return Error{"the URL's port is no number from 1 to 65535"};
    url.port = *port;
  }
  const std::string_view host = authority.substr(0, colon);
  const std::optional<HostKind> kind = KindOfHost(host);
  if (!kind) return Error{"the URL's host is malformed"};
  url.host_kind = *kind;
  std::array<char, INET6_ADDRSTRLEN> usual;
  url.host = *kind == HostKind::kIpv6 ? UsualAddress(AF_INET6, WithoutBrackets(host), &usual) : host;
  std::transform(url.host.begin(), url.host.end(), url.host.begin(), ToLower);
  if (!IsPathOrQuery(rest)) return Error{"the URL has a character that does not belong into one"};
  url.target = rest.starts_with('/') ? std::string(rest) : '/' + std::string(rest);
  if (!url.https && plain == PlainHttp::kThisMachine && !url.IsLoopback()) {
    return Error{"plain http is for this machine only; use https"};
  }
  return url;
}

Result<Url> Url::Redirect(std::string_view location) const {
  Url next = *this;
  if (location.starts_with('/') && !location.starts_with("//")) {
    if (location.size() > kMaxBytes || !IsPathOrQuery(location)) return Error{"the redirect's target is malformed"};
    next.target = location;
    return next;
  }
  Result<Url> parsed = Parse(location, https ? PlainHttp::kThisMachine : PlainHttp::kAnywhere);
  if (!parsed) return Error{"the redirect's target is refused: " + parsed.error()};
  if (!HasOriginOf(*parsed)) return Error{"the redirect leads to another origin"};
  return parsed;
}

bool Url::HasOriginOf(const Url& other) const {
  return https == other.https && host == other.host && port == other.port;
}

bool Url::IsLoopback() const { return IsLoopbackHost(HostText()); }

std::string Url::HostText() const { return host_kind == HostKind::kIpv6 ? '[' + host + ']' : host; }

std::string Url::Authority() const {
  return port == (https ? 443 : 80) ? HostText() : HostText() + ':' + std::to_string(port);
}

std::string Url::Text() const { return (https ? "https://" : "http://") + Authority() + target; }

}  // namespace assay
