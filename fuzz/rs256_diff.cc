// The kernels and BoringSSL must agree on every RS256, RS384, RS512 and PS256 signature, and the
// lanes' arithmetic with BoringSSL's on every modulus.
//
// Input: mode, algorithm, then bytes that are xored into a right signature's parts. With mode 0 the
// encoded block is changed and closed with the private key (the one that RFC 7517 appendix A.2
// prints), with mode 1 the signature is changed, with mode 2 the bytes are a modulus and an
// operand.
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/rsa/encoding.h"
#include "engine/rsa/rsa_verify.h"
#include "tests/engine/rsa/lane_ops.h"

namespace assay::rsa {
namespace {

constexpr std::string_view kN =
    "d2fc7b6a0a1e6c67104aeb8f88b257669b4df679ddad099b5c4a6cd9a88015b5a133bf0b856c7871b6df000b"
    "554fceb3c2ed512bb68f145c6e8434752fab52a1cfc124408f79b58a4578c16428855789f7a249e384cb2d9f"
    "ae2d67fd96fb926c198e077399fdc815c0af097dde5aadeff44de70e827f4878432439bfeeb96068d0474fc5"
    "0d6d90bf3a98dfaf1040c89c02d692ab3b3c2896609d86fd73b774ce0740647ceeeaa310bd12f985a8eb9f59"
    "fdd426cea5b2120f4f2a34bcab764b7e6c54d6840238bcc40587a59e66ed1f33894577635c470af75cf92c20"
    "d1da43e1bfc419e222a6f0d0bb358c5e38f9cb050aeafe904814f1ac1aa49cca9ea0ca83";
constexpr std::string_view kD =
    "5f8713b5e258fe09f81583ec5c1f2b7578b1e6fc2c83514b37913711a1ba449a151fe1cb2ca0fd33b771e68a"
    "3b1944649dc867ad1c1e5240bb853e5f24b33459b14028d2d6636befec1e8da974b352fc53d3f6127ea8a3c2"
    "9dd14f3941682c56a78768164e4dda8f06cbf9c734aae8003224278ea9454a21b17cb06d178075868cc05b3d"
    "b6ff1dfdc3d56378b4edadedf0c37a4cdc26d1d49ac26f6fe3b5220a5dd29396621bbc688cf2eee2c6e0d54d"
    "a3c782014cd0739db252cc51caeba8d3f1b824baab24d068ec903264d7d678ab08f06ec9e7e23d960628b744"
    "bf94b3694656463c7e417399ed73d076c891fcf463a9aa9ce62da9cd17e237dc2a8002f1";
constexpr std::string_view kP =
    "f378beec8bcc197a0c5c2b24bfbdd32abf3adfb1623bb676ef3bfca23ea96d6510c8b3d0050c6d3d59f00f6d"
    "11fbad1e4c3983dae8e732de4fa2a32b9bc45f98d855583b638cc9823233a949789c1478fb5ceb95218432a9"
    "55a558487a74ddfa19565893ddcdf0173dbd8e35c72f01f51cf3386550cd7bcd12f9fb3b49d56dfb";
constexpr std::string_view kQ =
    "ddd7ce47d72e62afb44be9a414bce022d80c11f173076ab78567a132e1b4a02baa9dbdefa1b2f2ba6aa35594"
    "0ed5d22b7708139c276963305c39f5b9af7ef40055e38967edfcd1848a8be89e2ce12a9a3d5554bbf13cc583"
    "190876b79c45ecec67ed6461dfecd6a0dbc6d9031207c0213006f4b527003ba7e2f21c6fac9e9719";

using Number = bssl::UniquePtr<BIGNUM>;
using Bytes = std::vector<std::uint8_t>;

Number FromHex(std::string_view hex) {
  BIGNUM* number = nullptr;
  ASSAY_CHECK(BN_hex2bn(&number, std::string(hex).c_str()) == static_cast<int>(hex.size()));
  return Number(number);
}

struct Fixed {
  bssl::UniquePtr<RSA> rsa{RSA_new()};
  std::unique_ptr<const PreparedRsa> key;
  bssl::UniquePtr<BN_CTX> context{BN_CTX_new()};
  RsaScratch scratch;

  Fixed() {
    Number n = FromHex(kN), d = FromHex(kD), p = FromHex(kP), q = FromHex(kQ), e(BN_new());
    ASSAY_CHECK(BN_set_word(e.get(), 65537));
    Number dmp1(BN_new()), dmq1(BN_new()), iqmp(BN_new()), less(BN_dup(p.get()));
    BN_sub_word(less.get(), 1);
    BN_mod(dmp1.get(), d.get(), less.get(), context.get());
    less.reset(BN_dup(q.get()));
    BN_sub_word(less.get(), 1);
    BN_mod(dmq1.get(), d.get(), less.get(), context.get());
    ASSAY_CHECK(BN_mod_inverse(iqmp.get(), q.get(), p.get(), context.get()) != nullptr);
    Bytes modulus(256);
    ASSAY_CHECK(BN_bn2bin_padded(modulus.data(), modulus.size(), n.get()));
    const Bytes f4 = {1, 0, 1};
    key = PreparedRsa::Create(modulus, f4);
    ASSAY_CHECK(key != nullptr);
    ASSAY_CHECK(RSA_set0_key(rsa.get(), n.release(), e.release(), d.release()) &&
                RSA_set0_factors(rsa.get(), p.release(), q.release()) &&
                RSA_set0_crt_params(rsa.get(), dmp1.release(), dmq1.release(), iqmp.release()));
  }
};

Fixed& The() {
  static Fixed fixed;
  return fixed;
}

void Xor(Bytes& into, std::span<const std::uint8_t> with) {
  for (std::size_t i = 0; i < with.size() && i < into.size(); ++i) {
    into[into.size() - 1 - i] ^= with[i];
  }
}

const EVP_MD* Hash(Algorithm algorithm) {
  const std::size_t bytes = DigestBytes(algorithm);
  return bytes == 32 ? EVP_sha256() : bytes == 48 ? EVP_sha384() : EVP_sha512();
}

void Signatures(bool change_block, Algorithm algorithm, std::span<const std::uint8_t> changes) {
  RSA* rsa = The().rsa.get();
  const Bytes digest(DigestBytes(algorithm), 0x5a);
  const EVP_MD* md = Hash(algorithm);
  Bytes signature(256);
  std::size_t length = 0;
  if (IsPkcs1(algorithm)) {
    Bytes block(256);
    EncodePkcs1(algorithm, digest, block);
    if (change_block) {
      Xor(block, changes);
      block[0] = 0;  // stays below n
    }
    ASSAY_CHECK(RSA_sign_raw(rsa, &length, signature.data(), 256, block.data(), 256, RSA_NO_PADDING));
  } else {
    ASSAY_CHECK(RSA_sign_pss_mgf1(rsa, &length, signature.data(), 256, digest.data(), digest.size(), md, md,
                                  static_cast<int>(digest.size())));
  }
  if (!change_block) {
    Xor(signature, changes);
    if (changes.size() % 31 == 30) signature.resize(changes.size());
  }
  const bool reference =
      IsPkcs1(algorithm)
          ? RSA_verify(EVP_MD_type(md), digest.data(), static_cast<unsigned>(digest.size()), signature.data(),
                       signature.size(), rsa) == 1
          : RSA_verify_pss_mgf1(rsa, digest.data(), digest.size(), md, md, static_cast<int>(digest.size()),
                                signature.data(), signature.size()) == 1;
  if (std::all_of(changes.begin(), changes.end(), [](std::uint8_t byte) { return byte == 0; }) &&
      signature.size() == 256) {
    ASSAY_CHECK(reference);  // the seeds reach acceptance
  }
  for (const RsaKernel* kernel : RsaKernels()) {
    if (!simd::IsSupported(*kernel)) continue;
    const std::vector<RsaJob> jobs(5, {The().key.get(), algorithm, digest, signature});
    bool valid[5];
    VerifyBatch(*kernel, jobs, valid, The().scratch);
    for (bool answer : valid) ASSAY_CHECK(answer == reference);
  }
  ASSAY_CHECK(The().scratch.distrusted_blocks == 0);
}

// Squares an operand below 2 n in every lane: a modulus and an operand from the input's halves.
void Arithmetic(std::span<const std::uint8_t> data) {
  BN_CTX* context = The().context.get();
  for (const LaneOps& ops : AllLaneOps()) {
    if (!simd::Has(ops.required)) continue;
    const unsigned limbs = LaneLimbs(ops.bits);
    const auto lanes = static_cast<unsigned>(ops.lanes);
    Number n(BN_bin2bn(data.data(), std::min<std::size_t>(data.size() / 2, ops.bits / 8), nullptr));
    BN_set_bit(n.get(), 0);
    BN_set_bit(n.get(), static_cast<int>(ops.bits) - 1);
    const auto half = data.subspan(data.size() / 2);
    Number a(BN_bin2bn(half.data(), half.size(), nullptr)), twice(BN_dup(n.get()));
    BN_lshift1(twice.get(), twice.get());
    BN_nnmod(a.get(), a.get(), twice.get(), context);
    alignas(64) static std::array<std::uint64_t, kMaxLimbs * 8> x, y, modulus;
    alignas(64) std::array<std::uint64_t, 8> minus_inverse;
    const auto put = [&](const BIGNUM* number, std::uint64_t* out) {
      Number rest(BN_dup(number));
      for (unsigned i = 0; i < limbs; ++i) {
        const BN_ULONG limb = BN_mod_word(rest.get(), std::uint64_t{1} << kLimbBits);
        for (unsigned lane = 0; lane < lanes; ++lane) out[lanes * i + lane] = limb;
        BN_rshift(rest.get(), rest.get(), kLimbBits);
      }
    };
    put(n.get(), modulus.data());
    put(a.get(), x.data());
    put(a.get(), y.data());
    std::uint64_t inverse = 1;
    for (int i = 0; i < 6; ++i) inverse *= 2 - modulus[0] * inverse;
    minus_inverse.fill((0 - inverse) & kLimbMask);
    ops.square(x.data(), modulus.data(), minus_inverse.data(), 1);
    Number got(BN_new()), want(BN_new());
    BN_zero(got.get());
    for (unsigned i = limbs; i-- > 0;) {
      for (unsigned lane = 1; lane < lanes; ++lane) ASSAY_CHECK(x[lanes * i + lane] == x[lanes * i]);
      ASSAY_CHECK(x[lanes * i] <= kLimbMask);
      BN_lshift(got.get(), got.get(), kLimbBits);
      BN_add_word(got.get(), x[lanes * i]);
    }
    ASSAY_CHECK(BN_cmp(got.get(), twice.get()) < 0);
    BN_lshift(got.get(), got.get(), static_cast<int>(limbs * kLimbBits));
    BN_nnmod(got.get(), got.get(), n.get(), context);
    BN_mod_sqr(want.get(), a.get(), n.get(), context);
    ASSAY_CHECK(BN_cmp(got.get(), want.get()) == 0);
    // A product of equal numbers is the square, limb by limb.
    alignas(64) static std::array<std::uint64_t, kMaxLimbs * 8> product;
    put(a.get(), product.data());
    ops.multiply(product.data(), y.data(), modulus.data(), minus_inverse.data());
    ASSAY_CHECK(std::equal(x.begin(), x.begin() + lanes * limbs, product.begin()));
  }
}

}  // namespace
}  // namespace assay::rsa

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using assay::Algorithm;
  constexpr Algorithm kAlgorithms[] = {Algorithm::kRS256, Algorithm::kRS384, Algorithm::kRS512, Algorithm::kPS256};
  if (size < 2) return 0;
  const std::span<const std::uint8_t> rest(data + 2, size - 2);
  const int mode = data[0] % 3;
  if (mode == 2) {
    assay::rsa::Arithmetic(rest);
  } else {
    assay::rsa::Signatures(mode == 0, kAlgorithms[data[1] % 4], rest);
  }
  return 0;
}
