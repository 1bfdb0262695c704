#include "engine/simd/target.h"
#include "tests/engine/p256/lane8_probe.h"

#if defined(ASSAY_X86_KERNELS)

// Before any other header that includes the intrinsics.
#include "engine/simd/target_region.h"

#include <memory>

#include "engine/p256/equation.h"
#include "engine/p256/portable64.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)
#include "engine/p256/tree.h"
ASSAY_TARGET_END

#include "engine/p256/lane_avx512ifma.h"

ASSAY_TARGET_BEGIN(ASSAY_TARGET_IFMA)

namespace assay::p256 {
namespace {

using ifma::Fe8;
using ifma::Lane8;
using ifma::Sn8;

void LoadLimbs(const U256 a[8], ifma::V limbs[5]) {
  alignas(64) std::uint64_t words[4][8];
  ifma::V w[4];
  for (int k = 0; k < 4; ++k) {
    for (int i = 0; i < 8; ++i) words[k][i] = a[i].w[k];
    w[k] = _mm512_load_si512(words[k]);
  }
  ifma::WordsToLimbs<0>(w, limbs);
}

Fe8 LoadFe(const U256 a[8]) {
  Fe8 r;
  LoadLimbs(a, r.l);
  ifma::SetMagnitude(r, 1);
  return r;
}

// Every lane through LaneZero, which reduces once: enough below 2p.
void Store(const ifma::Limbs8& a, const U256& m, U256 out[8]) {
  alignas(64) std::uint64_t lane[5][8];
  for (int k = 0; k < 5; ++k) _mm512_store_si512(lane[k], a.l[k]);
  for (int i = 0; i < 8; ++i) {
    ifma::Limbs8 one = a;
    for (int k = 0; k < 5; ++k) one.l[k] = ifma::Set1(lane[k][i]);
    out[i] = ifma::LaneZero(one, m);
  }
}

void Apply(LaneOp op, const U256 a[8], const U256 b[8], const U256 c[8], const U256 d[8], U256 out[8]) {
  const Fe8 x = LoadFe(a), y = LoadFe(b), z = LoadFe(c), t = LoadFe(d);
  Fe8 r = x;
  switch (op) {
    case LaneOp::kMul:
      r = Lane8::Mul(x, y);
      break;
    case LaneOp::kSqr:
      r = Lane8::Sqr(x);
      break;
    case LaneOp::kSub:
      r = ifma::SettleReduceP(ifma::ToLoose(Lane8::Sub(x, y)));
      break;
    case LaneOp::kSqrSub2:
      r = Lane8::SqrSub2(x, y, z);
      break;
    case LaneOp::kSqrSubTwice:
      r = Lane8::SqrSubTwice(x, y, z);
      break;
    case LaneOp::kMulSub:
      r = Lane8::MulSub(x, y, z);
      break;
    case LaneOp::kMulSubMul:
      r = Lane8::MulSubMul(x, y, z, t);
      break;
    case LaneOp::kDoubledMul: {
      const Fe8 zero = ifma::SettleReduceP(ifma::ToLoose(Lane8::Sub(x, x)));
      const Fe8 minus = ifma::SettleReduceP(ifma::ToLoose(Lane8::Sub(zero, x)));
      r = Lane8::Mul(Lane8::Sub(x, minus), Lane8::Sub(y, z));
      break;
    }
  }
  Store(r, kP, out);
}

void MulNLanes(const U256 a[8], const U256 b[8], U256 out[8]) {
  Sn8 x, y;
  LoadLimbs(a, x.l);
  LoadLimbs(b, y.l);
  ifma::SetMagnitude(x, 1);
  ifma::SetMagnitude(y, 1);
  Store(ifma::CanonicalN(Lane8::MulN(x, y)), kN, out);
}

unsigned IsZeroLanes(const U256 a[8], int k) {
  ifma::Loose sum = ifma::ToLoose(LoadFe(a));
  for (int i = 0; i < k; ++i) sum = ifma::AddTimesP<1>(sum);
  return Lane8::IsZero(ifma::SettleP(sum));
}

bool InvertLanes(U256 a[32]) {
  Fe8 chain[4] = {LoadFe(a), LoadFe(a + 8), LoadFe(a + 16), LoadFe(a + 24)};
  if (!Lane8::Invert(chain)) return false;
  for (int i = 0; i < 4; ++i) Store(chain[i], kP, a + 8 * i);
  return true;
}

BlockResult SumBlock(const Pick (*rows)[8], int count, int levels) {
  const auto block = std::make_unique<BlockSum<Lane8>>();
  for (int k = 0; k < count; ++k) {
    for (int i = 0; i < 8; ++i) block->Row(k)[i] = rows[k][i];
  }
  BlockResult result{};
  result.sound = block->Run(count, 1, levels);
  for (int i = 0; i < 8; ++i) result.flagged[i] = Lane8::Bit(block->flags[0], i);
  Store(block->sum[0].x, kP, result.x);
  Store(block->sum[0].zz, kP, result.zz);
  return result;
}

}  // namespace

const Lane8Probe kLane8Ifma = {"avx512ifma", Apply, MulNLanes, IsZeroLanes, InvertLanes, SumBlock};

}  // namespace assay::p256

ASSAY_TARGET_END

#endif  // ASSAY_X86_KERNELS
