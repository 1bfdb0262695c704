// Columns a tile of the multiplication (lane_multiply.h), by what a register file holds.
#pragma once

namespace assay::rsa {

// Avx512Tile: 16 or 20 accumulators of the 32 registers, and a divisor of L.
constexpr int Avx512Tile(int limbs) { return limbs % 8 == 0 ? 8 : 10; }

// AvxIfmaTile: 8 accumulators of the 16 registers.
constexpr int AvxIfmaTile(int) { return 4; }

// Avx2Tile: 4 accumulators of the 16 registers, since a product needs as many besides.
constexpr int Avx2Tile(int) { return 2; }

}  // namespace assay::rsa
