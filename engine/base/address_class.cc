#include "engine/base/address_class.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>

namespace assay {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct Range4 {
  std::uint32_t network;
  int bits;
  AddressClass is;
};

constexpr Range4 kRanges4[] = {
    {0x00000000, 8, AddressClass::kForbidden},  // this network
    {0x0A000000, 8, AddressClass::kPrivate},    // RFC 1918
    {0x64400000, 10, AddressClass::kPrivate},   // RFC 6598, carrier-grade NAT
    {0x7F000000, 8, AddressClass::kLoopback},   {0xA9FE0000, 16, AddressClass::kForbidden},  // link-local
    {0xAC100000, 12, AddressClass::kPrivate},                                                // RFC 1918
    {0xC0000000, 24, AddressClass::kForbidden},                                              // protocol assignments
    {0xC0000200, 24, AddressClass::kForbidden},                                              // documentation
    {0xC0586300, 24, AddressClass::kForbidden},                                              // 6to4 relays, RFC 7526
    {0xC0A80000, 16, AddressClass::kPrivate},                                                // RFC 1918
    {0xC6120000, 15, AddressClass::kForbidden},                                              // benchmarks
    {0xC6336400, 24, AddressClass::kForbidden},                                              // documentation
    {0xCB007100, 24, AddressClass::kForbidden},                                              // documentation
    {0xE0000000, 4, AddressClass::kForbidden},                                               // multicast
    {0xF0000000, 4, AddressClass::kForbidden},                                               // reserved, broadcast
};

AddressClass ClassOf4(Bytes b) {
  std::uint32_t address = 0;
  for (const std::uint8_t byte : b) address = address << 8 | byte;
  for (const Range4& range : kRanges4) {
    if ((address ^ range.network) >> (32 - range.bits) == 0) return range.is;
  }
  return AddressClass::kPublic;
}

AddressClass PublicOrForbidden(Bytes b) {
  return ClassOf4(b) == AddressClass::kPublic ? AddressClass::kPublic : AddressClass::kForbidden;
}

bool HasPrefix(Bytes b, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), b.begin());
}

AddressClass ClassOf6(Bytes b) {
  if (HasPrefix(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})) return AddressClass::kLoopback;
  if (HasPrefix(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return ClassOf4(b.last(4));
  if (HasPrefix(b, {0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return PublicOrForbidden(b.last(4));  // NAT64
  if (HasPrefix(b, {0x20, 0x02})) return PublicOrForbidden(b.subspan(2, 4));                                // 6to4
  if ((b[0] & 0xFE) == 0xFC) return AddressClass::kPrivate;                                                 // RFC 4193
  if (HasPrefix(b, {0x20, 0x01, 0x0D, 0xB8})) return AddressClass::kForbidden;            // documentation
  if (HasPrefix(b, {0x3F, 0xFF}) && (b[2] & 0xF0) == 0) return AddressClass::kForbidden;  // documentation, RFC 9637
  if (HasPrefix(b, {0x20, 0x01}) && (b[2] & 0xFE) == 0) return AddressClass::kForbidden;  // Teredo, ORCHID
  // Global unicast is 2000::/3 alone: what lies outside is link-local, multicast, IPv4-compatible or unassigned.
  return (b[0] & 0xE0) == 0x20 ? AddressClass::kPublic : AddressClass::kForbidden;
}

}  // namespace

AddressClass ClassOfAddress(Bytes address) {
  if (address.size() == 4) return ClassOf4(address);
  return address.size() == 16 ? ClassOf6(address) : AddressClass::kForbidden;
}

}  // namespace assay
