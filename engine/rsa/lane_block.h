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
  typename Lane::Vec n[kLimbs + kSlack];
  typename Lane::Vec c[kLimbs + kSlack];
  typename Lane::Vec padding[kLimbs];
  typename Lane::Vec s[kLimbs];
  typename Lane::Vec power[kLimbs];
  typename Lane::Vec m[kLimbs];
  typename Lane::Vec h[kSlack];
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
  for (; i + 8 <= L; i += 8) Lane::Transpose(rows, i, out + i);
  for (; i < L; ++i) {
    alignas(64) std::uint64_t words[Lane::kLanes];
    for (int lane = 0; lane < Lane::kLanes; ++lane) words[lane] = rows[lane][i];
    out[i] = Lane::Load(words);
  }
}

// GatherBytes: out[0..L) = the big-endian numbers at bytes[lane], 8 * W bytes each, as limbs. `words` is scratch.
template <class Lane, int L, int W>
void GatherBytes(const std::uint8_t* const* bytes, typename Lane::Vec* words, typename Lane::Vec* out) {
  static_assert(W % 8 == 0 && L * static_cast<int>(kLimbBits) >= 64 * W);
  for (int w = 0; w < W; w += 8) Lane::TransposeBigEndian(bytes, 8 * (W - 8 - w), words + w);
  for (int i = 0; i < L; ++i) {
    const int bit = i * static_cast<int>(kLimbBits);
    const int word = bit / 64;
    const unsigned shift = static_cast<unsigned>(bit % 64);
    typename Lane::Vec limb = word < W ? Lane::ShiftRight(words[word], shift) : Lane::Zero();
    if (shift > 64 - kLimbBits && word + 1 < W) {
      limb = Lane::Or(limb, Lane::ShiftLeft(words[word + 1], 64 - shift));
    }
    out[i] = Lane::Low(limb);
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

// VerifyLanes: RsaKernel::verify_block for moduli of L limbs, tiles of T columns. Lanes beyond `count` hold job 0's key
// and digest with the signature 1, which is never right: 1^65537 is 1. Returns false when such a lane passes all the
// same; then the lanes cannot be trusted and `valid` is not set.
template <class Lane, int L, int T>
bool VerifyLanes(const RsaJob* jobs, const std::uint32_t* order, unsigned count, bool* valid, RsaScratch& scratch) {
  static_assert(sizeof(LaneMemory<Lane, L>) <= RsaScratch::kLaneBytes);
  auto* memory = static_cast<LaneMemory<Lane, L>*>(scratch.lanes());
  const auto job_of = [&](int lane) -> const RsaJob& {
    return jobs[order[static_cast<unsigned>(lane) < count ? lane : 0]];
  };

  const std::uint64_t* rows[Lane::kLanes];
  alignas(64) std::uint64_t minus_inverse[Lane::kLanes];
  std::uint8_t one[kMaxBytes];
  std::memset(one, 0, sizeof(one) - 1);
  one[kMaxBytes - 1] = 1;
  const std::uint8_t* bytes[Lane::kLanes];
  for (int lane = 0; lane < Lane::kLanes; ++lane) {
    const RsaJob& job = job_of(lane);
    rows[lane] = job.key->n();
    minus_inverse[lane] = job.key->minus_inverse();
    bytes[lane] = static_cast<unsigned>(lane) < count ? job.signature.data() : one + kMaxBytes - job.key->bytes();
  }
  Gather<Lane, L>(rows, memory->n);
  Modulus<Lane> modulus = {memory->n, Lane::Load(minus_inverse), memory->m};
  GatherBytes<Lane, L, L / 20 * 16>(bytes, memory->m, memory->s);
  Square<Lane, L, T>(memory->s, memory->power, modulus);
  for (int i = 1; i < 16; ++i) Square<Lane, L, T>(memory->power, memory->power, modulus);
  Multiply<Lane, L, T>(memory->power, memory->s, modulus);

  unsigned right = 0;  // a bit gained only by a comparison that succeeded
  if (IsPkcs1(jobs[order[0]].algorithm)) {
    bool wide = false;
    for (int lane = 0; lane < Lane::kLanes; ++lane) wide |= job_of(lane).digest.size() > 32;
    std::uint64_t* h = reinterpret_cast<std::uint64_t*>(memory->h);
    for (int lane = 0; lane < Lane::kLanes; ++lane) {
      const RsaJob& job = job_of(lane);
      rows[lane] = job.key->padding(job.algorithm);
      BytesToLimbs(job.digest, h + lane, Lane::kLanes, job.digest.size() > 32 ? 10 : 5);
      for (int i = 5; i < 10 && job.digest.size() <= 32; ++i) h[i * Lane::kLanes + lane] = 0;
    }
    Gather<Lane, L>(rows, memory->padding);
    for (int lane = 0; lane < Lane::kLanes; ++lane) {
      rows[lane] = wide ? job_of(lane).key->c10() : job_of(lane).key->c5();
    }
    Gather<Lane, L>(rows, memory->c);
    for (int i = L; i < L + kCompareSlack; ++i) memory->n[i] = memory->c[i] = Lane::Zero();
    right = wide ? MatchesDigest<Lane, L, 10>(memory->power, memory->h, memory->c, memory->padding, modulus)
                 : MatchesDigest<Lane, L, 5>(memory->power, memory->h, memory->c, memory->padding, modulus);
  } else {
    for (int lane = 0; lane < Lane::kLanes; ++lane) rows[lane] = job_of(lane).key->to_plain();
    Gather<Lane, L>(rows, memory->c);
    Multiply<Lane, L, T>(memory->power, memory->c, modulus);
    for (int lane = 0; lane < Lane::kLanes; ++lane) {
      const RsaJob& job = job_of(lane);
      std::uint8_t block[kMaxBytes];
      StoreBlock<Lane, L>(memory->power, lane, *job.key, block);
      const std::span<const std::uint8_t> em(block, job.key->bytes());
      if (VerifyPss(job.algorithm, job.digest, em)) right |= 1u << lane;
    }
  }
  if (right >> count != 0) return false;
  for (unsigned i = 0; i < count; ++i) valid[order[i]] = (right >> i & 1) != 0;
  return true;
}

}  // namespace assay::rsa
