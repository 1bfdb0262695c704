// IpAddress: where a connection goes, and whether it may go there.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/address_class.h"

namespace assay::remote {

class IpAddress {
 public:
  // Parse: an IPv4 or IPv6 address as inet_pton reads it; no zone.
  static std::optional<IpAddress> Parse(std::string_view text);

  bool is_v6() const { return is_v6_; }
  AddressClass Class() const;

  // IsWithin: whether the first `bits` bits are those of `network`, an address of the same family that has as many.
  bool IsWithin(const IpAddress& network, int bits) const;

  // ToSocket: fills `out` and returns its length.
  socklen_t ToSocket(std::uint16_t port, sockaddr_storage* out) const;
  std::string Text() const;

 private:
  bool is_v6_ = false;
  std::uint8_t bytes_[16] = {};
};

}  // namespace assay::remote
