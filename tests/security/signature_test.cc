// Attacks on the signature itself.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/mem.h>
#include <openssl/rsa.h>

#include "tests/security/attack.h"

namespace assay::testing {
namespace {

const std::string& ValidInput() {
  static const std::string input = SigningInput(HeaderOf(Ours()), ValidClaims());
  return input;
}

std::string WithSignature(std::string_view signature) { return Concat({ValidInput(), ".", Base64url(signature)}); }

std::string Padded(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  EXPECT_TRUE(BN_bn2bin_padded(reinterpret_cast<std::uint8_t*>(bytes.data()), size, number));
  return bytes;
}

bssl::UniquePtr<BIGNUM> Number(std::string_view bytes) {
  return bssl::UniquePtr<BIGNUM>(BN_bin2bn(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), nullptr));
}

const BIGNUM* Order() { return EC_GROUP_get0_order(EC_KEY_get0_group(EVP_PKEY_get0_EC_KEY(Ours().evp()))); }

TEST(Attacks, Row13ZeroAndOrder) {
  const std::string valid = Ours().Sign(ValidInput());
  const std::string r = valid.substr(0, 32), s = valid.substr(32);
  const std::string zero(32, '\0'), ones(32, '\xFF'), n = Padded(Order(), 32);
  std::string one = zero;
  one.back() = 1;
  std::vector<Attack> attacks;
  for (const std::string& bad : {zero, n, ones}) {
    attacks.push_back({13, "r", WithSignature(bad + s), Reason::kBadSignature});
    attacks.push_back({13, "s", WithSignature(r + bad), Reason::kBadSignature});
    attacks.push_back({13, "r and s", WithSignature(bad + bad), Reason::kBadSignature});
  }
  attacks.push_back({13, "one and one", WithSignature(one + one), Reason::kBadSignature});
  attacks.push_back({13, "swapped", WithSignature(s + r), Reason::kBadSignature});
  // r + n and s + n, where they fit 256 bits, are the same residues and must not be taken for them.
  bssl::UniquePtr<BIGNUM> sum(BN_new());
  for (const std::string& half : {r, s}) {
    BN_add(sum.get(), Number(half).get(), Order());
    if (BN_num_bytes(sum.get()) > 32) continue;
    const std::string more = Padded(sum.get(), 32);
    attacks.push_back({13, "plus n", WithSignature(half == r ? more + s : r + more), Reason::kBadSignature});
  }
  ExpectReasons(OurEngine(), attacks);
}

TEST(Attacks, Row14Lengths) {
  const std::string valid = Ours().Sign(ValidInput());
  bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), Number(valid.substr(0, 32)).release(), Number(valid.substr(32)).release());
  std::uint8_t* der = nullptr;
  std::size_t size = 0;
  ASSERT_TRUE(ECDSA_SIG_to_bytes(&der, &size, pair.get()));
  const std::string encoded(reinterpret_cast<char*>(der), size);
  OPENSSL_free(der);
  std::vector<Attack> attacks = {
      {14, "DER", WithSignature(encoded), Reason::kSignatureLength},
      {14, "zero before", WithSignature(std::string(1, '\0') + valid), Reason::kSignatureLength},
      {14, "zero behind", WithSignature(valid + std::string(1, '\0')), Reason::kSignatureLength},
      {14, "twice", WithSignature(valid + valid), Reason::kSignatureLength},
      {14, "33-byte halves",
       WithSignature(Concat({std::string(1, '\0'), valid.substr(0, 32), std::string(1, '\0'), valid.substr(32)})),
       Reason::kSignatureLength}};
  for (std::size_t length : {0u, 1u, 32u, 62u, 63u, 65u, 66u, 96u, 132u, 256u}) {
    attacks.push_back(
        {14, std::to_string(length), WithSignature(std::string(length, '\x01')), Reason::kSignatureLength});
  }
  ExpectReasons(OurEngine(), attacks);
  for (Algorithm algorithm : {Algorithm::kES384, Algorithm::kES512, Algorithm::kEdDSA, Algorithm::kPS256}) {
    const SigningKey key = SigningKey::Make(algorithm);
    const std::string input = SigningInput(HeaderOf(key), ValidClaims());
    const std::string signature = key.Sign(input);
    for (const std::string& wrong : {signature.substr(1), signature + "x", std::string(1, '\0') + signature}) {
      EXPECT_EQ(Judge(EngineFor(key), Concat({input, ".", Base64url(wrong)})), Reason::kSignatureLength);
    }
  }
}

TEST(Attacks, Row15TheTwinIsValidAndTheSameToken) {
  const std::string valid = Ours().Sign(ValidInput());
  bssl::UniquePtr<BIGNUM> twin(BN_new());
  BN_sub(twin.get(), Order(), Number(valid.substr(32)).get());
  const std::string twin_token = WithSignature(valid.substr(0, 32) + Padded(twin.get(), 32));
  Worker worker(OurEngine());
  const OwnedVerdict first = worker.Validate(WithSignature(valid), kNow).Own();
  const OwnedVerdict second = worker.Validate(twin_token, kNow).Own();
  EXPECT_EQ(first.reason, Reason::kAccepted);
  EXPECT_EQ(second.reason, Reason::kAccepted);
  EXPECT_EQ(first.claims_json, second.claims_json);
  EXPECT_EQ(first.key_thumbprint, second.key_thumbprint);
}

TEST(Attacks, Row16RsaLengthAndRange) {
  const std::string input = SigningInput(HeaderOf(OurRsa()), ValidClaims());
  const std::string valid = OurRsa().Sign(input);
  const RSA* const rsa = EVP_PKEY_get0_RSA(OurRsa().evp());
  const auto with = [&](std::string_view signature) { return Concat({input, ".", Base64url(signature)}); };
  bssl::UniquePtr<BIGNUM> more(BN_new());
  BN_add(more.get(), Number(valid).get(), RSA_get0_n(rsa));
  std::vector<Attack> attacks = {
      {16, "valid", with(valid), Reason::kAccepted},
      {16, "zero before", with(std::string(1, '\0') + valid), Reason::kSignatureLength},
      {16, "zero behind", with(valid + std::string(1, '\0')), Reason::kSignatureLength},
      {16, "first byte missing", with(valid.substr(1)), Reason::kSignatureLength},
      {16, "empty", with(""), Reason::kSignatureLength},
      {16, "of ES256", with(Ours().Sign(input)), Reason::kSignatureLength},
      {16, "all ones", with(std::string(256, '\xFF')), Reason::kBadSignature},
      {16, "zero", with(std::string(256, '\0')), Reason::kBadSignature},
      {16, "one", with(std::string(255, '\0') + "\x01"), Reason::kBadSignature},
      {16, "the modulus", with(Padded(RSA_get0_n(rsa), 256)), Reason::kBadSignature},
      {17, "PSS instead", with(OurRsa().SignAs(Algorithm::kPS256, input)), Reason::kBadSignature},
      {17, "another hash", with(OurRsa().SignAs(Algorithm::kRS512, input)), Reason::kBadSignature}};
  attacks.push_back(BN_num_bytes(more.get()) == 256
                        ? Attack{16, "s + n", with(Padded(more.get(), 256)), Reason::kBadSignature}
                        : Attack{16, "s + n", with(Padded(more.get(), 257)), Reason::kSignatureLength});
  ExpectReasons(OurEngine(), attacks);
}

class EveryChange : public ::testing::TestWithParam<Algorithm> {};

TEST_P(EveryChange, OfABitOfTheSignatureIsRejected) {
  const SigningKey key = SigningKey::Make(GetParam());
  const std::string input = SigningInput(HeaderOf(key), ValidClaims());
  const std::string signature = key.Sign(input);
  Worker worker(EngineFor(key));
  ASSERT_EQ(worker.Validate(Concat({input, ".", Base64url(signature)}), kNow).reason(), Reason::kAccepted);
  std::vector<std::string> texts;
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    texts.push_back(Concat({input, ".", Base64url(changed)}));
  }
  const std::vector<std::string_view> tokens(texts.begin(), texts.end());
  std::vector<Verdict> verdicts(tokens.size());
  worker.ValidateBatch(tokens, kNow, verdicts);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    EXPECT_EQ(verdicts[i].reason(), Reason::kBadSignature) << "bit " << i;
  }
}

// Strict base64url has one spelling a byte string, so there is no exception. Every position with
// two other characters of the alphabet, one outside it, and the character left out.
TEST_P(EveryChange, OfACharacterOfTheTokenIsRejected) {
  const SigningKey key = SigningKey::Make(GetParam());
  const std::string token = ValidToken(key);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (char c : {'A', 'B', '_', '=', '.', ' '}) {
      if (token[i] == c) continue;
      texts.push_back(token);
      texts.back()[i] = c;
    }
    texts.push_back(token);
    texts.back()[i] = static_cast<char>(token[i] ^ 1);
    texts.push_back(token);
    texts.back().erase(i, 1);
    texts.push_back(token);
    texts.back().insert(i, 1, token[i]);
  }
  const std::vector<std::string_view> tokens(texts.begin(), texts.end());
  std::vector<Verdict> verdicts(tokens.size());
  Worker worker(EngineFor(key));
  worker.ValidateBatch(tokens, kNow, verdicts);
  for (std::size_t i = 0; i < verdicts.size(); ++i) EXPECT_FALSE(verdicts[i].accepted()) << texts[i];
  EXPECT_GT(verdicts.size(), 7 * token.size());
}

INSTANTIATE_TEST_SUITE_P(Algorithms, EveryChange,
                         ::testing::Values(Algorithm::kES256, Algorithm::kRS256, Algorithm::kPS256, Algorithm::kES384,
                                           Algorithm::kES512, Algorithm::kEdDSA),
                         [](const auto& test) { return std::string(AlgorithmName(test.param)); });

}  // namespace
}  // namespace assay::testing
