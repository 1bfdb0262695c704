// Keys and signatures for the P-256 benchmarks, made by BoringSSL before anything is timed.
#pragma once

#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/micro/openssl_baseline.h"
#include "engine/digest/sha256_batch.h"
#include "engine/p256/es256.h"

namespace assay::p256 {

// kSignatures valid signatures by kKeys keys in turn, each over the SHA-256 of a message of its own
// of 700 bytes. Never freed.
struct Workload {
  static constexpr std::size_t kKeys = 4;
  static constexpr std::size_t kSignatures = 1024;

  // The one whose keys have tables of this window, made when first asked for.
  static Workload& Of(int window);

  // Invalid signatures that no kernel can sum in a batch of this size without an exceptional
  // addition ("Exceptions are attacks" in kernels.md), for the keys of this workload.
  //
  // Two or four signatures are spread over lanes, and anyone can balance the halves that are added
  // last (tests/engine/p256/balanced.h). For other batches no such scalars are known but
  // u1 = 0, or to the key's owner.
  std::vector<Es256Job> Crafted(std::size_t batch);

  std::vector<EC_KEY*> keys;
  std::vector<std::vector<std::uint8_t>> points;  // x and y
  std::vector<std::unique_ptr<const KeyTable>> tables;
  std::vector<std::unique_ptr<bench::OpenSslVerifier>> openssl;
  std::vector<std::string> messages;
  std::vector<std::string_view> views;
  std::vector<Sha256Digest> digests;
  std::vector<std::uint8_t> signatures;
  std::vector<ECDSA_SIG*> parsed;
  std::vector<std::vector<std::uint8_t>> der;
  std::vector<Es256Job> jobs;

 private:
  explicit Workload(int window);
  int window_;
  std::vector<std::uint8_t> crafted_;
  Sha256Digest zero_{};
};

}  // namespace assay::p256
