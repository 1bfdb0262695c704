// The lanes' arithmetic behind plain words, so that one test covers every lane type and size.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "engine/rsa/prepared_rsa.h"
#include "engine/rsa/rsa_verify.h"
#include "engine/simd/features.h"

namespace assay::rsa {

// Words are laid out limb by limb across the lanes: word i * lanes + j is limb i of lane j. All
// pointers are aligned to 64 bytes. minus_inverse has one word a lane.
struct LaneOps {
  const char* name;
  int lanes;
  unsigned bits;
  simd::FeatureSet required;
  // square: `times` times, one after the other.
  void (*square)(std::uint64_t* x, const std::uint64_t* n, const std::uint64_t* minus_inverse, int times);
  void (*multiply)(std::uint64_t* x, const std::uint64_t* y, const std::uint64_t* n,
                   const std::uint64_t* minus_inverse);
  // VerifyLanes: false when a padding lane passed.
  bool (*verify)(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid, RsaScratch& scratch);
};

// Empty on other architectures.
std::vector<LaneOps> IfmaOps();
std::vector<LaneOps> Avx512FOps();
std::vector<LaneOps> Avx2Ops();
std::vector<LaneOps> AvxIfmaOps();

inline std::vector<LaneOps> AllLaneOps() {
  std::vector<LaneOps> all;
  for (const auto& of : {IfmaOps(), AvxIfmaOps(), Avx512FOps(), Avx2Ops()}) all.insert(all.end(), of.begin(), of.end());
  return all;
}

// Runs 32 * `rounds` IFMA instructions in sixteen independent chains and returns their number: what
// the ports can do at best. Requires simd::kAvx512Ifma; returns 0 on other architectures.
std::size_t RunIfma(std::size_t rounds);

}  // namespace assay::rsa

namespace assay::testing {
// AllLaneOps() over emulated intrinsics, for any CPU.
std::vector<rsa::LaneOps> EmulatedLaneOps();
}  // namespace assay::testing
