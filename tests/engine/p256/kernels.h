// What every ES256 kernel test shares: the kernels as test parameters, and keys and signatures
// made by BoringSSL.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/nid.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/p256/es256.h"
#include "tests/testing/emulated/emulated_kernels.h"

namespace assay::p256 {

// A test once for every kernel that this CPU can run, and for every emulated one.
class KernelTest : public ::testing::TestWithParam<const Es256Kernel*> {
 protected:
  void SetUp() override { scratch_ = std::make_unique<Es256Scratch>(kernel()); }

  const Es256Kernel& kernel() const { return *GetParam(); }
  Es256Scratch& scratch() { return *scratch_; }
  // An emulated kernel is slow, above all under a sanitizer or qemu: it takes the same cases in fewer batch sizes.
  bool emulated() const { return testing::IsEmulated(kernel()); }

  std::vector<std::uint8_t> VerifyBatch(std::span<const Es256Job> jobs) {
    std::vector<std::uint8_t> valid(jobs.size(), 2);
    kernel().verify_batch(jobs, valid.data(), scratch());
    return valid;
  }

 private:
  std::unique_ptr<Es256Scratch> scratch_;
};

inline std::string KernelName(const ::testing::TestParamInfo<const Es256Kernel*>& info) {
  std::string name = info.param->name;
  if (*info.param->variant != 0) name += std::string("_") + info.param->variant;
  return name;
}

#define ASSAY_FOR_EVERY_KERNEL(fixture)                                                               \
  INSTANTIATE_TEST_SUITE_P(All, fixture, ::testing::ValuesIn(::assay::testing::TestedEs256Kernels()), \
                           ::assay::p256::KernelName)

struct Deleter {
  void operator()(EC_KEY* p) const { EC_KEY_free(p); }
  void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(BN_CTX* p) const { BN_CTX_free(p); }
  void operator()(EC_POINT* p) const { EC_POINT_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Deleter>;

inline Owned<BIGNUM> ToBn(const U256& a) {
  std::uint8_t bytes[32];
  StoreBigEndian(bytes, a);
  return Owned<BIGNUM>(BN_bin2bn(bytes, 32, nullptr));
}
inline U256 FromBn(const BIGNUM* a) {
  std::uint8_t bytes[32];
  EXPECT_TRUE(BN_bn2bin_padded(bytes, 32, a));
  return LoadBigEndian(bytes);
}

struct TestSignature {
  std::array<std::uint8_t, 32> digest{};
  std::array<std::uint8_t, 64> bytes{};
};

// One key in BoringSSL's form and in ours.
class TestKey {
 public:
  // Random, or d G for the given d.
  explicit TestKey(int window, const BIGNUM* d = nullptr) : ec_(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1)) {
    const EC_GROUP* group = EC_KEY_get0_group(ec_.get());
    if (d == nullptr) {
      EXPECT_TRUE(EC_KEY_generate_key(ec_.get()));
    } else {
      Owned<EC_POINT> point(EC_POINT_new(group));
      EXPECT_TRUE(EC_POINT_mul(group, point.get(), d, nullptr, nullptr, nullptr));
      EXPECT_TRUE(EC_KEY_set_private_key(ec_.get(), d));
      EXPECT_TRUE(EC_KEY_set_public_key(ec_.get(), point.get()));
    }
    EXPECT_EQ(65u, EC_POINT_point2oct(group, EC_KEY_get0_public_key(ec_.get()), POINT_CONVERSION_UNCOMPRESSED, point_,
                                      65, nullptr));
    table_ = KeyTable::Build(point_ + 1, point_ + 33, window);
    EXPECT_NE(nullptr, table_);
  }

  const KeyTable& table() const { return *table_; }
  const BIGNUM* secret() const { return EC_KEY_get0_private_key(ec_.get()); }
  const std::uint8_t* x() const { return point_ + 1; }
  const std::uint8_t* y() const { return point_ + 33; }

  TestSignature Sign(const std::array<std::uint8_t, 32>& digest) const {
    TestSignature out;
    out.digest = digest;
    Owned<ECDSA_SIG> signature(ECDSA_do_sign(digest.data(), 32, ec_.get()));
    EXPECT_TRUE(BN_bn2bin_padded(out.bytes.data(), 32, ECDSA_SIG_get0_r(signature.get())));
    EXPECT_TRUE(BN_bn2bin_padded(out.bytes.data() + 32, 32, ECDSA_SIG_get0_s(signature.get())));
    return out;
  }

  // BoringSSL's verdict.
  bool Reference(const TestSignature& signature) const {
    Owned<ECDSA_SIG> parsed(ECDSA_SIG_new());
    EXPECT_TRUE(ECDSA_SIG_set0(parsed.get(), BN_bin2bn(signature.bytes.data(), 32, nullptr),
                               BN_bin2bn(signature.bytes.data() + 32, 32, nullptr)));
    return ECDSA_do_verify(signature.digest.data(), 32, parsed.get(), ec_.get()) == 1;
  }

  Es256Job Job(const TestSignature& signature) const {
    return {signature.digest.data(), signature.bytes.data(), table_.get()};
  }

 private:
  Owned<EC_KEY> ec_;
  std::uint8_t point_[65];
  std::unique_ptr<const KeyTable> table_;
};

}  // namespace assay::p256
