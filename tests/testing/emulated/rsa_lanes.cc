// The IFMA lanes of RSA for rsa_lanes_test, emulated.
#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/prepared_rsa.h"
#include "tests/engine/rsa/lane_ops.h"

namespace assay::rsa_emulated {
using namespace rsa;
std::vector<LaneOps> IfmaOps();
std::size_t RunIfma(std::size_t rounds);
}  // namespace assay::rsa_emulated

#define rsa rsa_emulated
#include "tests/engine/rsa/rsa_lanes_ifma.cc"
#undef rsa

namespace assay::testing {

std::vector<rsa::LaneOps> EmulatedIfmaOps() {
  std::vector<rsa::LaneOps> all = rsa_emulated::IfmaOps();
  for (rsa::LaneOps& ops : all) {
    ops.name = "avx512ifma_emulated";
    ops.required = 0;
  }
  return all;
}

}  // namespace assay::testing
