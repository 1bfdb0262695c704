// Url: an http or https URL that this library is willing to fetch (RFC 3986, and stricter), and the parts of it that
// URLs of other schemes are made of. The one place that says what a host, a port and this machine are: configuration,
// fetches, MCP's policies and guards, and Redis ask here.
//
// Refused: user names, fragments, anything but printable ASCII of the grammar, ports outside 1..65535 or with leading
// zeros, IPv4 in any spelling but four decimal numbers, host names that end in a dot, and plain http to any host but
// this machine, unless the caller allows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay {

enum class HostKind : std::uint8_t { kName, kIpv4, kIpv6 };

// KindOfHost: what kind of host `host` is, as it stands in a URL: in either letter case, IPv6 in its brackets. Nothing
// when it is none, or has a spelling that only some resolvers take: `127.1`, `0x7f.1`, `h.`.
std::optional<HostKind> KindOfHost(std::string_view host);

// IsUsualHost: whether `host` is a host in its canonical spelling, letter case aside: `[::1]`, and not `[0::1]` (RFC
// 5952).
bool IsUsualHost(std::string_view host);

// IsLoopbackHost: whether `host` names this machine whatever a resolver says: `localhost`, 127.0.0.0/8, `[::1]`.
bool IsLoopbackHost(std::string_view host);

// ParsePort: a port from 1 to 65535, in digits without leading zeros.
std::optional<std::uint16_t> ParsePort(std::string_view text);

struct Url {
  using HostKind = assay::HostKind;

  bool https = true;
  HostKind host_kind = HostKind::kName;
  std::string host;  // lower case; IPv6 as in RFC 5952, without its brackets
  std::uint16_t port = 443;
  std::string target;  // path and query; begins with a slash

  static constexpr std::size_t kMaxBytes = 2048;

  // Parse: `plain` says to whom plain http may lead.
  enum class PlainHttp : std::uint8_t { kThisMachine, kAnywhere };
  static Result<Url> Parse(std::string_view text, PlainHttp plain = PlainHttp::kThisMachine);

  // HasOriginOf: whether both have the same scheme, host and port (RFC 6454 section 4).
  bool HasOriginOf(const Url& other) const;

  // Redirect: where a redirect from this URL leads. `location` is an absolute path, or a URL of the same origin
  // (scheme, host and port); anything else is an error.
  Result<Url> Redirect(std::string_view location) const;

  // IsLoopback: IsLoopbackHost() of the host.
  bool IsLoopback() const;

  // HostText, Authority: the host as it stands in a URL, and host[:port] as the Host field has it (RFC 9110 section
  // 7.2).
  std::string HostText() const;
  std::string Authority() const;
  std::string Text() const;
};

}  // namespace assay
