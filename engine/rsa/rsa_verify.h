// RSA signatures in batches: RS256, RS384, RS512, PS256, PS384 and PS512 with e = 65537.
//
// Everything here is public (RFC 8017 verification), so time may depend on every input. Each job
// gets its own exact verdict, independent of the other lanes and of their order.
#pragma once

#include <openssl/base.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/jws/alg.h"
#include "engine/rsa/prepared_rsa.h"
#include "engine/simd/kernel_list.h"

namespace assay::rsa {

// RsaJob: one signature to check. The views must stay readable until the call returns.
struct RsaJob {
  const PreparedRsa* key = nullptr;         // not null
  Algorithm algorithm = Algorithm::kRS256;  // one of the six
  std::span<const std::uint8_t> digest;     // of the signing input, by the algorithm's hash
  std::span<const std::uint8_t> signature;  // as decoded: any length
};

// RsaScratch: working memory of one caller. Not thread-safe. Nothing is allocated after construction.
class RsaScratch {
 public:
  RsaScratch();
  ~RsaScratch();
  RsaScratch(const RsaScratch&) = delete;
  RsaScratch& operator=(const RsaScratch&) = delete;

  // kLaneBytes, lanes: for the lanes: kLaneBytes, aligned to 64.
  static constexpr std::size_t kLaneBytes = 64 * (7 * (kMaxLimbs + 12));
  void* lanes() { return lanes_.get(); }

  // base, power, context: for BoringSSL's arithmetic.
  BIGNUM* base() { return base_.get(); }
  BIGNUM* power() { return power_.get(); }
  BN_CTX* context() { return context_.get(); }

  // distrusted_blocks: lane blocks whose padding lane passed, or that did not round as they must, and which were
  // therefore verified one by one. Always 0 on a sound machine.
  std::uint64_t distrusted_blocks = 0;

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> lanes_;
  bssl::UniquePtr<BIGNUM> base_;
  bssl::UniquePtr<BIGNUM> power_;
  bssl::UniquePtr<BN_CTX> context_;
};

// RsaKernel: how one implementation verifies. Immutable, static storage.
struct RsaKernel {
  const char* name;
  unsigned lanes;             // signatures side by side
  simd::FeatureSet required;  // what the CPU must have
  // verify_block: sets valid[order[i]] to whether the signature of jobs[order[i]] is right, for i < count <= lanes.
  // Requires these jobs to be Admissible, of one modulus size, all PKCS#1 or all PSS.
  void (*verify_block)(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid,
                       RsaScratch& scratch);
  // fewest: from this many waiting signatures of 2048, 3072 and 4096 bits on, a block is faster than one after the
  // other through portable64 (measured: `rsa_bench --benchmark_filter=Crossover`).
  std::array<unsigned, 3> fewest;
};

// RsaKernels: every kernel compiled into this binary, widest first; the last one, portable64, runs everywhere.
simd::KernelList<RsaKernel> RsaKernels();

// Admissible: true when the job may enter a kernel: digest as long as the algorithm's hash, signature exactly as long
// as the modulus (RFC 8017 sections 8.1.2 and 8.2.2, step 1) and, as a number, below it (section 5.2.2: s + n would
// satisfy the equation as well as s).
bool Admissible(const RsaJob& job);

// VerifyBatch: sets valid[i] to whether jobs[i] is a right signature. Spans of one length; any mix of keys, sizes and
// algorithms. Requires simd::IsSupported(kernel). Neither locks nor allocates.
void VerifyBatch(const RsaKernel& kernel, std::span<const RsaJob> jobs, std::span<bool> valid, RsaScratch& scratch);

// VerifyOne: one signature by scalar arithmetic.
bool VerifyOne(const RsaJob& job, RsaScratch& scratch);

// SelfTest: known answers through every lane of `kernel`: right and wrong signatures of each modulus size, PKCS#1 and
// PSS. Requires simd::IsSupported(kernel).
bool SelfTest(const RsaKernel& kernel);

}  // namespace assay::rsa
