#include "engine/base/hash.h"

#include <random>

namespace assay {

std::uint64_t SeededHash::OfLong(const char* p, std::size_t size) const {
  Sum sum = size;
  for (; size > kBlock; p += kBlock, size -= kBlock) {
    for (std::size_t i = 0; i < kBlock / kPair; ++i) sum += Product(p + i * kPair, p + i * kPair + 8, i);
    sum = Product(Fold(sum), 0, kCarry);
  }
  if (size > 3 * kPair) sum += Product(p + 2 * kPair, p + 2 * kPair + 8, 2);
  if (size > 2 * kPair) sum += Product(p + kPair, p + kPair + 8, 1);
  if (size > kPair) sum += Product(p, p + 8, 0);
  // The last two words, which may overlap what went before.
  return Fold(sum + Product(p + size - 16, p + size - 8, kLast));
}

std::uint64_t RandomSeed() {
  std::random_device random;
  return (static_cast<std::uint64_t>(random()) << 32) | random();
}

}  // namespace assay
