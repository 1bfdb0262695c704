// Dispatch: the signature kernels of this build, and which of them is used.
//
// A kernel is chosen once, when an engine is made: by the CPU's features, or by name. Whichever it is,
// it has passed its known-answer self-test on this machine first.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/p256/es256.h"
#include "engine/rsa/rsa_verify.h"

namespace assay {

struct Kernel {
  std::string_view name;
  const p256::Es256Kernel* es256;  // null: BoringSSL, one by one
  const rsa::RsaKernel* rsa;       // null: likewise
};

// Kernels: every kernel compiled in, fastest first: "avx512ifma", "avxifma", "avx512f" and "avx2" (x86-64 only;
// "avxifma" where the compiler knows it), "portable64", and "boringssl", the reference, which verifies one by one.
std::span<const Kernel* const> Kernels();

// IsSupported: whether this CPU, and the operating system on it, can run the kernel.
bool IsSupported(const Kernel& kernel);

// PassesSelfTest: whether the kernel passes its known-answer test here. Runs once per process and kernel. Thread-safe.
// Requires IsSupported(kernel).
bool PassesSelfTest(const Kernel& kernel);

// ChooseKernel: the kernel of that name, or with an empty name the fastest that is supported and passes its
// self-test. Fails for a name that is unknown, and for a kernel that this CPU lacks or that fails
// its self-test: a forced choice is never replaced by another.
Result<const Kernel*> ChooseKernel(std::string_view name);

}  // namespace assay
