#include "engine/remote/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace assay::remote {

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  IpAddress address;
  const std::string copy(text);
  if (std::strlen(copy.c_str()) != text.size()) return std::nullopt;  // inet_pton would read up to the NUL
  address.is_v6_ = copy.find(':') != std::string::npos;
  if (::inet_pton(address.is_v6_ ? AF_INET6 : AF_INET, copy.c_str(), address.bytes_) != 1) return std::nullopt;
  return address;
}

AddressClass IpAddress::Class() const { return ClassOfAddress({bytes_, is_v6_ ? 16u : 4u}); }

bool IpAddress::IsWithin(const IpAddress& network, int bits) const {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (std::memcmp(bytes_, network.bytes_, whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || (bytes_[whole] ^ network.bytes_[whole]) >> (8 - rest) == 0;
}

socklen_t IpAddress::ToSocket(std::uint16_t port, sockaddr_storage* out) const {
  std::memset(out, 0, sizeof *out);
  if (is_v6_) {
    auto* const to = reinterpret_cast<sockaddr_in6*>(out);
    to->sin6_family = AF_INET6;
    to->sin6_port = htons(port);
    std::memcpy(&to->sin6_addr, bytes_, 16);
    return sizeof *to;
  }
  auto* const to = reinterpret_cast<sockaddr_in*>(out);
  to->sin_family = AF_INET;
  to->sin_port = htons(port);
  std::memcpy(&to->sin_addr, bytes_, 4);
  return sizeof *to;
}

std::string IpAddress::Text() const {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(is_v6_ ? AF_INET6 : AF_INET, bytes_, text, sizeof text);
  return text;
}

}  // namespace assay::remote
