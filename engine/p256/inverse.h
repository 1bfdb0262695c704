// Modular inverses of single numbers in variable time, by the divsteps of Bernstein and Yang
// ("Fast constant-time gcd computation and modular inversion", 2019) in batches of 62.
#pragma once

#include "engine/p256/u256.h"

namespace assay::p256 {

// InverseModPVartime, InverseModNVartime: 1/a mod m, for m = p and m = n, in [0, m). Requires a < m. Returns 0 for
// a = 0.
U256 InverseModPVartime(const U256& a);
U256 InverseModNVartime(const U256& a);

}  // namespace assay::p256
