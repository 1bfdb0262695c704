// RSA keys for tests only: made once for this tree, published with it, and worth nothing.
// Generating them anew would take most of a test's time.
#pragma once

#include <span>

namespace assay::load {

// RsaTestKeys: PEM private keys; the first two have 2048 bits, the third has 3072.
std::span<const char* const> RsaTestKeys();

}  // namespace assay::load
