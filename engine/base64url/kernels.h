// The ways base64url is decoded here, for those who test, time or list them. Everyone else calls
// Decode() of base64url.h, which uses the active one.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "engine/simd/kernel_list.h"

namespace assay::base64url {

// Kernel: how one implementation decodes. Immutable, static storage. All give the same bytes and the same position of
// the same error.
struct Kernel {
  const char* name;
  simd::FeatureSet required;  // what the CPU must have
  // decode: the contract of base64url::Decode. Reads nothing outside `encoded`, and after an error too has written
  // nothing beyond the DecodedSize(encoded.size()) bytes of `out`.
  std::size_t (*decode)(std::string_view encoded, char* out);
};

// Kernels: every kernel compiled into this binary, fastest first; the last one runs everywhere.
simd::KernelList<Kernel> Kernels();

// SelfTest: whether `kernel` decodes every length across its block sizes and refuses every byte that is no character,
// by the definition of the alphabet. Requires simd::IsSupported(kernel).
bool SelfTest(const Kernel& kernel);

// ActiveKernel: the kernel that Decode uses: the fastest that is supported and passes its self-test.
const Kernel& ActiveKernel();

}  // namespace assay::base64url
