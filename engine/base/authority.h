// Authority: [[USER]:PASSWORD@]HOST[:PORT], the part of a URL that says whom to talk to (RFC 3986 section 3.2), as
// Redis servers and proxies are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay {

struct Authority {
  std::string user, password;  // percent-decoded; empty: none
  std::string host;            // IPv6 addresses without their brackets
  bool is_ipv6 = false;
  std::optional<std::uint16_t> port;

  // HostText: the host as it stands in a URL.
  std::string HostText() const { return is_ipv6 ? "[" + host + "]" : host; }

  // Parse: hosts and ports are those of any Url, so that no two readers find different machines. The messages go on
  // after "a URL whose", and hold no part of the text.
  static Result<Authority> Parse(std::string_view text);
};

}  // namespace assay
