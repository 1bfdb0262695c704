#include "engine/base/hash.h"

#include <random>

namespace assay {

std::uint64_t RandomSeed() {
  std::random_device random;
  return (static_cast<std::uint64_t>(random()) << 32) | random();
}

}  // namespace assay
