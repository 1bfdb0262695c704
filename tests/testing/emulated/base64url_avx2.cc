// The AVX2 kernel of base64url, emulated.
#include "engine/base64url/decode.h"

namespace assay::base64url_emulated {
using namespace base64url;
extern const Kernel kAvx2;
}  // namespace assay::base64url_emulated

#define base64url base64url_emulated
#include "engine/base64url/base64url_avx2.cc"
