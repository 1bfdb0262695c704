// LaneLoops of a Lane. Included where the Lane is instantiated, within its target region.
#pragma once

#include <memory>

#include "bench/micro/p256_loops.h"
#include "engine/p256/tree.h"

namespace assay::p256 {

template <class Lane>
struct LoopsOf {
  using Fe = typename Lane::Fe;

  static std::uint64_t Digest(const Fe& a) {
    std::uint64_t word;
    std::memcpy(&word, &a, sizeof(word));
    return word;
  }

  // Four different numbers.
  static void Start(Fe (&a)[4]) {
    a[0] = Lane::One();
    for (int i = 1; i < 4; ++i) a[i] = Lane::Sqr(Lane::Sub(Lane::Sub(Lane::One(), a[i - 1]), a[i - 1]));
    for (Fe& x : a) x = Lane::Mul(x, Lane::Sub(Lane::Sub(x, Lane::One()), a[3]));
    a[0] = a[1] = a[2] = Lane::Mul(Lane::One(), Lane::One());
  }

  __attribute__((noinline)) static std::uint64_t Mul(int n) {
    Fe a[4];
    Start(a);
    const Fe b = a[3];
    for (int i = 0; i < n; ++i) a[i % 4] = Lane::Mul(a[i % 4], b);
    return Digest(a[0]) ^ Digest(a[1]) ^ Digest(a[2]) ^ Digest(a[3]);
  }
  __attribute__((noinline)) static std::uint64_t MulChain(int n) {
    Fe a[4];
    Start(a);
    for (int i = 0; i < n; ++i) a[0] = Lane::Mul(a[0], a[1]);
    return Digest(a[0]);
  }
  __attribute__((noinline)) static std::uint64_t Sqr(int n) {
    Fe a[4];
    Start(a);
    for (int i = 0; i < n; ++i) a[i % 4] = Lane::Sqr(a[i % 4]);
    return Digest(a[0]) ^ Digest(a[1]) ^ Digest(a[2]) ^ Digest(a[3]);
  }
  __attribute__((noinline)) static std::uint64_t Invert(int n) {
    Fe chain[Lane::kChains];
    for (Fe& c : chain) c = Lane::Sub(Lane::Sub(Lane::One(), Lane::Sqr(Lane::One())), Lane::One());
    for (Fe& c : chain) c = Lane::Mul(c, Lane::One());
    bool sound = true;
    for (int i = 0; i < n; ++i) sound = Lane::Invert(chain) && sound;
    return Digest(chain[0]) + sound;
  }
  static std::uint64_t Lookup(const Pick* picks, int n) {
    std::uint64_t sum = 0;
    for (int i = 0; i < n; ++i) {
      const typename Lane::Entry entry = Lane::Load(picks + i * Lane::kLanes);
      std::uint64_t words[sizeof(entry) / 8];
      std::memcpy(words, &entry, sizeof(entry));
      sum += words[0] ^ words[sizeof(entry) / 16];
    }
    return sum;
  }
  __attribute__((noinline)) static std::uint64_t Tree(const Pick* picks, int rows, int vectors, int levels, int n) {
    const auto block = std::make_unique<BlockSum<Lane>>();
    const int stride = vectors * Lane::kLanes;
    for (int k = 0; k < rows; ++k) {
      for (int i = 0; i < stride; ++i) block->Row(k)[i] = picks[k * stride + i];
    }
    std::uint64_t sum = 0;
    for (int i = 0; i < n; ++i) {
      sum += block->Run(rows, vectors, levels);
      sum += Digest(block->sum[vectors - 1].x);
    }
    return sum;
  }

  // In: a loop in the mode that the lanes need.
  template <auto kLoop, class... Arguments>
  static std::uint64_t In(Arguments... arguments) {
    [[maybe_unused]] const typename Lane::Mode mode{};
    return kLoop(arguments...);
  }

  static constexpr LaneLoops Functions(const char* name) {
    return {name,
            Lane::kLanes,
            Lane::kBlockVectors,
            &In<&Mul, int>,
            &In<&MulChain, int>,
            &In<&Sqr, int>,
            &In<&Invert, int>,
            &Lookup,
            &In<&Tree, const Pick*, int, int, int, int>,
            &Lane::AffineLevels};
  }
};

}  // namespace assay::p256
