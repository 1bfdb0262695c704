// The lanes of RSA for rsa_lanes_test, emulated.
#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/prepared_rsa.h"
#include "tests/engine/rsa/lane_ops.h"

namespace assay::rsa_emulated {
using namespace rsa;
std::vector<LaneOps> IfmaOps();
std::vector<LaneOps> Avx512FOps();
std::vector<LaneOps> Avx2Ops();
std::vector<LaneOps> AvxIfmaOps();
std::size_t RunIfma(std::size_t rounds);
}  // namespace assay::rsa_emulated

#define rsa rsa_emulated
#include "tests/engine/rsa/rsa_lanes_avx2.cc"
#include "tests/engine/rsa/rsa_lanes_avx512f.cc"
#include "tests/engine/rsa/rsa_lanes_avxifma.cc"
#include "tests/engine/rsa/rsa_lanes_ifma.cc"
#undef rsa

namespace assay::testing {

std::vector<rsa::LaneOps> EmulatedLaneOps() {
  std::vector<rsa::LaneOps> all;
  const auto add = [&](const std::vector<rsa::LaneOps>& some, const char* name) {
    for (rsa::LaneOps ops : some) {
      ops.name = name;
      ops.required = 0;
      all.push_back(ops);
    }
  };
  add(rsa_emulated::IfmaOps(), "avx512ifma_emulated");
  add(rsa_emulated::AvxIfmaOps(), "avxifma_emulated");
  add(rsa_emulated::Avx512FOps(), "avx512f_emulated");
  add(rsa_emulated::Avx2Ops(), "avx2_emulated");
  return all;
}

}  // namespace assay::testing
