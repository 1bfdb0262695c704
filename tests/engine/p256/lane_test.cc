// The lanes' arithmetic against the 64-bit one, and block sums with exceptional additions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "engine/p256/field64.h"
#include "engine/p256/key_table.h"
#include "engine/p256/lane_portable64.h"
#include "engine/p256/point.h"
#include "engine/p256/tree.h"
#include "engine/simd/features.h"
#include "tests/engine/p256/lane_probe.h"
#include "tests/engine/p256/operands.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::p256 {
namespace {

using F = Field64<Int128Arith>;
using Lane = ScalarLane<Int128Arith>;

std::vector<const LaneProbe*> Probes() {
  std::vector<const LaneProbe*> probes;
#if defined(__x86_64__)
  for (const LaneProbe* probe : {&kProbeIfma, &kProbeAvx512F, &kProbeAvx2}) {
    if (testing::RunsNatively(probe->required)) probes.push_back(probe);
  }
#if defined(ASSAY_X86_AVX_IFMA)
  if (testing::RunsNatively(kProbeAvxIfma.required)) probes.push_back(&kProbeAvxIfma);
#endif
  for (const LaneProbe* probe : probes) std::printf("kernel %s: native\n", probe->name);
#endif
  for (const LaneProbe* emulated : testing::EmulatedLaneProbes()) {
    std::printf("kernel %s: emulated\n", emulated->name);
    probes.push_back(emulated);
  }
  return probes;
}

class LaneTest : public ::testing::TestWithParam<const LaneProbe*> {
 protected:
  const LaneProbe& lanes() const { return *GetParam(); }

  // a b / 2^260.
  static Fp Mul260(const Fp& a, const Fp& b) {
    static const Fp sixteenth = F::InvertVartime(F::FromU256({{16, 0, 0, 0}}));
    return F::Mul(F::Mul(a, b), sixteenth);
  }

  static Fp Expected(LaneOp op, const Fp& a, const Fp& b, const Fp& c, const Fp& d) {
    switch (op) {
      case LaneOp::kMul:
        return Mul260(a, b);
      case LaneOp::kSqr:
        return Mul260(a, a);
      case LaneOp::kSub:
        return F::Sub(a, b);
      case LaneOp::kSqrSub2:
        return F::Sub(F::Sub(Mul260(a, a), b), c);
      case LaneOp::kSqrSubTwice:
        return F::Sub(F::Sub(F::Sub(Mul260(a, a), b), c), c);
      case LaneOp::kMulSub:
        return F::Sub(Mul260(a, b), c);
      case LaneOp::kMulSubMul:
        return F::Sub(Mul260(a, b), Mul260(c, d));
      case LaneOp::kDoubledMul:
        return Mul260(F::Add(a, a), F::Sub(b, c));
    }
    return {};
  }
};

TEST_P(LaneTest, EveryOperationAgreesWithTheScalarFieldAtTheEdges) {
  const std::vector<U256> operands = Operands(kP, 200);
  std::mt19937_64 draw(8);
  for (const LaneOp op : {LaneOp::kMul, LaneOp::kSqr, LaneOp::kSub, LaneOp::kSqrSub2, LaneOp::kSqrSubTwice,
                          LaneOp::kMulSub, LaneOp::kMulSubMul, LaneOp::kDoubledMul}) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      for (std::size_t j = 0; j < operands.size(); j += 8) {
        U256 a[8], b[8], c[8], d[8], out[8];
        for (std::size_t k = 0; k < 8; ++k) {
          a[k] = operands[i];
          b[k] = operands[(j + k) % operands.size()];
          c[k] = operands[draw() % operands.size()];
          d[k] = operands[draw() % operands.size()];
        }
        lanes().apply(op, a, b, c, d, out);
        for (std::size_t k = 0; k < 8; ++k) {
          ASSERT_EQ(Expected(op, {a[k]}, {b[k]}, {c[k]}, {d[k]}).v, out[k]) << static_cast<int>(op);
        }
      }
    }
  }
}

TEST_P(LaneTest, MulNAgreesWithTheScalarOne) {
  const Fn sixteenth = MulN({InverseModNVartime({{16, 0, 0, 0}})}, {kRSquaredN});
  const std::vector<U256> operands = Operands(kN, 200);
  for (const U256& a : operands) {
    for (std::size_t j = 0; j < operands.size(); j += 8) {
      U256 x[8], y[8], out[8];
      for (std::size_t k = 0; k < 8; ++k) {
        x[k] = a;
        y[k] = operands[(j + k) % operands.size()];
      }
      lanes().mul_n(x, y, out);
      for (int k = 0; k < 8; ++k) {
        ASSERT_EQ(MulN(MulN({x[k]}, {y[k]}), sixteenth).v, out[k]);
      }
    }
  }
}

TEST_P(LaneTest, ZeroIsSeenInEveryMultipleOfPAndNowhereElse) {
  for (int k = 0; k < 15; ++k) {
    for (const U256& a : Operands(kP, 40)) {
      U256 numbers[8];
      for (U256& number : numbers) number = a;
      numbers[5] = U256{};
      const unsigned zero = lanes().is_zero(numbers, k);
      ASSERT_EQ(IsZero(a) ? 0xffu : 0x20u, zero);
    }
  }
}

TEST_P(LaneTest, InvertsEveryLaneAndNoticesZero) {
  std::mt19937_64 draw(3);
  const std::vector<U256> operands = Operands(kP, 400);
  for (int round = 0; round < 50; ++round) {
    U256 a[32], inverse[32];
    for (int i = 0; i < 32; ++i) {
      do {
        a[i] = operands[draw() % operands.size()];
      } while (IsZero(a[i]));
      inverse[i] = a[i];
    }
    ASSERT_TRUE(lanes().invert(inverse));
    for (int i = 0; i < 32; ++i) {
      // 2^520 / a times a, over 2^260 twice, is 1.
      ASSERT_EQ(Mul260(Mul260({a[i]}, {inverse[i]}), Fp{kPlainOne}).v, (U256{{1, 0, 0, 0}}));
    }
    a[round % 32] = U256{};
    EXPECT_FALSE(lanes().invert(a));
  }
}

// Block sums over chosen rows, where a scalar can produce only some of the exceptions.

BlockResult ScalarSum(const Pick (*rows)[8], int count, int levels) {
  const auto block = std::make_unique<BlockSum<Lane>>();
  for (int k = 0; k < count; ++k) {
    for (int i = 0; i < 8; ++i) block->Row(k)[i] = rows[k][i];
  }
  BlockResult result{};
  result.sound = block->Run(count, 8, levels);
  for (int i = 0; i < 8; ++i) {
    result.flagged[i] = block->flags[i];
    result.x[i] = block->sum[i].x.v;
    result.zz[i] = block->sum[i].zz.v;
  }
  return result;
}

Xyzz<F> CompleteSum(const Pick (*rows)[8], int count, int lane) {
  Xyzz<F> sum{F::One(), F::One(), {}, {}};
  for (int k = 0; k < count; ++k) {
    const auto entry = Lane::Load(&rows[k][lane]);
    Add(sum, Affine<F>{entry.x, entry.y});
  }
  return sum;
}

using SumFunction = BlockResult (*)(const Pick (*)[8], int, int);

void CheckExceptions(SumFunction run) {
  const KeyTable& table = GeneratorTable();
  std::mt19937_64 draw(16);
  // Neighbouring rows from different windows, so that they never coincide by chance.
  const std::size_t half = WindowEntries(table.window());
  const std::size_t full = static_cast<std::size_t>(Windows(table.window())) - 1;  // but the last
  const auto random_pick = [&](std::size_t row) {
    return reinterpret_cast<Pick>(table.entries() + row % full * half + draw() % half) | (draw() & 1);
  };
  for (const int count : {3, 4, 5, 6, 7, 8, 12, 16, 17, 24, 33, 48}) {
    for (int levels = 0; levels <= 5; ++levels) {
      // Nodes of 2^size rows: the second repeats the first, or its negative. size = -1: none.
      for (int size = -1; 2 << (size + 1) <= 2 * count && size < 5; ++size) {
        for (int at = 0; at + (2 << std::max(size, 0)) <= count; at += 2 << std::max(size, 0)) {
          for (const Pick flip : {Pick{0}, kPickNegate}) {
            Pick rows[48][8];
            for (std::size_t row = 0; row < 48; ++row) {
              for (Pick& pick : rows[row]) pick = random_pick(row);
            }
            const int lane = static_cast<int>(draw() % 8);
            for (int k = 0; size >= 0 && k < 1 << size; ++k) {
              rows[at + (1 << size) + k][lane] = rows[at + k][lane] ^ flip;
            }
            const BlockResult result = run(rows, count, levels);
            ASSERT_TRUE(result.sound);
            for (int i = 0; i < 8; ++i) {
              const Xyzz<F> expected = CompleteSum(rows, count, i);
              // Only a flagged lane may be wrong; only the chosen lane may be flagged.
              if (i != lane) {
                ASSERT_FALSE(result.flagged[i]);
              }
              const bool met = size >= 0 && (size < levels || (at == 0 && size == 0));
              if (i == lane && met) {
                ASSERT_TRUE(result.flagged[i]) << count << levels << size << at;
              }
              if (result.flagged[i]) continue;
              ASSERT_FALSE(IsInfinity(expected));
              const Fp x = F::Mul({result.x[i]}, F::InvertVartime({result.zz[i]}));
              ASSERT_EQ(F::Mul(expected.x, F::InvertVartime(expected.zz)), x);
            }
          }
        }
      }
    }
  }
}

TEST(BlockSum, ScalarLaneFlagsEqualAndOppositePointsAtEveryLevel) { CheckExceptions(&ScalarSum); }

TEST_P(LaneTest, SumsFlagEqualAndOppositePointsAtEveryLevel) { CheckExceptions(lanes().sum); }

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LaneTest);  // of another architecture's tree
INSTANTIATE_TEST_SUITE_P(All, LaneTest, ::testing::ValuesIn(Probes()),
                         [](const auto& row) { return std::string(row.param->name); });

}  // namespace
}  // namespace assay::p256
