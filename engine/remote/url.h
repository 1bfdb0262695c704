// Url: an http or https URL that this library is willing to fetch (RFC 3986, and stricter).
//
// Refused: user names, fragments, anything but printable ASCII of the grammar, ports outside 1..65535,
// IPv4 in any spelling but four decimal numbers, host names that end in a dot, and plain http to any
// host but this machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay::remote {

struct Url {
  enum class HostKind : std::uint8_t { kName, kIpv4, kIpv6 };

  bool https = true;
  HostKind host_kind = HostKind::kName;
  std::string host;  // lower case; IPv6 without its brackets
  std::uint16_t port = 443;
  std::string target;  // path and query; begins with a slash

  static constexpr std::size_t kMaxBytes = 2048;

  static Result<Url> Parse(std::string_view text);

  // Where a redirect from this URL leads: `location` is an absolute path, or a URL of the same
  // origin (scheme, host and port). Anything else is an error.
  Result<Url> Redirect(std::string_view location) const;

  // The host names this machine whatever a resolver says: `localhost`, 127.0.0.0/8, ::1.
  bool IsLoopback() const;

  // host[:port] as the Host field has it (RFC 9110 section 7.2).
  std::string Authority() const;
  std::string Text() const;
};

}  // namespace assay::remote
