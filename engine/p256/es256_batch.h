// Es256Batch: verifies any number of signatures with a Lane (tree.h), in chunks that share the
// inversion mod n and blocks that share those mod p.
//
// Beyond tree.h a Lane supplies SumMatches (single.h, for signatures verified alone) and
// Sn (numbers mod n), LoadN(words, i), StoreN(words, i, a), MulN (a b / R), OneN (R),
// InvertN(chains) (R / a, of every lane of kChains numbers; false if a check fails); Recode(u, i,
// tables, window, row, stride): RecodePicks for the lanes from i on, returning those with u = 0,
// whose picks mean nothing but may be loaded; Bit(mask, lane); MatchesX(sum, r, i): the lanes where
// sum.zz != 0 and x(sum) mod n = r; AffineLevels(vectors): how many levels of affine additions pay
// in a block of that size.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/p256/equation.h"
#include "engine/p256/es256.h"
#include "engine/p256/spread.h"
#include "engine/p256/tree.h"

namespace assay::p256 {

// kPaddingE, kPaddingR: the known-bad signature of padding lanes: no key verifies it but with the probability of a
// guess. s is 1, so u1 and u2 are these two numbers, digits of pi (nothing up my sleeve).
inline constexpr U256 kPaddingE{{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}};
inline constexpr U256 kPaddingR{{0x452821e638d01377, 0xbe5466cf34e90c6c, 0xc0ac29b7c97c50dd, 0x3f84d5b5b5470917}};

template <class Lane>
class Es256Batch {
 public:
  // Verify: Es256Kernel::verify_batch. Lanes that do not round as they must are not used.
  static void Verify(std::span<const Es256Job> jobs, std::uint8_t* valid, Es256Scratch& scratch) {
    [[maybe_unused]] const typename Lane::Mode mode{};
    if (Lane::RoundsTowardZero()) [[likely]] {
      VerifyInMode(jobs, valid, scratch);
      return;
    }
    ++scratch.counters.misrounding;
    for (std::size_t i = 0; i < jobs.size(); ++i) valid[i] = VerifyAlone(jobs[i], scratch);
  }

  static bool VerifyOne(const Es256Job& job, Es256Scratch& scratch) {
    if constexpr (kFewestSpread > 1) return VerifyAlone(job, scratch);
    std::uint8_t valid = 0;
    Verify({&job, 1}, &valid, scratch);
    return valid != 0;
  }

 private:
  // Columns: 256-bit numbers as a structure of arrays (SoA), so that a vector load gives one word of each lane.
  template <std::size_t kCount>
  struct alignas(64) Columns {
    std::uint64_t w[4][kCount];

    U256 Get(int i) const { return {{w[0][i], w[1][i], w[2][i], w[3][i]}}; }
    void Set(int i, const U256& a) {
      for (int k = 0; k < 4; ++k) w[k][i] = a.w[k];
    }
  };

  using Mask = typename Lane::Mask;
  using Sn = typename Lane::Sn;
  using Sum = BlockSum<Lane>;
  static constexpr int kLanes = Lane::kLanes;
  static constexpr int kChunk = 256;
  static constexpr int kWindows = kMaxWindow - kMinWindow + 1;
  static constexpr std::size_t kSlots = kChunk + kWindows * std::size_t{Lane::kLanes};
  static constexpr std::uint16_t kPadding = 0xffff;

  // kFew: the most signatures that VerifyFew takes: half the lanes, or as many as are faster alone.
  static constexpr std::size_t kFewestSpread = Lane::kFewestSpread;
  static constexpr std::size_t kMostSpread = std::size_t{Lane::kLanes} / 2;
  static constexpr bool kSpreads = kFewestSpread <= kMostSpread;
  static constexpr std::size_t kFew = std::max(kMostSpread, kFewestSpread - 1);

  // VerifyInMode: Verify, in a function of its own: see TowardZero.
  __attribute__((noinline)) static void VerifyInMode(std::span<const Es256Job> jobs, std::uint8_t* valid,
                                                     Es256Scratch& scratch) {
    Es256Batch& self = *static_cast<Es256Batch*>(scratch.memory());
    while (!jobs.empty()) {
      const std::size_t n = std::min<std::size_t>(jobs.size(), kChunk);
      if (n <= kFew) {
        VerifyFew(jobs.first(n), valid, scratch);
      } else {
        self.VerifyChunk(jobs.first(n), valid, scratch);
      }
      jobs = jobs.subspan(n);
      valid += n;
    }
  }

  // VerifyFew: verifies up to kFew signatures without inversions mod p.
  static void VerifyFew(std::span<const Es256Job> all, std::uint8_t* valid, Es256Scratch& scratch) {
    const Es256Job* const jobs = all.data();
    if (!kSpreads || all.size() < kFewestSpread) {
      for (std::size_t i = 0; i < all.size(); ++i) valid[i] = VerifyAlone(jobs[i], scratch);
      return;
    }
    if constexpr (kSpreads) {
      constexpr int kMost = static_cast<int>(kFew);
      const int n = static_cast<int>(all.size());
      Equation equations[kFew];
      int job[kFew];
      int count = 0;
      for (int i = 0; i < n; ++i) {
        valid[i] = 0;
        if (jobs[i].key->window() != jobs[0].key->window()) {
          for (int k = 0; k < n; ++k) VerifyFew(all.subspan(static_cast<std::size_t>(k), 1), valid + k, scratch);
          return;
        }
        if (!ParseEquation(jobs[i].digest, jobs[i].signature, equations[count])) continue;
        job[count++] = i;
      }
      if (count == 0) return;
      U256 u1[kFew], u2[kFew];
      ScalarsOfFew<kMost>(equations, count, u1, u2);
      SpreadFew(jobs, job, equations, count, u1, u2, valid, scratch);
    }
  }

  static bool VerifyAlone(const Es256Job& job, Es256Scratch& scratch) {
    Equation equation;
    if (!ParseEquation(job.digest, job.signature, equation)) return false;
    U256 u1, u2;
    Scalars(equation, u1, u2);
    return Lane::SumMatches(u1, u2, equation.r, scratch.generator(), *job.key);
  }

  static void SpreadFew(const Es256Job* jobs, const int* job, const Equation* equations, int count, const U256* u1,
                        const U256* u2, std::uint8_t* valid, Es256Scratch& scratch) {
    const int slots = count == 3 ? 4 : count;
    Sums scalars[kFew] = {};
    for (int i = 0; i < count; ++i) {
      scalars[i] = {u1[i], u2[i], equations[i].r, jobs[job[i]].key};
    }
    const Spread outcome = SpreadOver(slots, scalars, count, scratch);
    for (int i = 0; i < count; ++i) {
      bool accept = outcome.accept[i];
      if (outcome.flag[i]) {
        ++scratch.counters.flagged;
        accept = ReverifyFlagged(scalars[i], slots == 1 ? 2 : 1, scratch);
      }
      valid[job[i]] = accept;
    }
    if (outcome.sound) return;
    ++scratch.counters.repeated_blocks;
    for (int i = 0; i < count; ++i) valid[job[i]] = VerifyAlone(jobs[job[i]], scratch);
  }

  // Sums: the equation of one signature, x(u1 G + u2 Q) mod n = r.
  struct Sums {
    U256 u1, u2, r;
    const KeyTable* key;
  };

  struct Spread {
    bool accept[kFew];  // never of a flagged one
    bool flag[kFew];
    bool sound;
  };

  // SpreadOver: sums `count` <= slots signatures of one window over all lanes: see spread.h.
  static Spread SpreadOver(int slots, const Sums* scalars, int count, Es256Scratch& scratch) {
    const KeyTable& generator = scratch.generator();
    const int window = scalars[0].key->window();
    const int generator_picks = Windows(generator.window());
    const int picks = generator_picks + Windows(window);
    const int share = kLanes / slots;
    SpreadSum<Lane> sum;
    Columns<std::size_t{Lane::kLanes}> r{};
    Pick row[kMaxPicks];
    for (int slot = 0; slot < slots; ++slot) {
      const Sums padding{kPaddingE, kPaddingR, kPaddingR, scalars[0].key};
      const Sums& own = slot < count ? scalars[slot] : padding;
      RecodePicks(own.u1, generator.entries(), generator.window(), row, 1);
      RecodePicks(own.u2, own.key->entries(), window, row + generator_picks, 1);
      for (int k = 0; k < picks; ++k) {
        __builtin_prefetch(reinterpret_cast<const void*>(row[k]));
        sum.Set(slots, slot, k, row[k]);
      }
      for (int i = 0; i < share; ++i) r.Set(slot * share + i, own.r);
    }
    sum.Run(slots, picks);
    const Mask matches = Lane::MatchesX(sum.sum, r.w, 0);
    Spread outcome{};
    outcome.sound = true;
    for (int slot = 0; slot < slots; ++slot) {
      // Every lane of a slot must agree.
      bool accept = true;
      bool flag = slot < count && IsZero(scalars[slot].u1);
      for (int i = 0; i < share; ++i) {
        accept = accept && Lane::Bit(matches, slot * share + i);
        flag = flag || Lane::Bit(sum.flags, slot * share + i);
      }
      accept = accept && !flag;
      if (slot < count) {
        outcome.accept[slot] = accept;
        outcome.flag[slot] = flag;
      } else if (accept) {
        outcome.sound = false;
      }
    }
    return outcome;
  }

  // ReverifyFlagged: verifies a flagged signature alone. First spread over the lanes in another way than
  // the one that flagged it, so that other partial sums are added, at less than half the cost of complete
  // additions; if that is exceptional too, with complete additions.
  static bool ReverifyFlagged(const Sums& scalars, [[maybe_unused]] int slots, Es256Scratch& scratch) {
    if constexpr (kFewestSpread == 1) {
      if (!IsZero(scalars.u1)) {
        const Spread outcome = SpreadOver(slots, &scalars, 1, scratch);
        if (outcome.sound && !outcome.flag[0]) return outcome.accept[0];
      }
    }
    ++scratch.counters.complete;
    return Lane::SumMatches(scalars.u1, scalars.u2, scalars.r, scratch.generator(), *scalars.key);
  }

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
      for (std::size_t i = 0; i < jobs.size(); ++i) valid[i] = VerifyAlone(jobs[i], scratch);
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

  // ComputeScalars: e_ := e / s, s_ := r / s.
  //
  // MulN divides by R. Read as Montgomery forms, the s are s / R, so Montgomery's trick would give their inverses as
  // R^2 / s; InvertN's extra factor 1/R carries through to all of them, and MulN(e, R / s) is e / s.
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

  void VerifyBlock(std::span<const Es256Job> jobs, std::uint8_t* valid, Es256Scratch& scratch, int begin, int count) {
    const KeyTable& generator = scratch.generator();
    const int window = key_[begin]->window();
    const int generator_picks = Windows(generator.window());
    const int vectors = count / kLanes;
    Mask zero[static_cast<std::size_t>(Sum::kVectors)];
    for (int v = 0; v < vectors; ++v) {
      const int i = begin + v * kLanes;
      // u2 = r / s is never 0; u1 is when e = 0 mod n.
      zero[v] = Lane::Recode(e_.w, i, generator_table_, generator.window(), sum_.Row(0) + v * kLanes, Sum::kTokens);
      Lane::Recode(s_.w, i, table_ + i, window, sum_.Row(generator_picks) + v * kLanes, Sum::kTokens);
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
          accept =
              ReverifyFlagged({e_.Get(first + i), s_.Get(first + i), r_.Get(first + i), key_[first + i]}, 1, scratch);
        }
        valid[job_[first + i]] = accept;
      }
    }
    if (sound) return;
    // An inverse that was none, or a padding lane that passed: trust nothing of this block.
    ++scratch.counters.repeated_blocks;
    for (int i = begin; i < begin + count; ++i) {
      if (job_[i] != kPadding) valid[job_[i]] = VerifyAlone(jobs[job_[i]], scratch);
    }
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
