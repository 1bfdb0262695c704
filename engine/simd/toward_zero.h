// The rounding that lanes by FMA need (lane_fma.h). Included by a lane type, within a target region.
#pragma once

#include "engine/simd/target_region.h"

namespace assay::simd {
namespace {

// TowardZero: while it lives, MXCSR rounds toward zero, masks every exception and flushes nothing to zero, whatever the
// host had; then the host's comes back, its flags included. The compiler knows nothing of rounding: what works under it
// must be in functions that are not inlined into the one that holds it, and nothing of theirs passes the fences.
class TowardZero {
 public:
  TowardZero() : host_(_mm_getcsr()) {
    _mm_setcsr(0x7F80);
    Fence();
  }
  ~TowardZero() {
    Fence();
    _mm_setcsr(host_);
  }
  TowardZero(const TowardZero&) = delete;
  TowardZero& operator=(const TowardZero&) = delete;

 private:
  static void Fence() { __asm__ volatile("" ::: "memory"); }

  const unsigned host_;
};

// AsTheHostHas: the mode of lanes that compute with integers alone.
struct AsTheHostHas {};

}  // namespace
}  // namespace assay::simd
