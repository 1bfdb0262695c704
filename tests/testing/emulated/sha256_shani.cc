// The SHA-NI kernels, emulated.
#include "engine/digest/sha256_lanes.h"

namespace assay::sha256_emulated {
using namespace sha256;
extern const Sha256Kernel kShaNi3;
extern const Sha256Kernel kShaNi2;
}  // namespace assay::sha256_emulated

#define sha256 sha256_emulated
#include "engine/digest/sha256_shani.cc"
