// Operands that arithmetic trips over: near 0, the modulus and the limbs' borders, and random ones
// of every bit density.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "engine/p256/u256.h"

namespace assay::p256 {

inline std::vector<U256> Operands(const U256& modulus, int random) {
  std::vector<U256> all;
  const auto add = [&](const U256& a) {
    if (Less(a, modulus)) all.push_back(a);
  };
  constexpr U256 one{{1, 0, 0, 0}};
  for (std::uint64_t k = 0; k < 4; ++k) {
    add({{k, 0, 0, 0}});
    U256 near;
    Sub(near, modulus, U256{{k + 1, 0, 0, 0}});
    add(near);
  }
  // 2^k - 1, 2^k, 2^k + 1 where limbs of 52 or 64 bits and the words of p end.
  for (const int k : {32, 44, 52, 63, 64, 96, 104, 127, 128, 156, 160, 191, 192, 208, 224, 248, 255}) {
    U256 power{};
    power.w[k / 64] = std::uint64_t{1} << (k % 64);
    add(power);
    U256 other;
    Sub(other, power, one);
    add(other);
    Add(other, power, one);
    add(other);
    Sub(other, modulus, power);
    add(other);
  }
  std::mt19937_64 draw(256);
  for (int i = 0; i < random; ++i) {
    U256 a{};
    for (std::uint64_t& w : a.w) {
      w = draw();
      if (i % 4 == 1) w &= draw() & draw();
      if (i % 4 == 2) w |= draw() | draw();
      if (i % 4 == 3) w = (draw() & 1) != 0 ? ~std::uint64_t{0} : 0;
    }
    add(ReduceOnce(a, modulus));
  }
  return all;
}

}  // namespace assay::p256
