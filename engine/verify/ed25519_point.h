// The judgement of an Ed25519 public key, for the day it is installed. BoringSSL has no function for
// it: its verification refuses what is no point each time, and accepts points of small order.
#pragma once

#include <cstdint>
#include <span>

namespace assay {

// Whether `encoded` (32 bytes) is a point as RFC 8032 section 5.1.3 decodes it, spelled canonically,
// and of large order. Under a key of one of the eight small orders a signature says nothing: for the
// neutral element, R of 1 and S of 0 are valid for every message.
bool IsSoundEd25519Point(std::span<const std::uint8_t, 32> encoded);

}  // namespace assay
