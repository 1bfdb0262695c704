// Loops over one layer of the P-256 kernels, for any Lane, behind plain functions: benchmarks call
// them without knowing vector types.
#pragma once

#include <cstdint>

#include "engine/p256/comb.h"

namespace assay::p256 {

// Every function repeats its layer `n` times and returns something that depends on the results.
struct LaneLoops {
  const char* name;
  int lanes;
  int block_vectors;
  std::uint64_t (*mul)(int n);        // four independent chains in turn: throughput
  std::uint64_t (*mul_chain)(int n);  // one chain: latency
  std::uint64_t (*sqr)(int n);
  std::uint64_t (*invert)(int n);                     // one shared inversion: every lane of every chain
  std::uint64_t (*lookup)(const Pick* picks, int n);  // `lanes` picks each
  // Sums `rows` rows, row-major at stride lanes * vectors, and finishes.
  std::uint64_t (*tree)(const Pick* picks, int rows, int vectors, int levels, int n);
  int (*affine_levels)(int vectors);
};

}  // namespace assay::p256
