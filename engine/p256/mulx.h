// Multiplication mod p for x86-64 with BMI2 and ADX: the two carry chains of adcx and adox let the
// additions of a row run side by side, which compilers do not find by themselves.
#pragma once

#if defined(__x86_64__)

#include <cstdint>

#include "engine/p256/u256.h"

namespace assay::p256 {

// ASSAY_P256_ROW: one row: (c4, .., c0) + a * rdx with c5 the carry out, then the reduction by the low word q = c0: q
// is added at 2^96 by two shifts and at 2^192 times 0xffffffff00000001 by one multiplication (see Int128Arith).
// Afterwards c0 is 0 and the value is (c5, .., c1).
#define ASSAY_P256_ROW(c0, c1, c2, c3, c4, c5) \
  "xorl %k[" c5 "], %k[" c5                    \
  "]\n\t"                                      \
  "mulxq (%[a]), %[lo], %[hi]\n\t"             \
  "adcxq %[lo], %[" c0                         \
  "]\n\t"                                      \
  "adoxq %[hi], %[" c1                         \
  "]\n\t"                                      \
  "mulxq 8(%[a]), %[lo], %[hi]\n\t"            \
  "adcxq %[lo], %[" c1                         \
  "]\n\t"                                      \
  "adoxq %[hi], %[" c2                         \
  "]\n\t"                                      \
  "mulxq 16(%[a]), %[lo], %[hi]\n\t"           \
  "adcxq %[lo], %[" c2                         \
  "]\n\t"                                      \
  "adoxq %[hi], %[" c3                         \
  "]\n\t"                                      \
  "mulxq 24(%[a]), %[lo], %[hi]\n\t"           \
  "movq %[" c0                                 \
  "], %%rdx\n\t"                               \
  "adcxq %[lo], %[" c3                         \
  "]\n\t"                                      \
  "adoxq %[hi], %[" c4                         \
  "]\n\t"                                      \
  "adcxq %[" c5 "], %[" c4                     \
  "]\n\t"                                      \
  "adoxq %[" c5 "], %[" c5                     \
  "]\n\t"                                      \
  "adcq $0, %[" c5 "]\n\t" ASSAY_P256_REDUCE(c0, c1, c2, c3, c4) "adcq $0, %[" c5 "]\n\t"

// ASSAY_P256_REDUCE: the reduction by q = c0, which is in rdx too; leaves the carry out of c4 in the carry flag.
#define ASSAY_P256_REDUCE(c0, c1, c2, c3, c4) \
  "mulxq %[p3], %[lo], %[hi]\n\t"             \
  "shlq $32, %%rdx\n\t"                       \
  "shrq $32, %[" c0                           \
  "]\n\t"                                     \
  "addq %%rdx, %[" c1                         \
  "]\n\t"                                     \
  "adcq %[" c0 "], %[" c2                     \
  "]\n\t"                                     \
  "adcq %[lo], %[" c3                         \
  "]\n\t"                                     \
  "adcq %[hi], %[" c4 "]\n\t"

// ASSAY_P256_FOLD: the same reduction where c0 takes the new top word:
// (c0, c3, c2, c1) := ((c3, .., c0) + q * p) / 2^64.
#define ASSAY_P256_FOLD(c0, c1, c2, c3) \
  "mulxq %[p3], %[lo], %[hi]\n\t"       \
  "shlq $32, %%rdx\n\t"                 \
  "shrq $32, %[" c0                     \
  "]\n\t"                               \
  "addq %%rdx, %[" c1                   \
  "]\n\t"                               \
  "adcq %[" c0 "], %[" c2               \
  "]\n\t"                               \
  "adcq %[lo], %[" c3                   \
  "]\n\t"                               \
  "movq %[hi], %[" c0                   \
  "]\n\t"                               \
  "adcq $0, %[" c0 "]\n\t"

struct MulxArith {
  // MulP: a * b / 2^256 mod p, canonical. Requires a, b < p.
  static U256 MulP(const U256& a, const U256& b) {
    std::uint64_t c0, c1, c2, c3, c4, c5, lo, hi;
    const std::uint64_t* pa = a.w;
    const std::uint64_t* pb = b.w;
    __asm__(
        "movq (%[b]), %%rdx\n\t"
        "mulxq (%[a]), %[c0], %[c1]\n\t"
        "mulxq 8(%[a]), %[lo], %[c2]\n\t"
        "addq %[lo], %[c1]\n\t"
        "mulxq 16(%[a]), %[lo], %[c3]\n\t"
        "adcq %[lo], %[c2]\n\t"
        "mulxq 24(%[a]), %[lo], %[c4]\n\t"
        "movq %[c0], %%rdx\n\t"
        "adcq %[lo], %[c3]\n\t"
        "adcq $0, %[c4]\n\t"
        "movl $0, %k[c5]\n\t"  //
        ASSAY_P256_REDUCE("c0", "c1", "c2", "c3", "c4")
        "adcq $0, %[c5]\n\t"
        "movq 8(%[b]), %%rdx\n\t"  //
        ASSAY_P256_ROW("c1", "c2", "c3", "c4", "c5", "c0")
        "movq 16(%[b]), %%rdx\n\t"  //
        ASSAY_P256_ROW("c2", "c3", "c4", "c5", "c0", "c1")
        "movq 24(%[b]), %%rdx\n\t"  //
        ASSAY_P256_ROW("c3", "c4", "c5", "c0", "c1", "c2")
        : [c0] "=&r"(c0), [c1] "=&r"(c1), [c2] "=&r"(c2), [c3] "=&r"(c3), [c4] "=&r"(c4),
          [c5] "=&r"(c5), [lo] "=&r"(lo), [hi] "=&r"(hi)
        : [a] "r"(pa), [b] "r"(pb), [p3] "m"(kP3), "m"(a), "m"(b)
        : "rdx", "cc");
    return Canonical(c4, c5, c0, c1, c2);
  }

  // SqrP: a^2 / 2^256 mod p: 10 word products instead of 16.
  static U256 SqrP(const U256& a) {
    std::uint64_t c0, c1, c2, c3, c4, c5, c6, c7, lo, hi;
    const std::uint64_t* pa = a.w;
    __asm__(
        // Products of different words, at 2^64 .. 2^448: (c6, .., c1).
        "movq (%[a]), %%rdx\n\t"
        "mulxq 8(%[a]), %[c1], %[c2]\n\t"
        "mulxq 16(%[a]), %[lo], %[c3]\n\t"
        "addq %[lo], %[c2]\n\t"
        "mulxq 24(%[a]), %[lo], %[c4]\n\t"
        "adcq %[lo], %[c3]\n\t"
        "adcq $0, %[c4]\n\t"
        "movq 8(%[a]), %%rdx\n\t"
        "xorl %k[c5], %k[c5]\n\t"
        "mulxq 16(%[a]), %[lo], %[hi]\n\t"
        "adcxq %[lo], %[c3]\n\t"
        "adoxq %[hi], %[c4]\n\t"
        "mulxq 24(%[a]), %[lo], %[hi]\n\t"
        "adcxq %[lo], %[c4]\n\t"
        "adoxq %[hi], %[c5]\n\t"
        "adcq $0, %[c5]\n\t"
        "movq 16(%[a]), %%rdx\n\t"
        "mulxq 24(%[a]), %[lo], %[c6]\n\t"
        "addq %[lo], %[c5]\n\t"
        "adcq $0, %[c6]\n\t"
        // Twice that, plus the squares.
        "xorl %k[c7], %k[c7]\n\t"
        "movq (%[a]), %%rdx\n\t"
        "mulxq %%rdx, %[c0], %[hi]\n\t"
        "adcxq %[c1], %[c1]\n\t"
        "adoxq %[hi], %[c1]\n\t"
        "movq 8(%[a]), %%rdx\n\t"
        "mulxq %%rdx, %[lo], %[hi]\n\t"
        "adcxq %[c2], %[c2]\n\t"
        "adoxq %[lo], %[c2]\n\t"
        "adcxq %[c3], %[c3]\n\t"
        "adoxq %[hi], %[c3]\n\t"
        "movq 16(%[a]), %%rdx\n\t"
        "mulxq %%rdx, %[lo], %[hi]\n\t"
        "adcxq %[c4], %[c4]\n\t"
        "adoxq %[lo], %[c4]\n\t"
        "adcxq %[c5], %[c5]\n\t"
        "adoxq %[hi], %[c5]\n\t"
        "movq 24(%[a]), %%rdx\n\t"
        "mulxq %%rdx, %[lo], %[hi]\n\t"
        "adcxq %[c6], %[c6]\n\t"
        "adoxq %[lo], %[c6]\n\t"
        "adcxq %[c7], %[c7]\n\t"
        "adoxq %[hi], %[c7]\n\t"
        // Four reductions of the low half; the word that falls free takes the row's top word.
        "movq %[c0], %%rdx\n\t"  //
        ASSAY_P256_FOLD("c0", "c1", "c2", "c3")
        "movq %[c1], %%rdx\n\t"  //
        ASSAY_P256_FOLD("c1", "c2", "c3", "c0")
        "movq %[c2], %%rdx\n\t"  //
        ASSAY_P256_FOLD("c2", "c3", "c0", "c1")
        "movq %[c3], %%rdx\n\t"  //
        ASSAY_P256_FOLD("c3", "c0", "c1", "c2")
        "xorl %k[lo], %k[lo]\n\t"
        "addq %[c4], %[c0]\n\t"
        "adcq %[c5], %[c1]\n\t"
        "adcq %[c6], %[c2]\n\t"
        "adcq %[c7], %[c3]\n\t"
        "adcq $0, %[lo]\n\t"
        : [c0] "=&r"(c0), [c1] "=&r"(c1), [c2] "=&r"(c2), [c3] "=&r"(c3), [c4] "=&r"(c4),
          [c5] "=&r"(c5), [c6] "=&r"(c6), [c7] "=&r"(c7), [lo] "=&r"(lo), [hi] "=&r"(hi)
        : [a] "r"(pa), [p3] "m"(kP3), "m"(a)
        : "rdx", "cc");
    return Canonical(c0, c1, c2, c3, lo);
  }

 private:
  static constexpr std::uint64_t kP3 = 0xffffffff00000001;

  // Canonical: (t4, .., t0) mod p for values below 2p.
  static U256 Canonical(std::uint64_t t0, std::uint64_t t1, std::uint64_t t2, std::uint64_t t3, std::uint64_t t4) {
    std::uint64_t s0 = t0, s1 = t1, s2 = t2, s3 = t3;
    __asm__(
        "subq $-1, %[s0]\n\t"
        "sbbq %[p1], %[s1]\n\t"
        "sbbq $0, %[s2]\n\t"
        "sbbq %[p3], %[s3]\n\t"
        "sbbq $0, %[t4]\n\t"
        "cmovcq %[t0], %[s0]\n\t"
        "cmovcq %[t1], %[s1]\n\t"
        "cmovcq %[t2], %[s2]\n\t"
        "cmovcq %[t3], %[s3]\n\t"
        : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [t4] "+&r"(t4)
        : [t0] "r"(t0), [t1] "r"(t1), [t2] "r"(t2), [t3] "r"(t3), [p1] "r"(std::uint64_t{0xffffffff}), [p3] "m"(kP3)
        : "cc");
    return {{s0, s1, s2, s3}};
  }
};

#undef ASSAY_P256_ROW
#undef ASSAY_P256_REDUCE
#undef ASSAY_P256_FOLD

}  // namespace assay::p256

#endif  // __x86_64__
