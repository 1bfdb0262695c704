// IpAddress: where a connection goes, and whether it may go there.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::remote {

enum class AddressClass : std::uint8_t {
  kPublic,
  kPrivate,   // RFC 1918, RFC 6598, RFC 4193: reachable when the configuration allows it
  kLoopback,
  kForbidden  // link-local (cloud metadata services), multicast, unspecified, documentation, reserved
};

class IpAddress {
 public:
  // An IPv4 or IPv6 address as inet_pton reads it; no zone.
  static std::optional<IpAddress> Parse(std::string_view text);

  // An address that carries an IPv4 address inside (mapped, compatible, NAT64, 6to4) is of that
  // address's class: the packets may end there.
  AddressClass Class() const;

  // Fills `out` and returns its length.
  socklen_t ToSocket(std::uint16_t port, sockaddr_storage* out) const;
  std::string Text() const;

 private:
  bool is_v6_ = false;
  std::uint8_t bytes_[16] = {};
};

}  // namespace assay::remote
