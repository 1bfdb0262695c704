// AddressClass: public, private, loopback or forbidden, by IANA's special-purpose address registries (RFC 6890 and
// its successors). The check against server-side request forgery (SSRF).
#pragma once

#include <cstdint>
#include <span>

namespace assay {

enum class AddressClass : std::uint8_t {
  kPublic,
  kPrivate,  // RFC 1918, RFC 6598, RFC 4193: reachable when a configuration allows it
  kLoopback,
  kForbidden  // link-local (cloud metadata services), multicast, unspecified, documentation, reserved, and no address
};

// ClassOfAddress: the class of an address of 4 bytes (IPv4) or 16 (IPv6), in network order. An IPv4 address embedded in
// an IPv6 one counts where packets may end up: a mapped address (RFC 4291 section 2.5.5.2) has the class of the address
// that it maps. NAT64 and 6to4 are for public addresses alone (RFC 6052 section 3.1, RFC 3056 section 2), so any other
// inside them is forbidden. IPv4-compatible addresses (`::a.b.c.d`, deprecated by RFC 4291 section 2.5.5.1) are
// forbidden whatever they hold.
AddressClass ClassOfAddress(std::span<const std::uint8_t> address);

}  // namespace assay
