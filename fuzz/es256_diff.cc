// Law: every kernel gives BoringSSL's verdict, for one signature and for a batch, in any position.
//
// Input: 32 bytes of a secret d (Q = d G, with small and edge values likely by construction), then
// one mode byte and up to 96 bytes of digest, r and s a signature. Modes: take r and s as they are,
// or make a valid signature for given u1 and u2, so that crafted scalars reach the sums.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/nid.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "engine/base/check.h"
#include "engine/p256/equation.h"
#include "engine/p256/es256.h"

namespace {

using namespace assay::p256;

struct Signature {
  std::array<std::uint8_t, 32> digest{};
  std::array<std::uint8_t, 64> bytes{};
};

struct Key {
  EC_KEY* ec = nullptr;
  std::unique_ptr<const KeyTable> table;
};

const EC_GROUP* Group() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  return group;
}

BIGNUM* Bn(const U256& a) {
  std::uint8_t bytes[32];
  StoreBigEndian(bytes, a);
  return BN_bin2bn(bytes, 32, nullptr);
}

// x(u1 G + u2 d G) mod n, or 1 where there is none.
U256 XOfSum(const U256& u1, const U256& u2, const U256& d) {
  const U256 k = AddMod(u1, MulN(MulN({u2}, {kRSquaredN}), {d}).v, kN);
  if (IsZero(k)) return kPlainOne;
  EC_POINT* point = EC_POINT_new(Group());
  BIGNUM* scalar = Bn(k);
  BIGNUM* x = BN_new();
  ASSAY_CHECK(EC_POINT_mul(Group(), point, scalar, nullptr, nullptr, nullptr));
  ASSAY_CHECK(EC_POINT_get_affine_coordinates_GFp(Group(), point, x, nullptr, nullptr));
  std::uint8_t bytes[32];
  ASSAY_CHECK(BN_bn2bin_padded(bytes, 32, x));
  BN_free(x);
  BN_free(scalar);
  EC_POINT_free(point);
  const U256 r = ReduceOnce(LoadBigEndian(bytes), kN);
  return IsZero(r) ? kPlainOne : r;
}

Signature Parse(std::uint8_t mode, const std::uint8_t* in, const U256& d) {
  Signature out;
  std::memcpy(out.digest.data(), in, 32);
  std::memcpy(out.bytes.data(), in + 32, 64);
  if (mode % 2 == 0) return out;
  const U256 u1 = ReduceOnce(LoadBigEndian(in), kN);
  U256 u2 = ReduceOnce(LoadBigEndian(in + 32), kN);
  if (IsZero(u2)) u2 = kPlainOne;
  const U256 r = XOfSum(u1, u2, d);
  const U256 s = MulN(MulN({InverseModNVartime(u2)}, {kRSquaredN}), {r}).v;
  StoreBigEndian(out.digest.data(), MulN(MulN({u1}, {kRSquaredN}), {s}).v);
  StoreBigEndian(out.bytes.data(), r);
  StoreBigEndian(out.bytes.data() + 32, s);
  if (mode % 4 == 3) out.bytes[mode / 4] ^= 1;  // and corrupted
  return out;
}

bool Reference(const Key& key, const Signature& signature) {
  ECDSA_SIG* parsed = ECDSA_SIG_new();
  ASSAY_CHECK(ECDSA_SIG_set0(parsed, BN_bin2bn(signature.bytes.data(), 32, nullptr),
                             BN_bin2bn(signature.bytes.data() + 32, 32, nullptr)));
  const bool valid = ECDSA_do_verify(signature.digest.data(), 32, parsed, key.ec) == 1;
  ECDSA_SIG_free(parsed);
  return valid;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kEach = 97;
  if (size < 32 + kEach) return 0;
  U256 d = ReduceOnce(LoadBigEndian(data), kN);
  if (IsZero(d)) d = kPlainOne;
  Key key;
  key.ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
  BIGNUM* secret = Bn(d);
  EC_POINT* point = EC_POINT_new(Group());
  ASSAY_CHECK(EC_POINT_mul(Group(), point, secret, nullptr, nullptr, nullptr));
  ASSAY_CHECK(EC_KEY_set_public_key(key.ec, point));
  std::uint8_t bytes[65];
  ASSAY_CHECK(EC_POINT_point2oct(Group(), point, POINT_CONVERSION_UNCOMPRESSED, bytes, 65, nullptr) == 65);
  key.table = KeyTable::Build(bytes + 1, bytes + 33, kMinWindow + data[31] % 5);
  ASSAY_CHECK(key.table != nullptr);

  std::vector<Signature> signatures;
  std::vector<std::uint8_t> expected;
  for (std::size_t at = 32; at + kEach <= size && signatures.size() < 40; at += kEach) {
    signatures.push_back(Parse(data[at], data + at + 1, d));
    expected.push_back(Reference(key, signatures.back()));
  }
  // Repeated up to a size that uses affine levels, then from another start.
  for (const Es256Kernel* kernel : Es256Kernels()) {
    if (!assay::simd::IsSupported(*kernel)) continue;
    static std::map<const Es256Kernel*, std::unique_ptr<Es256Scratch>> scratches;
    auto& scratch = scratches[kernel];
    if (!scratch) scratch = std::make_unique<Es256Scratch>(*kernel);
    for (std::size_t i = 0; i < signatures.size(); ++i) {
      const Es256Job job{signatures[i].digest.data(), signatures[i].bytes.data(), key.table.get()};
      ASSAY_CHECK(kernel->verify_one(job, *scratch) == (expected[i] != 0));
    }
    const std::size_t batch = 1 + data[0] % 70;
    std::vector<Es256Job> jobs;
    for (std::size_t i = 0; i < batch; ++i) {
      const Signature& signature = signatures[(i + data[1]) % signatures.size()];
      jobs.push_back({signature.digest.data(), signature.bytes.data(), key.table.get()});
    }
    std::vector<std::uint8_t> valid(batch, 2);
    kernel->verify_batch(jobs, valid.data(), *scratch);
    for (std::size_t i = 0; i < batch; ++i) {
      ASSAY_CHECK(valid[i] == expected[(i + data[1]) % signatures.size()]);
    }
    ASSAY_CHECK(scratch->counters.repeated_blocks == 0);
  }
  EC_POINT_free(point);
  BN_free(secret);
  EC_KEY_free(key.ec);
  return 0;
}
