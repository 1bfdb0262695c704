// The probe of the eight P-256 lanes, emulated.
#include "tests/engine/p256/lane8_probe.h"

#include "tests/testing/emulated/p256.h"

namespace assay::p256_emulated {
extern const Lane8Probe kLane8Ifma;
}  // namespace assay::p256_emulated

#define p256 p256_emulated
#define SumMatchesMulx SumMatchesEmulated
#include "tests/engine/p256/lane8_probe_avx512ifma.cc"
#undef p256

namespace assay::testing {

const p256::Lane8Probe& EmulatedLane8() {
  static const p256::Lane8Probe probe = [] {
    p256::Lane8Probe renamed = p256_emulated::kLane8Ifma;
    renamed.name = "avx512ifma_emulated";
    return renamed;
  }();
  return probe;
}

}  // namespace assay::testing
