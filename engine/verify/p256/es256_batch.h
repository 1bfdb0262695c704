// Es256Batch: verifies any number of signatures with a Lane (tree.h), in chunks that share the
// inversion mod n and blocks that share those mod p.
//
// Beyond tree.h a Lane supplies SumMatches (single.h, for signatures verified alone) and
// Sn (numbers mod n), LoadN(words, i), StoreN(words, i, a), MulN (a b / R), OneN (R), InvertN(chains)
// (R / a, of every lane of kChains numbers; false if a check fails);
// Recode(u, i, tables, window, row, stride): RecodePicks for the lanes from i on, returning those
// with u = 0, whose picks mean nothing but may be loaded; Bit(mask, lane);
// MatchesX(sum, r, i): the lanes where sum.zz != 0 and x(sum) mod n = r;
// AffineLevels(vectors): how many levels of affine additions pay in a block of that size.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/verify/p256/equation.h"
#include "engine/verify/p256/es256.h"
#include "engine/verify/p256/tree.h"

namespace assay::p256 {

// Many 256-bit numbers, word by word, so that lanes load theirs side by side.
template <std::size_t kCount>
struct alignas(64) Columns {
  std::uint64_t w[4][kCount];

  U256 Get(int i) const { return {{w[0][i], w[1][i], w[2][i], w[3][i]}}; }
  void Set(int i, const U256& a) {
    for (int k = 0; k < 4; ++k) w[k][i] = a.w[k];
  }
};

// A signature that no key verifies (the chance that one does is that of a guess): what padding
// lanes hold. s is 1, so u1 and u2 are these two numbers: digits of pi.
inline constexpr U256 kPaddingE{
    {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}};
inline constexpr U256 kPaddingR{
    {0x452821e638d01377, 0xbe5466cf34e90c6c, 0xc0ac29b7c97c50dd, 0x3f84d5b5b5470917}};

template <class Lane>
class Es256Batch {
 public:
  static void Verify(std::span<const Es256Job> jobs, std::uint8_t* valid, Es256Scratch& scratch) {
    Es256Batch& self = *static_cast<Es256Batch*>(scratch.memory());
    while (!jobs.empty()) {
      const std::size_t n = std::min<std::size_t>(jobs.size(), kChunk);
      if (n == 1) {
        valid[0] = VerifyOne(jobs[0], scratch);
      } else {
        self.VerifyChunk(jobs.first(n), valid, scratch);
      }
      jobs = jobs.subspan(n);
      valid += n;
    }
  }

  static bool VerifyOne(const Es256Job& job, Es256Scratch& scratch) {
    Equation equation;
    if (!ParseEquation(job.digest, job.signature, equation)) return false;
    U256 u1, u2;
    Scalars(equation, u1, u2);
    return Lane::SumMatches(u1, u2, equation.r, scratch.generator(), *job.key);
  }

 private:
  using Mask = typename Lane::Mask;
  using Sn = typename Lane::Sn;
  using Sum = BlockSum<Lane>;
  static constexpr int kLanes = Lane::kLanes;
  static constexpr int kChunk = 256;
  static constexpr int kWindows = kMaxWindow - kMinWindow + 1;
  static constexpr std::size_t kSlots = kChunk + kWindows * std::size_t{Lane::kLanes};
  static constexpr std::uint16_t kPadding = 0xffff;

  void VerifyChunk(std::span<const Es256Job> jobs, std::uint8_t* valid, Es256Scratch& scratch) {
    // Signatures with equal window lie together, each group padded to whole vectors.
    std::uint32_t windows = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      valid[i] = 0;
      windows |= 1u << jobs[i].key->window();
    }
    int ends[kWindows];
    int groups = 0;
    slots_ = 0;
    for (std::uint32_t left = windows; left != 0; left &= left - 1) {
      const int window = __builtin_ctz(left);
      Gather(jobs, window);
      ends[groups++] = slots_;
    }
    if (slots_ == 0) return;
    if (!ComputeScalars()) {
      ++scratch.counters.repeated_blocks;
      for (std::size_t i = 0; i < jobs.size(); ++i) valid[i] = VerifyOne(jobs[i], scratch);
      return;
    }
    for (const TableEntry*& table : generator_table_) table = scratch.generator().entries();
    int begin = 0;
    for (int g = 0; g < groups; ++g) {
      for (; begin < ends[g]; begin += Sum::kTokens) {
        VerifyBlock(jobs, valid, scratch, begin, std::min(Sum::kTokens, ends[g] - begin));
      }
      begin = ends[g];
    }
  }

  void Gather(std::span<const Es256Job> jobs, int window) {
    const KeyTable* key = nullptr;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (jobs[i].key->window() != window) continue;
      Equation equation;
      if (!ParseEquation(jobs[i].digest, jobs[i].signature, equation)) continue;
      key = jobs[i].key;
      Append(equation, *key, static_cast<std::uint16_t>(i));
    }
    while (slots_ % kLanes != 0) Append({kPaddingR, U256{{1, 0, 0, 0}}, kPaddingE}, *key, kPadding);
  }

  void Append(const Equation& equation, const KeyTable& key, std::uint16_t job) {
    r_.Set(slots_, equation.r);
    s_.Set(slots_, equation.s);
    e_.Set(slots_, equation.e);
    key_[slots_] = &key;
    table_[slots_] = key.entries();
    job_[slots_] = job;
    ++slots_;
  }

  // e_ := e / s, s_ := r / s.
  //
  // MulN divides by R. Read as Montgomery forms, the s are s / R, so their inverses by the usual
  // trick would come out as R^2 / s; InvertN's extra factor 1/R carries through to all of them, and
  // MulN(e, R / s) is e / s.
  bool ComputeScalars() {
    constexpr std::size_t kChains = Lane::kChains;
    Sn chain[kChains];
    for (Sn& c : chain) c = Lane::OneN();
    const int vectors = slots_ / kLanes;
    for (int v = 0; v < vectors; ++v) {
      prefix_[v] = chain[static_cast<std::size_t>(v) % kChains];
      chain[static_cast<std::size_t>(v) % kChains] = Lane::MulN(prefix_[v], Lane::LoadN(s_.w, v * kLanes));
    }
    if (!Lane::InvertN(chain)) return false;
    for (int v = vectors; v-- > 0;) {
      Sn& c = chain[static_cast<std::size_t>(v) % kChains];
      const Sn w = Lane::MulN(c, prefix_[v]);
      c = Lane::MulN(c, Lane::LoadN(s_.w, v * kLanes));
      Lane::StoreN(e_.w, v * kLanes, Lane::MulN(w, Lane::LoadN(e_.w, v * kLanes)));
      Lane::StoreN(s_.w, v * kLanes, Lane::MulN(w, Lane::LoadN(r_.w, v * kLanes)));
    }
    return true;
  }

  void VerifyBlock(std::span<const Es256Job> jobs, std::uint8_t* valid, Es256Scratch& scratch,
                   int begin, int count) {
    const KeyTable& generator = scratch.generator();
    const int window = key_[begin]->window();
    const int generator_picks = Windows(generator.window());
    const int vectors = count / kLanes;
    Mask zero[static_cast<std::size_t>(Sum::kVectors)];
    for (int v = 0; v < vectors; ++v) {
      const int i = begin + v * kLanes;
      // u2 = r / s is never 0; u1 is when e = 0 mod n.
      zero[v] = Lane::Recode(e_.w, i, generator_table_, generator.window(),
                             sum_.Row(0) + v * kLanes, Sum::kTokens);
      Lane::Recode(s_.w, i, table_ + i, window, sum_.Row(generator_picks) + v * kLanes,
                   Sum::kTokens);
    }
    bool sound = sum_.Run(generator_picks + Windows(window), vectors, Lane::AffineLevels(vectors));
    for (int v = 0; v < vectors && sound; ++v) {
      const int first = begin + v * kLanes;
      const Mask flagged = sum_.flags[v] | zero[v];
      const Mask matches = Lane::MatchesX(sum_.sum[v], r_.w, first);
      for (int i = 0; i < kLanes; ++i) {
        const bool flag = Lane::Bit(flagged, i);
        bool accept = Lane::Bit(matches, i) && !flag;
        if (job_[first + i] == kPadding) {
          sound = sound && !accept;
          continue;
        }
        if (flag) {
          ++scratch.counters.flagged;
          accept = Again(first + i, generator);
        }
        valid[job_[first + i]] = accept;
      }
    }
    if (sound) return;
    // An inverse that was none, or a padding lane that passed: trust nothing of this block.
    ++scratch.counters.repeated_blocks;
    for (int i = begin; i < begin + count; ++i) {
      if (job_[i] != kPadding) valid[job_[i]] = VerifyOne(jobs[job_[i]], scratch);
    }
  }

  // Verifies slot i alone from its scalars.
  bool Again(int i, const KeyTable& generator) const {
    return Lane::SumMatches(e_.Get(i), s_.Get(i), r_.Get(i), generator, *key_[i]);
  }

  int slots_;
  Columns<kSlots> r_, s_, e_;
  const KeyTable* key_[kSlots];
  alignas(64) const TableEntry* table_[kSlots];
  alignas(64) const TableEntry* generator_table_[std::size_t{Lane::kLanes}];
  std::uint16_t job_[kSlots];
  Sn prefix_[kSlots / std::size_t{Lane::kLanes}];
  Sum sum_;
};

}  // namespace assay::p256
