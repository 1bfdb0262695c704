#include "engine/rsa/rsa_verify.h"

#include <openssl/bn.h>

#include <cstring>
#include <new>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/kernels.h"
#include "engine/simd/target.h"

namespace assay::rsa {

void RsaScratch::Free::operator()(void* memory) const { ::operator delete(memory, std::align_val_t{64}); }

RsaScratch::RsaScratch()
    : lanes_(::operator new(kLaneBytes, std::align_val_t{64})),
      base_(BN_new()),
      power_(BN_new()),
      context_(BN_CTX_new()) {
  if (!base_ || !power_ || !context_) throw std::bad_alloc();
}

RsaScratch::~RsaScratch() = default;

simd::KernelList<RsaKernel> RsaKernels() {
  static constexpr const RsaKernel* kKernels[] = {
#if defined(__x86_64__)
      &kAvx512Ifma,
#if defined(ASSAY_X86_AVX_IFMA)
      &kAvxIfma,
#endif
      &kAvx512F, &kAvx2,
#endif
      &kPortable64};
  return kKernels;
}

bool Admissible(const RsaJob& job) {
  const std::size_t digest_bytes = DigestBytes(job.algorithm);
  return digest_bytes != 0 && job.digest.size() == digest_bytes && job.signature.size() == job.key->bytes() &&
         std::memcmp(job.signature.data(), job.key->modulus().data(), job.key->bytes()) < 0;
}

bool VerifyOne(const RsaJob& job, RsaScratch& scratch) {
  if (!Admissible(job)) return false;
  constexpr std::uint32_t kFirst = 0;
  bool valid = false;
  kPortable64.verify_block(&job, &kFirst, 1, &valid, scratch);
  return valid;
}

namespace {

constexpr unsigned kMostLanes = 8;
constexpr unsigned kGroups = 6;  // modulus size by padding

unsigned GroupOf(const RsaJob& job) { return (job.key->bits() / 1024 - 2) * 2 + (IsPss(job.algorithm) ? 1 : 0); }

// Jobs of one group that wait for a block to fill.
struct Waiting {
  std::uint32_t order[kMostLanes];
  unsigned count = 0;
};

}  // namespace

void VerifyBatch(const RsaKernel& kernel, std::span<const RsaJob> jobs, std::span<bool> valid, RsaScratch& scratch) {
  ASSAY_CHECK(jobs.size() == valid.size() && kernel.lanes <= kMostLanes);
  Waiting waiting[kGroups];
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    valid[i] = false;
    if (!Admissible(jobs[i])) continue;
    Waiting& group = waiting[GroupOf(jobs[i])];
    group.order[group.count++] = static_cast<std::uint32_t>(i);
    if (group.count < kernel.lanes) continue;
    kernel.verify_block(jobs.data(), group.order, group.count, valid.data(), scratch);
    group.count = 0;
  }
  for (unsigned g = 0; g < kGroups; ++g) {
    const Waiting& group = waiting[g];
    if (group.count == 0) continue;
    if (group.count >= kernel.fewest[g / 2]) {
      kernel.verify_block(jobs.data(), group.order, group.count, valid.data(), scratch);
      continue;
    }
    for (unsigned k = 0; k < group.count; ++k) {
      kPortable64.verify_block(jobs.data(), &group.order[k], 1, valid.data(), scratch);
    }
  }
}

}  // namespace assay::rsa
