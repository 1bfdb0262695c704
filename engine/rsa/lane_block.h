// One block of lanes, from loading the jobs to their verdicts. Included like lane_multiply.h, within a target region.
#pragma once

#include <cstring>

#include "engine/rsa/encoding.h"
#include "engine/rsa/lane_compare.h"
#include "engine/rsa/rsa_verify.h"

namespace assay::rsa {

// LaneMemory: the lanes' part of RsaScratch for moduli of L limbs.
template <class Lane, int L>
struct LaneMemory {
  static constexpr std::size_t kLimbs = L;
  static constexpr std::size_t kSlack = kCompareSlack;
  typename Lane::Factor n[kLimbs + kSlack];
  typename Lane::Factor c[kLimbs + kSlack];
  typename Lane::Vec words[kLimbs];  // of a signature, then of the padding, or of the power
  typename Lane::Factor s[kLimbs];
  typename Lane::Factor power[kLimbs];
  typename Lane::Factor m[kLimbs];
  typename Lane::Factor h[kSlack];
};

// Gather: out[0..L) = the numbers at rows[lane], L limbs each, limb by limb across the lanes.
template <class Lane, int L>
void Gather(const std::uint64_t* const* rows, typename Lane::Vec* out) {
  bool same = true;
  for (int lane = 1; lane < Lane::kLanes; ++lane) same &= rows[lane] == rows[0];
  if (same) {
    for (int i = 0; i < L; ++i) out[i] = Lane::Broadcast(rows[0][i]);
    return;
  }
  int i = 0;
  for (; i + Lane::kLanes <= L; i += Lane::kLanes) Lane::Transpose(rows, i, out + i);
  for (; i < L; ++i) {
    alignas(64) std::uint64_t words[Lane::kLanes];
    for (int lane = 0; lane < Lane::kLanes; ++lane) words[lane] = rows[lane][i];
    out[i] = Lane::Load(words);
  }
}

// GatherFactors: Gather(), as factors. `words` is scratch.
template <class Lane, int L>
void GatherFactors(const std::uint64_t* const* rows, typename Lane::Vec* words, typename Lane::Factor* out) {
  Gather<Lane, L>(rows, words);
  for (int i = 0; i < L; ++i) out[i] = Lane::Limb(words[i]);
}

// GatherBytes: out[0..L) = the big-endian numbers at bytes[lane], 8 * W bytes each, as limbs. `words` is scratch.
template <class Lane, int L, int W>
void GatherBytes(const std::uint8_t* const* bytes, typename Lane::Vec* words, typename Lane::Factor* out) {
  constexpr int kLanes = Lane::kLanes;
  static_assert(W % kLanes == 0 && L * static_cast<int>(kLimbBits) >= 64 * W);
  for (int w = 0; w < W; w += kLanes) Lane::TransposeBigEndian(bytes, 8 * (W - kLanes - w), words + w);
  for (int i = 0; i < L; ++i) {
    const int bit = i * static_cast<int>(kLimbBits);
    const int word = bit / 64;
    const unsigned shift = static_cast<unsigned>(bit % 64);
    typename Lane::Vec limb = word < W ? Lane::ShiftRight(words[word], shift) : Lane::Zero();
    if (shift > 64 - kLimbBits && word + 1 < W) {
      limb = Lane::Or(limb, Lane::ShiftLeft(words[word + 1], 64 - shift));
    }
    out[i] = Lane::Limb(limb);
  }
}

// StoreBlock: block := the canonical big-endian number in lane `lane` of x. Requires x below 2 n.
template <class Lane, int L>
void StoreBlock(const typename Lane::Vec* x, int lane, const PreparedRsa& key, std::uint8_t* block) {
  __extension__ using Wide = unsigned __int128;
  const std::uint64_t* words = reinterpret_cast<const std::uint64_t*>(x);
  const std::uint64_t* n = key.n();
  std::uint64_t value[kMaxLimbs];
  std::uint64_t reduced[kMaxLimbs];
  std::uint64_t borrow = 0;
  for (int i = 0; i < L; ++i) {
    value[i] = words[i * Lane::kLanes + lane];
    const std::uint64_t difference = value[i] - n[i] - borrow;
    borrow = difference >> 63;
    reduced[i] = difference & kLimbMask;
  }
  const std::uint64_t* limbs = borrow != 0 ? value : reduced;
  Wide bits = 0;
  unsigned held = 0;
  std::uint8_t* out = block + key.bytes();
  for (int i = 0; i < L && out != block; ++i) {
    bits |= Wide{limbs[i]} << held;
    held += kLimbBits;
    if (held < 64) continue;
    out -= 8;
    StoreBigEndian64(out, static_cast<std::uint64_t>(bits));
    bits >>= 64;
    held -= 64;
  }
}

// LaneGroup: Lane::kLanes jobs, each in a lane. Lanes beyond `count` hold job 0's key and digest with the signature 1,
// which is never right: 1^65537 is 1.
template <class Lane, int L, int T>
class LaneGroup {
 public:
  LaneGroup(const RsaJob* jobs, const std::uint32_t* order, unsigned count, LaneMemory<Lane, L>* memory)
      : jobs_(jobs), order_(order), count_(count), memory_(*memory) {
    const std::uint64_t* rows[Lane::kLanes];
    alignas(64) std::uint64_t minus_inverse[Lane::kLanes];
    std::uint8_t one[kMaxBytes];
    std::memset(one, 0, sizeof(one) - 1);
    one[kMaxBytes - 1] = 1;
    const std::uint8_t* bytes[Lane::kLanes];
    for (int lane = 0; lane < Lane::kLanes; ++lane) {
      const PreparedRsa& key = *JobOf(lane).key;
      rows[lane] = key.n();
      minus_inverse[lane] = key.minus_inverse();
      bytes[lane] = IsPadding(lane) ? one + kMaxBytes - key.bytes() : JobOf(lane).signature.data();
    }
    GatherFactors<Lane, L>(rows, memory_.words, memory_.n);
    modulus_ = {memory_.n, Lane::Limb(Lane::Load(minus_inverse)), memory_.m};
    GatherBytes<Lane, L, L / 20 * 16>(bytes, memory_.words, memory_.s);
  }

  const Modulus<Lane>& modulus() const { return modulus_; }
  const typename Lane::Factor* s() const { return memory_.s; }
  typename Lane::Factor* power() { return memory_.power; }

  // Judge: a bit for each lane whose signature is right, once power() is s^65537 R^-65536. Gained by a comparison that
  // succeeded, and by nothing else.
  unsigned Judge() { return IsPkcs1(JobOf(0).algorithm) ? JudgePkcs1() : JudgePss(); }

 private:
  bool IsPadding(int lane) const { return static_cast<unsigned>(lane) >= count_; }
  const RsaJob& JobOf(int lane) const { return jobs_[order_[IsPadding(lane) ? 0 : lane]]; }

  unsigned JudgePkcs1() {
    bool wide = false;
    for (int lane = 0; lane < Lane::kLanes; ++lane) wide |= JobOf(lane).digest.size() > 32;
    const std::uint64_t *padding[Lane::kLanes], *c[Lane::kLanes];
    std::uint64_t* h = reinterpret_cast<std::uint64_t*>(memory_.words);
    for (int lane = 0; lane < Lane::kLanes; ++lane) {
      const RsaJob& job = JobOf(lane);
      padding[lane] = job.key->padding(job.algorithm);
      c[lane] = wide ? job.key->c10() : job.key->c5();
      BytesToLimbs(job.digest, h + lane, Lane::kLanes, job.digest.size() > 32 ? 10 : 5);
      for (int i = 5; i < 10 && job.digest.size() <= 32; ++i) h[i * Lane::kLanes + lane] = 0;
    }
    for (int i = 0; i < 10; ++i) memory_.h[i] = Lane::Limb(memory_.words[i]);
    GatherFactors<Lane, L>(c, memory_.words, memory_.c);
    for (int i = L; i < L + kCompareSlack; ++i) memory_.n[i] = memory_.c[i] = Lane::Limb(Lane::Zero());
    Gather<Lane, L>(padding, memory_.words);
    return wide ? MatchesDigest<Lane, L, 10>(memory_.power, memory_.h, memory_.c, memory_.words, modulus_)
                : MatchesDigest<Lane, L, 5>(memory_.power, memory_.h, memory_.c, memory_.words, modulus_);
  }

  unsigned JudgePss() {
    const std::uint64_t* to_plain[Lane::kLanes];
    for (int lane = 0; lane < Lane::kLanes; ++lane) to_plain[lane] = JobOf(lane).key->to_plain();
    GatherFactors<Lane, L>(to_plain, memory_.words, memory_.c);
    Multiply<Lane, L, T>(memory_.power, memory_.c, modulus_);
    for (int i = 0; i < L; ++i) memory_.words[i] = Lane::Integer(memory_.power[i]);
    unsigned right = 0;
    for (int lane = 0; lane < Lane::kLanes; ++lane) {
      const RsaJob& job = JobOf(lane);
      std::uint8_t block[kMaxBytes];
      StoreBlock<Lane, L>(memory_.words, lane, *job.key, block);
      const std::span<const std::uint8_t> em(block, job.key->bytes());
      if (VerifyPss(job.algorithm, job.digest, em)) right |= 1u << lane;
    }
    return right;
  }

  const RsaJob* const jobs_;
  const std::uint32_t* const order_;
  const unsigned count_;
  LaneMemory<Lane, L>& memory_;
  Modulus<Lane> modulus_;
};

// VerifyLanes: RsaKernel::verify_block for moduli of L limbs, tiles of T columns. Returns false when a padding lane
// passes; then the lanes cannot be trusted and `valid` is not set.
template <class Lane, int L, int T>
bool VerifyLanes(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid, RsaScratch& scratch) {
  static_assert(sizeof(LaneMemory<Lane, L>) <= RsaScratch::kLaneBytes);
  LaneGroup<Lane, L, T> group(jobs, order, count, static_cast<LaneMemory<Lane, L>*>(scratch.lanes()));
  Square<Lane, L, T>(group.s(), group.power(), group.modulus());
  for (int i = 1; i < 16; ++i) Square<Lane, L, T>(group.power(), group.power(), group.modulus());
  Multiply<Lane, L, T>(group.power(), group.s(), group.modulus());
  const unsigned right = group.Judge();
  if (right >> count != 0) return false;
  for (unsigned i = 0; i < count; ++i) valid[order[i]] = (right >> i & 1) != 0;
  return true;
}

}  // namespace assay::rsa
