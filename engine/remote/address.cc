#include "engine/remote/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace assay::remote {
namespace {

struct Range4 {
  std::uint32_t network;
  int bits;
  AddressClass is;
};

// IANA's special-purpose registry, RFC 6890 and its successors.
constexpr Range4 kRanges4[] = {
    {0x00000000, 8, AddressClass::kForbidden},   // this network
    {0x0A000000, 8, AddressClass::kPrivate},     // RFC 1918
    {0x64400000, 10, AddressClass::kPrivate},    // RFC 6598, carrier-grade NAT
    {0x7F000000, 8, AddressClass::kLoopback},
    {0xA9FE0000, 16, AddressClass::kForbidden},  // link-local
    {0xAC100000, 12, AddressClass::kPrivate},    // RFC 1918
    {0xC0000000, 24, AddressClass::kForbidden},  // protocol assignments
    {0xC0000200, 24, AddressClass::kForbidden},  // documentation
    {0xC0586300, 24, AddressClass::kForbidden},  // 6to4 relays, RFC 7526
    {0xC0A80000, 16, AddressClass::kPrivate},    // RFC 1918
    {0xC6120000, 15, AddressClass::kForbidden},  // benchmarks
    {0xC6336400, 24, AddressClass::kForbidden},  // documentation
    {0xCB007100, 24, AddressClass::kForbidden},  // documentation
    {0xE0000000, 4, AddressClass::kForbidden},   // multicast
    {0xF0000000, 4, AddressClass::kForbidden},   // reserved, broadcast
};

AddressClass ClassOf4(const std::uint8_t* bytes) {
  const std::uint32_t address = static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
                                static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
  for (const Range4& range : kRanges4) {
    if ((address ^ range.network) >> (32 - range.bits) == 0) return range.is;
  }
  return AddressClass::kPublic;
}

bool HasPrefix(const std::uint8_t* bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::memcmp(bytes, prefix.begin(), prefix.size()) == 0;
}

AddressClass ClassOf6(const std::uint8_t* b) {
  const std::uint8_t* const last4 = b + 12;
  constexpr std::uint8_t kLoopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (std::memcmp(b, kLoopback6, 16) == 0) return AddressClass::kLoopback;
  if (HasPrefix(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return ClassOf4(last4);  // mapped
  if (HasPrefix(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) return ClassOf4(last4);        // compatible; ::
  if (HasPrefix(b, {0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return ClassOf4(last4);  // NAT64
  if (HasPrefix(b, {0x20, 0x02})) return ClassOf4(b + 2);                                       // 6to4
  if ((b[0] & 0xFE) == 0xFC) return AddressClass::kPrivate;                                     // RFC 4193
  if (HasPrefix(b, {0x20, 0x01, 0x0D, 0xB8})) return AddressClass::kForbidden;  // documentation
  if (HasPrefix(b, {0x3F, 0xFF}) && (b[2] & 0xF0) == 0) return AddressClass::kForbidden;  // documentation, RFC 9637
  if (HasPrefix(b, {0x20, 0x01}) && (b[2] & 0xFE) == 0) return AddressClass::kForbidden;  // Teredo, ORCHID
  // Global unicast is 2000::/3 alone: what lies outside is link-local, multicast or unassigned.
  return (b[0] & 0xE0) == 0x20 ? AddressClass::kPublic : AddressClass::kForbidden;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  IpAddress address;
  const std::string copy(text);
  if (std::strlen(copy.c_str()) != text.size()) return std::nullopt;  // inet_pton would read up to the NUL
  address.is_v6_ = copy.find(':') != std::string::npos;
  if (::inet_pton(address.is_v6_ ? AF_INET6 : AF_INET, copy.c_str(), address.bytes_) != 1) return std::nullopt;
  return address;
}

AddressClass IpAddress::Class() const { return is_v6_ ? ClassOf6(bytes_) : ClassOf4(bytes_); }

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
