// # ES256 kernels: ECDSA over P-256 for many signatures at once (FIPS 186-5 section 6.4.2)
//
// Everything here is public data (token, signature, public key), so time may depend on it. Nothing
// in this folder may ever sign.
//
// The sum u1 G + u2 Q runs over precomputed combs (comb.h), without doublings. A batch is cut in
// blocks; inside a block the points of all signatures are added as binary trees, level by level, in
// affine coordinates, with one shared inversion a level (tree.h). One signature alone is summed
// without inversions. Every signature gets its own exact verdict: those that meet an exceptional
// addition are flagged and verified again, alone, in the end with complete additions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/p256/key_table.h"
#include "engine/simd/kernel_list.h"

namespace assay::p256 {

// Es256Job: one signature to check. The pointers must stay readable during the call.
struct Es256Job {
  const std::uint8_t* digest;     // 32 bytes: SHA-256 of the signing input
  const std::uint8_t* signature;  // 64 bytes: r and s, big-endian
  const KeyTable* key;            // not null
};

struct Es256Kernel;

// Es256Scratch: working memory of one worker for one kernel. Allocates in the constructor only.
class Es256Scratch {
 public:
  explicit Es256Scratch(const Es256Kernel& kernel);
  ~Es256Scratch();
  Es256Scratch(const Es256Scratch&) = delete;
  Es256Scratch& operator=(const Es256Scratch&) = delete;

  // Counters: slow paths taken since the scratch was made.
  struct Counters {
    std::uint64_t flagged = 0;          // signatures that met an exceptional addition
    std::uint64_t complete = 0;         // of these, verified with complete additions in the end
    std::uint64_t repeated_blocks = 0;  // blocks that failed an internal check
    std::uint64_t misrounding = 0;      // batches that were kept from lanes which do not round toward zero
  };
  Counters counters;

  void* memory() { return memory_; }
  const KeyTable& generator() const { return generator_; }

 private:
  void* memory_;
  const KeyTable& generator_;
};

// Es256Kernel: one implementation. All give the same verdicts.
struct Es256Kernel {
  const char* name;     // "avx512ifma", "avxifma", "avx512f", "avx2" or "portable64"
  const char* variant;  // "" or what distinguishes kernels of one name: "mulx", "int128"
  int lanes;
  simd::FeatureSet required;
  std::size_t scratch_bytes;

  // verify_batch: valid[i] := 1 if jobs[i] holds a valid signature, else 0. Requires the scratch to have been made for
  // this kernel and `valid` to hold jobs.size() bytes.
  void (*verify_batch)(std::span<const Es256Job> jobs, std::uint8_t* valid, Es256Scratch& scratch);
  bool (*verify_one)(const Es256Job& job, Es256Scratch& scratch);
};

// Es256Kernels: every kernel compiled into this binary, fastest first, whether this CPU has what it needs or not.
simd::KernelList<Es256Kernel> Es256Kernels();

// SelfTest: known-answer test: valid and invalid signatures in several batch sizes, out-of-range r and s, and
// exceptional additions. Requires simd::IsSupported(kernel). A kernel that fails must not be used.
bool SelfTest(const Es256Kernel& kernel);

}  // namespace assay::p256
