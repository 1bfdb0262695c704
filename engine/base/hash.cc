#include "engine/base/hash.h"

#include <random>

namespace assay {

SeededHash::Sum SeededHash::Blocks(const char*& p, std::size_t& left) const {
  Sum sum = left;
  for (; left > kBlock; p += kBlock, left -= kBlock) {
    for (std::size_t i = 0; i < kBlock / kPair; ++i) sum += Product(p + i * kPair, p + i * kPair + 8, i);
    sum = Product(Fold(sum), 0, kCarry);
  }
  return sum;
}

std::uint64_t RandomSeed() {
  std::random_device random;
  return (static_cast<std::uint64_t>(random()) << 32) | random();
}

}  // namespace assay
