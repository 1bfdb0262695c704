// Attacks through keys: what a JWK Set may hold, and which key a token may use.
#include "engine/jwks/jwk_set.h"
#include "engine/jwks/key_set.h"
#include "tests/security/attack.h"

namespace assay::testing {
namespace {

struct BadKey {
  int row;
  const char* name;
  std::string jwk;  // with kid "bad"
};

std::string Rsa(const std::string& n, const std::string& e) {
  return Concat({"{\"kid\":\"bad\",\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"", Base64url(n), "\",\"e\":\"",
                 Base64url(e), "\"}"});
}

// An odd modulus of so many bits.
std::string Modulus(std::size_t bits) {
  std::string n((bits + 7) / 8, '\xA5');
  const int top = static_cast<int>((bits - 1) % 8);
  n[0] = static_cast<char>(1 << top);
  return n;
}

std::string Ec(std::string_view crv, const std::string& x, const std::string& y, std::string_view more = "") {
  return Concat({"{\"kid\":\"bad\",\"kty\":\"EC\",\"crv\":\"", crv, "\",\"x\":\"", Base64url(x), "\",\"y\":\"",
                 Base64url(y), "\"", more, "}"});
}

std::string With(const SigningKey& key, std::string_view members) {
  return key.JwkWith(Concat({"\"kid\":\"bad\",", members}));
}

// Reads one JWK: usable or not.
bool Usable(const std::string& jwk) {
  const auto set = jwks::ReadJwkSet(jwk, AllAlgorithms());
  return set.ok() && set->size() == 1 && set->front().key != nullptr;
}

const std::string kF4("\x01\x00\x01", 3);

std::vector<BadKey> BadKeys() {
  const std::string x(32, '\x11');
  std::string even = Modulus(2048);
  even.back() = '\xA4';
  const SigningKey p384 = SigningKey::Make(Algorithm::kES384);
  const SigningKey ed = SigningKey::Make(Algorithm::kEdDSA);
  std::vector<BadKey> bad = {
      {20, "modulus of 8193 bits", Rsa(Modulus(8193), kF4)},
      {20, "modulus of 16384 bits", Rsa(Modulus(16384), kF4)},
      {20, "exponent 2^32 + 1", Rsa(Modulus(2048), std::string("\x01\x00\x00\x00\x01", 5))},
      {20, "exponent as long as the modulus", Rsa(Modulus(2048), Modulus(2048))},
      {21, "modulus of 1024 bits", Rsa(Modulus(1024), kF4)},
      {21, "modulus of 2047 bits", Rsa(Modulus(2047), kF4)},
      {21, "small modulus behind zero octets", Rsa(std::string(192, '\0') + Modulus(512), kF4)},
      {21, "modulus behind two zero octets", Rsa(std::string(2, '\0') + Modulus(2048), kF4)},
      {21, "even modulus", Rsa(even, kF4)},
      {21, "modulus zero", Rsa(std::string(256, '\0'), kF4)},
      {21, "exponent 1", Rsa(Modulus(2048), "\x01")},
      {21, "exponent 2", Rsa(Modulus(2048), "\x02")},
      {21, "exponent 65536", Rsa(Modulus(2048), std::string("\x01\x00\x00", 3))},
      {21, "exponent 0", Rsa(Modulus(2048), std::string(1, '\0'))},
      {21, "no exponent", Rsa(Modulus(2048), "")},
      {22, "point off the curve", Ec("P-256", x, x)},
      {22, "point zero", Ec("P-256", std::string(32, '\0'), std::string(32, '\0'))},
      {22, "coordinates of p or more", Ec("P-256", std::string(32, '\xFF'), std::string(32, '\xFF'))},
      {22, "x of 31 bytes", Ec("P-256", std::string(31, '\x11'), x)},
      {22, "x of 33 bytes", Ec("P-256", std::string(1, '\0') + x, x)},
      {22, "secp256k1", Ec("secp256k1", x, x)},
      {22, "crv of another size", Ec("P-384", x, x)},
      {22, "crv in another case", Ec("p-256", x, x)},
      {22, "ES384 on P-256", With(Ours(), "\"alg\":\"ES384\"")},
      {22, "ES256 on P-384", With(p384, "\"alg\":\"ES256\"")},
      {22, "RS256 on a curve", With(Ours(), "\"alg\":\"RS256\"")},
      {22, "HS256 on a curve", With(Ours(), "\"alg\":\"HS256\"")},
      {22, "ECDH on a curve", With(Ours(), "\"alg\":\"ECDH-ES\"")},
      {22, "none on a curve", With(Ours(), "\"alg\":\"none\"")},
      {22, "alg of another type", With(Ours(), "\"alg\":[\"ES256\"]")},
      {22, "EdDSA on RSA", With(OurRsa(), "\"alg\":\"EdDSA\"")},
      {22, "Ed25519 of 31 bytes",
       Concat(
           {"{\"kid\":\"bad\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"", Base64url(std::string(31, 'x')), "\"}"})},
      {22, "Ed448",
       Concat({"{\"kid\":\"bad\",\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"", Base64url(std::string(57, 'x')), "\"}"})},
      {22, "X25519",
       Concat(
           {"{\"kid\":\"bad\",\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"", Base64url(std::string(32, 'x')), "\"}"})},
      {3, "symmetric", "{\"kid\":\"bad\",\"kty\":\"oct\",\"k\":\"AAAA\"}"},
      {3, "no kty", "{\"kid\":\"bad\",\"k\":\"AAAA\"}"},
      {3, "unknown kty", "{\"kid\":\"bad\",\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"AA\"}"},
      {32, "use enc", With(Ours(), "\"use\":\"enc\"")},
      {32, "use of another type", With(Ours(), "\"use\":[\"sig\"]")},
      {32, "use in another case", With(Ours(), "\"use\":\"SIG\"")},
      {32, "SPIFFE's other use", With(Ours(), "\"use\":\"x509-svid\"")},
      {32, "key_ops without verify", With(Ours(), "\"key_ops\":[\"sign\",\"encrypt\"]")},
      {32, "key_ops empty", With(Ours(), "\"key_ops\":[]")},
      {32, "key_ops of another type", With(Ours(), "\"key_ops\":\"verify\"")},
      {32, "private EC key", With(Ours(), "\"d\":\"AAAA\"")},
      {32, "private Edwards key", With(ed, "\"d\":\"AAAA\"")},
      {32, "prime of an RSA key", With(OurRsa(), "\"p\":\"AAAA\"")}};
  for (const char* member : {"d", "q", "dp", "dq", "qi", "oth", "k"}) {
    bad.push_back({32, "private member", With(OurRsa(), Concat({"\"", member, "\":\"AAAA\""}))});
  }
  return bad;
}

TEST(Attacks, Rows20To22And32UnsoundKeysAreDroppedAlone) {
  for (const BadKey& bad : BadKeys()) {
    SCOPED_TRACE(std::to_string(bad.row) + " " + bad.name);
    EXPECT_FALSE(Usable(bad.jwk));
    // It spoils neither the set nor the key beside it, and a token that names it is told so.
    const std::string set = JwkSet(std::vector<std::string>{bad.jwk, Ours().PublicJwk()});
    const auto engine = MakeEngine(IssuerWith(set));
    EXPECT_EQ(Judge(engine, ValidToken(Ours())), Reason::kAccepted);
    if (bad.jwk.find("\"kid\":\"bad\"") != std::string::npos) {
      EXPECT_EQ(Judge(engine, WithHeader("{\"alg\":\"ES256\",\"kid\":\"bad\"}")), Reason::kKeyUnusable);
    }
    EXPECT_FALSE(Engine::Create({.issuers = {IssuerWith(bad.jwk)}}).ok());
  }
}

TEST(Attacks, Row20SoundKeysAtTheLimitsAreTaken) {
  EXPECT_TRUE(Usable(Rsa(Modulus(8192), kF4)));
  EXPECT_TRUE(Usable(Rsa(Modulus(2048), "\x03")));
  EXPECT_TRUE(Usable(Rsa(Modulus(2048), "\xFF\xFF\xFF\xFF")));
  EXPECT_TRUE(Usable(Rsa(std::string(1, '\0') + Modulus(2048), kF4)));  // one sign octet
  EXPECT_TRUE(Usable(Ours().JwkWith("\"key_ops\":[\"verify\"]")));
  EXPECT_TRUE(Usable(Ours().JwkWith("")));
}

// An issuer with these keys judges one token, signed by `key` under `algorithm`.
Reason JudgePinned(const std::string& jwk, AlgorithmSet allowed, const SigningKey& key, Algorithm algorithm) {
  IssuerConfig issuer = IssuerWith(jwk);
  issuer.policy.algorithms = allowed;
  const std::string header = Concat({"{\"alg\":\"", AlgorithmName(algorithm), "\",\"kid\":\"", key.kid(), "\"}"});
  const std::string input = SigningInput(header, ValidClaims());
  return Judge(MakeEngine(issuer), Concat({input, ".", Base64url(key.SignAs(algorithm, input))}));
}

TEST(Attacks, Row4OneAlgorithmAKey) {
  for (Algorithm other : {Algorithm::kRS384, Algorithm::kRS512, Algorithm::kPS256, Algorithm::kPS512}) {
    EXPECT_EQ(JudgePinned(OurRsa().PublicJwk(), AllAlgorithms(), OurRsa(), other), Reason::kKeyUnusable);
    EXPECT_EQ(JudgePinned(OurRsa().JwkWith("\"kid\":\"r\""), AllAlgorithms(), OurRsa(), other), Reason::kKeyUnusable);
  }
  EXPECT_EQ(JudgePinned(OurRsa().PublicJwk(), AllAlgorithms(), OurRsa(), Algorithm::kRS256), Reason::kAccepted);
}

TEST(Attacks, SettledAnRsaKeyWithoutAlg) {
  const std::string jwk = OurRsa().JwkWith("\"kid\":\"r\"");
  const AlgorithmSet one = {Algorithm::kPS384, Algorithm::kES256};
  EXPECT_EQ(JudgePinned(jwk, one, OurRsa(), Algorithm::kPS384), Reason::kAccepted);
  EXPECT_EQ(JudgePinned(jwk, AllAlgorithms(), OurRsa(), Algorithm::kRS256), Reason::kAccepted);
  IssuerConfig several = IssuerWith(JwkSet(std::vector<std::string>{jwk, Ours().PublicJwk()}));
  several.policy.algorithms = {Algorithm::kPS384, Algorithm::kPS256, Algorithm::kES256};
  EXPECT_EQ(Judge(MakeEngine(several), Sign(OurRsa(), "{\"alg\":\"PS256\",\"kid\":\"r\"}", ValidClaims())),
            Reason::kKeyUnusable);
}

TEST(Attacks, SettledEdDsaAndEd25519EachMustBeAllowed) {
  const SigningKey key = SigningKey::Make(Algorithm::kEdDSA, "e");
  for (const std::string& jwk :
       {key.PublicJwk(), key.JwkWith("\"kid\":\"e\""), key.JwkWith("\"kid\":\"e\",\"alg\":\"Ed25519\"")}) {
    for (Algorithm name : {Algorithm::kEdDSA, Algorithm::kEd25519}) {
      const Algorithm other = name == Algorithm::kEdDSA ? Algorithm::kEd25519 : Algorithm::kEdDSA;
      EXPECT_EQ(JudgePinned(jwk, AllAlgorithms(), key, name), Reason::kAccepted);
      EXPECT_EQ(JudgePinned(jwk, {name}, key, name), Reason::kAccepted);
      EXPECT_EQ(JudgePinned(jwk, {other}, key, name), Reason::kAlgorithmNotAllowed);
    }
  }
}

TEST(Attacks, Row38SameKidTwiceAndRow39NoKid) {
  const SigningKey es = SigningKey::Make(Algorithm::kES256, "same", 0);
  const SigningKey es_too = SigningKey::Make(Algorithm::kES256, "same", 1);
  const SigningKey rs = SigningKey::Make(Algorithm::kRS256, "same", 0);
  const auto mixed = MakeEngine(IssuerWith({es, rs}));
  ExpectReasons(
      mixed,
      {{38, "told apart by alg", ValidToken(es), Reason::kAccepted},
       {38, "told apart by alg", ValidToken(rs), Reason::kAccepted},
       {38, "neither serves it", Sign(es, "{\"alg\":\"ES384\",\"kid\":\"same\"}", ValidClaims()), Reason::kKeyUnusable},
       {39, "one compatible", Sign(es, "{\"alg\":\"ES256\"}", ValidClaims()), Reason::kAccepted},
       {39, "one compatible, forged", Sign(es_too, "{\"alg\":\"ES256\"}", ValidClaims()), Reason::kBadSignature},
       {39, "none compatible", Sign(es, "{\"alg\":\"ES384\"}", ValidClaims()), Reason::kKeyNotFound}});
  ExpectReasons(MakeEngine(IssuerWith({es, es_too, rs})),
                {{38, "never one after the other", ValidToken(es), Reason::kKeyAmbiguous},
                 {38, "nor the second", ValidToken(es_too), Reason::kKeyAmbiguous},
                 {38, "the third is alone", ValidToken(rs), Reason::kAccepted},
                 {39, "two compatible", Sign(es, "{\"alg\":\"ES256\"}", ValidClaims()), Reason::kKeyAmbiguous}});
  // A key that may not verify is no candidate: it makes nothing ambiguous.
  const std::string with_enc =
      JwkSet(std::vector<std::string>{es.PublicJwk(), es_too.JwkWith("\"kid\":\"same\",\"use\":\"enc\"")});
  EXPECT_EQ(Judge(MakeEngine(IssuerWith(with_enc)), ValidToken(es)), Reason::kAccepted);
  // A key without kid does not answer to a token's kid.
  EXPECT_EQ(Judge(MakeEngine(IssuerWith(JwkSet(std::vector<std::string>{es.JwkWith("")}))), ValidToken(es)),
            Reason::kKeyNotFound);
}

}  // namespace
}  // namespace assay::testing
