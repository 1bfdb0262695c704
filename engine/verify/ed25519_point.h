// Validates an Ed25519 public key at import. BoringSSL has no function for it: its verification rejects an
// invalid encoding each time, and accepts points of small order.
#pragma once

#include <cstdint>
#include <span>

namespace assay {

// IsSoundEd25519Point: whether `encoded` (32 bytes) is a point as RFC 8032 section 5.1.3 decodes it, spelled
// canonically, and not of small order. Under one of the eight points of small order a signature proves nothing: for the
// identity, R of 1 and S of 0 are valid for every message.
bool IsSoundEd25519Point(std::span<const std::uint8_t, 32> encoded);

}  // namespace assay
