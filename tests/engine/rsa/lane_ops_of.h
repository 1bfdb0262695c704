// LaneOps of one lane type. Included after the lane type, within its target region if it has one.
#pragma once

#include "engine/rsa/lane_block.h"
#include "tests/engine/rsa/lane_ops.h"

namespace assay::rsa {

template <class Lane, int L, int T>
struct OpsOf {
  using Factor = typename Lane::Factor;
  static constexpr std::size_t kLimbs = L;

  // Operands: numbers as the lanes multiply them.
  struct Operands {
    Operands(const std::uint64_t* words, const std::uint64_t* n_words, const std::uint64_t* minus_inverse)
        : modulus{n, Lane::Limb(Lane::Load(minus_inverse)), m} {
      Read(words, x);
      Read(n_words, n);
    }
    static void Read(const std::uint64_t* words, Factor* out) {
      for (int i = 0; i < L; ++i) out[i] = Lane::Limb(Lane::Load(words + i * Lane::kLanes));
    }
    void WriteX(std::uint64_t* words) const {
      for (int i = 0; i < L; ++i) {
        const typename Lane::Vec limb = Lane::Integer(x[i]);
        std::memcpy(words + i * Lane::kLanes, &limb, sizeof(limb));
      }
    }
    alignas(64) Factor x[kLimbs];
    alignas(64) Factor n[kLimbs];
    alignas(64) Factor m[kLimbs];
    Modulus<Lane> modulus;
  };

  __attribute__((noinline)) static void SquareInMode(std::uint64_t* x, const std::uint64_t* n,
                                                     const std::uint64_t* minus_inverse, int times) {
    Operands operands(x, n, minus_inverse);
    for (int i = 0; i < times; ++i) rsa::Square<Lane, L, T>(operands.x, operands.x, operands.modulus);
    operands.WriteX(x);
  }
  static void Square(std::uint64_t* x, const std::uint64_t* n, const std::uint64_t* minus_inverse, int times) {
    [[maybe_unused]] const typename Lane::Mode mode{};
    SquareInMode(x, n, minus_inverse, times);
  }

  __attribute__((noinline)) static void MultiplyInMode(std::uint64_t* x, const std::uint64_t* y, const std::uint64_t* n,
                                                       const std::uint64_t* minus_inverse) {
    Operands operands(x, n, minus_inverse);
    alignas(64) Factor other[kLimbs];
    Operands::Read(y, other);
    rsa::Multiply<Lane, L, T>(operands.x, other, operands.modulus);
    operands.WriteX(x);
  }
  static void Multiply(std::uint64_t* x, const std::uint64_t* y, const std::uint64_t* n,
                       const std::uint64_t* minus_inverse) {
    [[maybe_unused]] const typename Lane::Mode mode{};
    MultiplyInMode(x, y, n, minus_inverse);
  }

  __attribute__((noinline)) static bool VerifyInMode(const RsaJob* jobs, const std::uint32_t* order, unsigned count,
                                                     bool* valid, RsaScratch& scratch) {
    return VerifyLanes<Lane, L, T>(jobs, order, count, valid, scratch);
  }
  static bool Verify(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid, RsaScratch& scratch) {
    [[maybe_unused]] const typename Lane::Mode mode{};
    return VerifyInMode(jobs, order, count, valid, scratch);
  }
};

template <class Lane, unsigned kBits, int T>
LaneOps MakeOps(const char* name, simd::FeatureSet required) {
  constexpr int kLimbs = static_cast<int>(LaneLimbs(kBits));
  using Ops = OpsOf<Lane, kLimbs, T>;
  return {name, Lane::kLanes, kBits, required, &Ops::Square, &Ops::Multiply, &Ops::Verify};
}

}  // namespace assay::rsa
