// LaneOps of one lane type. Included after the lane type, within its target region if it has one.
#pragma once

#include "engine/rsa/lane_block.h"
#include "tests/engine/rsa/lane_ops.h"

namespace assay::rsa {

template <class Lane, int L, int T>
struct OpsOf {
  using Vec = typename Lane::Vec;

  static void Square(std::uint64_t* x, const std::uint64_t* n, const std::uint64_t* minus_inverse) {
    static constexpr std::size_t kLimbs = L;
    alignas(64) Vec m[kLimbs];
    const Modulus<Lane> modulus = {reinterpret_cast<const Vec*>(n), Lane::Load(minus_inverse), m};
    rsa::Square<Lane, L, T>(reinterpret_cast<Vec*>(x), reinterpret_cast<Vec*>(x), modulus);
  }

  static void Multiply(std::uint64_t* x, const std::uint64_t* y, const std::uint64_t* n,
                       const std::uint64_t* minus_inverse) {
    static constexpr std::size_t kLimbs = L;
    alignas(64) Vec m[kLimbs];
    const Modulus<Lane> modulus = {reinterpret_cast<const Vec*>(n), Lane::Load(minus_inverse), m};
    rsa::Multiply<Lane, L, T>(reinterpret_cast<Vec*>(x), reinterpret_cast<const Vec*>(y), modulus);
  }
};

template <class Lane, unsigned kBits, int T>
LaneOps MakeOps(const char* name, simd::FeatureSet required) {
  constexpr int kLimbs = static_cast<int>(LaneLimbs(kBits));
  using Ops = OpsOf<Lane, kLimbs, T>;
  return {name, Lane::kLanes, kBits, required, &Ops::Square, &Ops::Multiply, &VerifyLanes<Lane, kLimbs, T>};
}

}  // namespace assay::rsa
