// The probes of the P-256 lanes, emulated.
#include "tests/engine/p256/lane_probe.h"

#include "tests/testing/emulated/p256.h"

namespace assay::p256_emulated {
extern const LaneProbe kProbeIfma;
extern const LaneProbe kProbeAvx512F;
extern const LaneProbe kProbeAvx2;
extern const LaneProbe kProbeAvxIfma;
}  // namespace assay::p256_emulated

#define p256 p256_emulated
#include "tests/engine/p256/lane_probe_avx2.cc"
#include "tests/engine/p256/lane_probe_avx512f.cc"
#include "tests/engine/p256/lane_probe_avx512ifma.cc"
#include "tests/engine/p256/lane_probe_avxifma.cc"
#undef p256

namespace assay::testing {

std::vector<const p256::LaneProbe*> EmulatedLaneProbes() {
  const auto emulated = [](p256::LaneProbe probe, const char* name) {
    probe.name = name;
    probe.required = 0;
    return probe;
  };
  static const p256::LaneProbe probes[] = {emulated(p256_emulated::kProbeIfma, "avx512ifma_emulated"),
                                           emulated(p256_emulated::kProbeAvxIfma, "avxifma_emulated"),
                                           emulated(p256_emulated::kProbeAvx512F, "avx512f_emulated"),
                                           emulated(p256_emulated::kProbeAvx2, "avx2_emulated")};
  return {&probes[0], &probes[1], &probes[2], &probes[3]};
}

}  // namespace assay::testing
