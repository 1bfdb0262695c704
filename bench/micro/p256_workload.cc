#include "bench/micro/p256_workload.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>

#include <cstring>
#include <map>
#include <random>

#include "engine/base/check.h"
#include "engine/p256/equation.h"
#include "tests/engine/p256/balanced.h"

namespace assay::p256 {
namespace {

// The bytes that a BoringSSL encoder left in memory of its own.
std::vector<std::uint8_t> Taken(std::uint8_t* bytes, int size) {
  ASSAY_CHECK(size > 0);
  std::vector<std::uint8_t> out(bytes, bytes + size);
  OPENSSL_free(bytes);
  return out;
}

}  // namespace

Workload& Workload::Of(int window) {
  static std::map<int, std::unique_ptr<Workload>> workloads;
  auto& workload = workloads[window];
  if (!workload) workload.reset(new Workload(window));
  return *workload;
}

Workload::Workload(int window) : digests(kSignatures), signatures(64 * kSignatures), window_(window) {
  std::mt19937_64 draw(1);
  for (std::size_t k = 0; k < kKeys; ++k) {
    EC_KEY* const key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    ASSAY_CHECK(EC_KEY_generate_key(key));
    keys.push_back(key);
    std::uint8_t point[65];
    EC_POINT_point2oct(EC_KEY_get0_group(key), EC_KEY_get0_public_key(key), POINT_CONVERSION_UNCOMPRESSED, point,
                       sizeof(point), nullptr);
    points.emplace_back(point + 1, point + 65);
    tables.push_back(KeyTable::Build(point + 1, point + 33, window));
    std::uint8_t* encoded = nullptr;
    const int size = i2d_EC_PUBKEY(key, &encoded);
    openssl.push_back(bench::OpenSslVerifier::Create(Taken(encoded, size)));
  }
  for (std::size_t i = 0; i < kSignatures; ++i) {
    std::string message(700, '\0');
    for (char& c : message) c = static_cast<char>(draw());
    messages.push_back(std::move(message));
  }
  for (const std::string& message : messages) views.emplace_back(message);
  Sha256Batch(views, digests);
  for (std::size_t i = 0; i < kSignatures; ++i) {
    ECDSA_SIG* const signature = ECDSA_do_sign(digests[i].data(), 32, keys[i % kKeys]);
    std::uint8_t* const bytes = &signatures[64 * i];
    ASSAY_CHECK(BN_bn2bin_padded(bytes, 32, ECDSA_SIG_get0_r(signature)) &&
                BN_bn2bin_padded(bytes + 32, 32, ECDSA_SIG_get0_s(signature)));
    std::uint8_t* encoded = nullptr;
    std::size_t size = 0;
    ASSAY_CHECK(ECDSA_SIG_to_bytes(&encoded, &size, signature));
    der.push_back(Taken(encoded, static_cast<int>(size)));
    parsed.push_back(signature);
    jobs.push_back({digests[i].data(), bytes, tables[i % kKeys].get()});
  }
}

std::vector<Es256Job> Workload::Crafted(std::size_t batch) {
  crafted_ = signatures;
  std::vector<Es256Job> crafted = jobs;
  const int share = batch == 2 ? 4 : batch == 4 ? 2 : 0;
  for (std::size_t i = 0; i < kSignatures; ++i) {
    std::uint8_t* const bytes = &crafted_[64 * i];
    crafted[i].signature = bytes;
    if (share == 0) {
      crafted[i].digest = zero_.data();
      continue;
    }
    const U256 u1 = Balanced(kGeneratorWindow, 0, share);
    const U256 u2 = Balanced(window_, Windows(kGeneratorWindow), share);
    const Fn e{ReduceOnce(LoadBigEndian(digests[i].data()), kN)};
    const Fn s = MulN(e, MulN({InverseModNVartime(u1)}, {kRSquaredN}));  // e / u1
    StoreBigEndian(bytes, MulN(s, MulN({u2}, {kRSquaredN})).v);
    StoreBigEndian(bytes + 32, s.v);
  }
  return crafted;
}

}  // namespace assay::p256
