// Lane scheduling shared by the multi-lane SHA-256 kernels.
#pragma once

#include <openssl/sha.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/digest/sha256_batch.h"

namespace assay::sha256 {

inline constexpr std::uint32_t kInitial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

alignas(64) inline constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

inline void StoreBigEndian(std::uint8_t* out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
  }
}

// Lane: one message on its way: first its whole blocks where they lie, then one or two padded blocks.
struct Lane {
  const std::uint8_t* next;  // the block to hash next
  std::size_t blocks;        // blocks left at `next`
  unsigned tail_blocks;      // padded blocks still to come after those: 0, 1 or 2
  std::uint16_t index;       // of the message and its digest
  std::uint8_t tail[128];

  void Start(std::string_view message, std::uint16_t message_index) {
    index = message_index;
    next = reinterpret_cast<const std::uint8_t*>(message.data());
    blocks = message.size() / 64;
    const std::size_t rest = message.size() % 64;
    tail_blocks = rest < 56 ? 1 : 2;
    if (rest != 0) std::memcpy(tail, next + blocks * 64, rest);
    const std::size_t size = tail_blocks * std::size_t{64};
    std::memset(tail + rest, 0, size - 8 - rest);
    tail[rest] = 0x80;
    StoreBigEndian(tail + size - 8, std::uint64_t{message.size()} * 8, 8);
    if (blocks == 0) EnterTail();
  }

  void EnterTail() {
    next = tail;
    blocks = tail_blocks;
    tail_blocks = 0;
  }

  // Advance: takes `count` <= blocks hashed blocks into account; false when the message is finished.
  bool Advance(std::size_t count) {
    next += count * 64;
    blocks -= count;
    if (blocks == 0 && tail_blocks != 0) EnterTail();
    return blocks != 0;
  }
};

// LaneWords: the state of as many messages as a vector has lanes. Here, since what a target region defines could not be
// inlined into DigestInLanes().
template <unsigned kLanes>
struct LaneWords {
  alignas(kLanes * sizeof(std::uint32_t)) std::uint32_t words[8][kLanes];
  std::uint32_t& Word(unsigned lane, unsigned i) { return words[i][lane]; }
};

// DigestInLanes: Sha256Kernel::digest in K::kLanes lanes. K::kAlone: with fewer than this many live lanes and no
// message waiting, one stream after the other is faster; K::State with Word(lane, i); K::Compress(state, next, blocks)
// hashes `blocks` blocks from every next[lane].
template <class K>
void DigestInLanes(const std::string_view* messages, const std::uint16_t* order, std::size_t count,
                   Sha256Digest* digests) {
  typename K::State state;
  Lane lanes[K::kLanes];
  unsigned live[K::kLanes];  // which lanes hold a message: live[0..live_count)
  unsigned live_count = 0;
  std::size_t taken = 0;

  const auto start = [&](unsigned lane) {
    const std::uint16_t index = order[taken++];
    lanes[lane].Start(messages[index], index);
    for (unsigned i = 0; i < 8; ++i) state.Word(lane, i) = kInitial[i];
  };
  const auto finish = [&](unsigned lane) {
    std::uint8_t* out = digests[lanes[lane].index].data();
    for (unsigned i = 0; i < 8; ++i) StoreBigEndian(out + 4 * i, state.Word(lane, i), 4);
  };

  while (live_count < K::kLanes && taken < count) {
    start(live_count);
    live[live_count] = live_count;
    ++live_count;
  }
  for (unsigned lane = live_count; lane < K::kLanes; ++lane) {
    for (unsigned i = 0; i < 8; ++i) state.Word(lane, i) = 0;  // idle lanes hash, but defined words
  }
  while (live_count >= K::kAlone || (live_count > 0 && taken < count)) {
    std::size_t run = lanes[live[0]].blocks;
    for (unsigned i = 1; i < live_count; ++i) run = lanes[live[i]].blocks < run ? lanes[live[i]].blocks : run;
    const std::uint8_t* next[K::kLanes];
    for (unsigned lane = 0; lane < K::kLanes; ++lane) next[lane] = lanes[live[0]].next;
    for (unsigned i = 0; i < live_count; ++i) next[live[i]] = lanes[live[i]].next;
    K::Compress(state, next, run);
    for (unsigned i = 0; i < live_count;) {
      const unsigned lane = live[i];
      if (!lanes[lane].Advance(run)) {
        finish(lane);
        if (taken < count) {
          start(lane);
        } else {
          live[i] = live[--live_count];
          continue;
        }
      }
      ++i;
    }
  }
  for (unsigned i = 0; i < live_count; ++i) {
    const unsigned lane = live[i];
    std::uint32_t words[8];
    for (unsigned w = 0; w < 8; ++w) words[w] = state.Word(lane, w);
    std::size_t run = 0;
    do {
      run = lanes[lane].blocks;
      SHA256_TransformBlocks(words, lanes[lane].next, run);
    } while (lanes[lane].Advance(run));
    for (unsigned w = 0; w < 8; ++w) state.Word(lane, w) = words[w];
    finish(lane);
  }
}

// kAvx512, kShaNi3, kShaNi2, kAvx2, kSingle: the kernels, by file.
extern const Sha256Kernel kAvx512;
extern const Sha256Kernel kAvx2;
extern const Sha256Kernel kShaNi3;
extern const Sha256Kernel kShaNi2;
extern const Sha256Kernel kSingle;

}  // namespace assay::sha256
