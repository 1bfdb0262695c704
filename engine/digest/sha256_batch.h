// Multi-buffer SHA-256 (FIPS 180-4): many messages at once.
//
// One SHA-256 stream is latency-bound, a dependency chain; independent messages in parallel are not.
// Each kernel hashes messages in lanes: a lane whose message ends takes the next one, and messages
// are ordered by their number of blocks so that lanes end together. The kernel is chosen once, for
// the CPU and by count; the crossovers were measured with `sha256_bench`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/simd/kernel_list.h"

namespace assay {

using Sha256Digest = std::array<std::uint8_t, 32>;

// Sha256Kernel: one implementation. Immutable, static storage.
struct Sha256Kernel {
  const char* name;
  unsigned lanes;             // messages side by side
  unsigned fewest;            // from this many messages on, no other kernel of the list is faster
  simd::FeatureSet required;  // what the CPU must have
  // digest: writes the digest of messages[order[i]] to digests[order[i]] for every i < count. Correct for
  // any order and count; fastest when `order` has falling lengths. Neither allocates nor reads
  // beyond the end of a message.
  void (*digest)(const std::string_view* messages, const std::uint16_t* order, std::size_t count,
                 Sha256Digest* digests);
};

// Sha256Kernels: every kernel compiled into this binary, fastest first (SHA-NI goes before the 8 lanes of AVX2); the
// last one runs everywhere.
simd::KernelList<Sha256Kernel> Sha256Kernels();

// SelfTest: known-answer test (FIPS 180-4 examples and every padding length) through every lane of `kernel`.
// Requires simd::IsSupported(kernel).
bool SelfTest(const Sha256Kernel& kernel);

// Sha256Batch: digests[i] = SHA-256(messages[i]). Spans of one length. Uses the fastest kernels that this CPU
// supports and that passed their self-test on first use. Thread-safe, no lock after first use,
// no allocation.
void Sha256Batch(std::span<const std::string_view> messages, std::span<Sha256Digest> digests);

// Sha256Batch: the same through `kernel` alone. Requires simd::IsSupported(kernel).
void Sha256Batch(const Sha256Kernel& kernel, std::span<const std::string_view> messages,
                 std::span<Sha256Digest> digests);

// ActiveSha256Kernel: the kernel that Sha256Batch uses for a batch of `count` messages of like length.
const Sha256Kernel& ActiveSha256Kernel(std::size_t count);

}  // namespace assay
