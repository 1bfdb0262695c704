// Which ES256 kernels there are, and what they share.
#include <new>

#include "engine/p256/es256.h"
#include "engine/p256/kernels.h"
#include "engine/p256/mulx.h"
#include "engine/p256/portable64.h"
#include "engine/p256/table_build.h"

namespace assay::p256 {

namespace {

constexpr std::align_val_t kAlignment{64};

constexpr const Es256Kernel* kKernels[] = {
#if defined(__x86_64__)
    &kEs256Ifma,
#if defined(ASSAY_X86_AVX_IFMA)
    &kEs256AvxIfma,
#endif
    &kEs256Avx512F, &kEs256Avx2, &kEs256Mulx,
#endif
    &kEs256Int128,
};

}  // namespace

simd::KernelList<Es256Kernel> Es256Kernels() { return kKernels; }

Es256Scratch::Es256Scratch(const Es256Kernel& kernel)
    : memory_(::operator new(kernel.scratch_bytes, kAlignment)), generator_(GeneratorTable()) {}

Es256Scratch::~Es256Scratch() { ::operator delete(memory_, kAlignment); }

std::unique_ptr<const KeyTable> KeyTable::Build(const std::uint8_t* x, const std::uint8_t* y, int window) {
#if defined(__x86_64__)
  if (simd::IsSupported(kEs256Ifma)) {
    return TableBuilder<MulxArith>::Build(x, y, window, &AddPowersIfma);
  }
  if (simd::IsSupported(kEs256Mulx)) return TableBuilder<MulxArith>::Build(x, y, window);
#endif
  return TableBuilder<Int128Arith>::Build(x, y, window);
}

const KeyTable& GeneratorTable() {
  // Never freed: workers of detached threads may outlive static destruction.
  static const KeyTable* const table = [] {
    std::uint8_t x[32], y[32];
    StoreBigEndian(x, kGx);
    StoreBigEndian(y, kGy);
    auto built = KeyTable::Build(x, y, kGeneratorWindow);
    ASSAY_CHECK(built != nullptr);
    return built.release();
  }();
  return *table;
}

}  // namespace assay::p256
