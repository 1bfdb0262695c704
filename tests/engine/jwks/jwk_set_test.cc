#include "engine/jwks/jwk_set.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/base/limits.h"
#include "engine/base64url/base64url.h"
#include "tests/engine/jwks/example_keys.h"

namespace assay::jwks {
namespace {

using testing::kEcMembers;
using testing::kEd25519Members;
using testing::KeyWith;
using testing::kP521Members;
using testing::kRsaMembers;
using testing::kRsaModulus;

constexpr AlgorithmSet kDefault = {Algorithm::kES256, Algorithm::kRS256};

Jwk ReadOne(const std::string& jwk, AlgorithmSet allowed = kDefault) {
  Result<std::vector<Jwk>> set = ReadJwkSet(jwk, allowed);
  EXPECT_TRUE(set.ok()) << set.error() << jwk;
  if (!set || set->size() != 1) return {};
  return std::move((*set)[0]);
}

std::string Unusable(const std::string& jwk, AlgorithmSet allowed = kDefault) {
  const Jwk key = ReadOne(jwk, allowed);
  EXPECT_EQ(key.key, nullptr) << jwk;
  return key.unusable_because;
}

TEST(JwkSet, ASetOrASingleKey) {
  const std::string ec = KeyWith(kEcMembers, R"("kid":"a")");
  const std::string rsa = KeyWith(kRsaMembers, R"("kid":"b")");
  const auto set = ReadJwkSet("{\"keys\":[" + ec + " , " + rsa + "],\"other\":1}", kDefault);
  ASSERT_TRUE(set.ok());
  ASSERT_EQ(set->size(), 2u);
  EXPECT_EQ((*set)[0].kid, "a");
  EXPECT_EQ((*set)[0].algorithms, AlgorithmSet{Algorithm::kES256});
  EXPECT_EQ((*set)[1].algorithms, AlgorithmSet{Algorithm::kRS256});
  EXPECT_EQ(ReadOne(ec).kid, "a");
}

TEST(JwkSet, WhatIsNoKeySetIsRefused) {
  for (const char* text : {"", "[]", "null", "{}", "{\"keys\":{}}", "{\"keys\":null}", "{\"keys\":[",
                           "{\"keys\":[],\"keys\":[]}", "<html>", "{\"error\":\"x\"}"}) {
    EXPECT_FALSE(ReadJwkSet(text, kDefault).ok()) << text;
  }
  EXPECT_TRUE(ReadJwkSet("{\"keys\":[]}", kDefault).ok());
}

// What is often taken for a JWK Set is called what it is.
TEST(JwkSet, WhatIsNoneIsToldWhatItLooksLike) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"issuer":"https://a","jwks_uri":"https://a/k"})", "an issuer's metadata: its jwks_uri"},
      {"[]", "an array, which belongs in one"},
      {"", "(byte 0): it is empty"},
      {"\xEF\xBB\xBF{}", "a byte order mark"},
      {"<!doctype html>", "a web page"}};
  for (const auto& [text, word] : cases) {
    const auto set = ReadJwkSet(text, kDefault);
    ASSERT_FALSE(set.ok()) << text;
    EXPECT_NE(set.error().find(word), std::string::npos) << set.error();
  }
  EXPECT_EQ(ReadJwkSet("{", kDefault).error(), "not valid JSON (byte 1)");
  std::string many = R"({"keys":[{"kty":"EC")";
  for (int i = 0; i < 300; ++i) many += ",\"m" + std::to_string(i) + "\":1";
  EXPECT_EQ(ReadJwkSet(many + "}]}", kDefault).error().find("an object has more than 256 members (byte "), 0u)
      << ReadJwkSet(many + "}]}", kDefault).error();
  EXPECT_EQ(ReadJwkSet("7", kDefault).error(), "not a JSON object");
}

TEST(JwkSet, ASetOverTheLimitsIsRefusedWhole) {
  std::string keys;
  for (std::size_t i = 0; i < kMaxKeysPerIssuer; ++i) keys += (i > 0 ? ",{}" : "{}");
  EXPECT_TRUE(ReadJwkSet("{\"keys\":[" + keys + "]}", kDefault).ok());
  EXPECT_FALSE(ReadJwkSet("{\"keys\":[" + keys + ",{}]}", kDefault).ok());
  EXPECT_FALSE(ReadJwkSet("{\"keys\":[]" + std::string(kMaxJwkSetBytes, ' ') + "}", kDefault).ok());
}

TEST(JwkSet, AKeyWithAnOverlongIssuerIsUnusable) {
  const auto with = [](std::size_t bytes) {
    return ReadOne(KeyWith(kEcMembers, R"("kid":"a","issuer":")" + std::string(bytes, 'x') + '"'));
  };
  EXPECT_NE(with(kMaxKeysIssuerBytes).key, nullptr);
  EXPECT_EQ(with(kMaxKeysIssuerBytes + 1).unusable_because, "issuer is too long");
}

TEST(JwkSet, AKeyThatIsNotKnownDoesNotSpoilTheSet) {
  const auto set =
      ReadJwkSet("{\"keys\":[1,null,\"x\",[],{},{\"kty\":\"XX\"}," + KeyWith(kEcMembers, "") + "]}", kDefault);
  ASSERT_TRUE(set.ok());
  ASSERT_EQ(set->size(), 7u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ((*set)[i].key, nullptr) << i;
  EXPECT_NE((*set)[6].key, nullptr);
}

// RemainingOf: the number of keys that RemoveRepeated() leaves of these.
std::size_t RemainingOf(const std::vector<std::string>& keys) {
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ",") + key;
  Result<std::vector<Jwk>> set = ReadJwkSet("{\"keys\":[" + list + "]}", kDefault);
  EXPECT_TRUE(set.ok()) << set.error();
  const std::size_t before = set->size();
  const std::vector<Repetition> repetitions = RemoveRepeated(&*set);
  EXPECT_EQ(set->size() + repetitions.size(), before);
  return set->size();
}

TEST(JwkSet, EqualKeysAreOne) {
  const std::string plain = KeyWith(kEcMembers, R"("kid":"a")");
  EXPECT_EQ(RemainingOf({plain, plain, plain}), 1u);
  EXPECT_EQ(RemainingOf({KeyWith(kEcMembers, ""), KeyWith(kEcMembers, "")}), 1u) << "neither has a kid";
  EXPECT_EQ(RemainingOf({plain, KeyWith(kEcMembers, R"("kid":"a","use":null,"alg":null,"x5t":"other","n":1)")}), 1u);
  EXPECT_EQ(RemainingOf({KeyWith(kEcMembers, R"("kid":"a","key_ops":["verify","sign"])"),
                         KeyWith(kEcMembers, R"("key_ops":[ "sign" , "verify" ],"kid":"a")")}),
            1u);
  // The sign octet that some issuers write is not of the number.
  std::string modulus(1 + base64url::DecodedSize(kRsaModulus.size()), '\0');
  ASSERT_EQ(base64url::Decode(kRsaModulus, modulus.data() + 1), base64url::kOk);
  const std::string padded = R"({"kid":"r","kty":"RSA","e":"AQAB","n":")" + base64url::Encode(modulus) + "\"}";
  EXPECT_EQ(RemainingOf({KeyWith(kRsaMembers, R"("kid":"r")"), padded}), 1u);
}

TEST(JwkSet, KeysThatDifferInWhatTheyMayDoAllStay) {
  const std::string plain = KeyWith(kEcMembers, R"("kid":"a")");
  for (const char* more : {R"("kid":"b")", R"("kid":"a","alg":"ES256")", R"("kid":"a","use":"sig")",
                           R"("kid":"a","key_ops":["verify"])", R"("kid":"a","issuer":"https://a")"}) {
    const std::string other = KeyWith(kEcMembers, more);
    EXPECT_EQ(RemainingOf({plain, other}), 2u) << more;
  }
  EXPECT_EQ(RemainingOf({plain, KeyWith(kEd25519Members, R"("kid":"a")")}), 2u) << "another key of the same kid";
  EXPECT_EQ(RemainingOf({"{\"kid\":\"a\"}", "{\"kid\":\"a\"}"}), 2u) << "unusable ones are no candidates anyway";
}

TEST(JwkSet, ARepetitionIsNamedByPosition) {
  const std::string a = KeyWith(kEcMembers, R"("kid":"a")"), r = KeyWith(kRsaMembers, R"("kid":"r")");
  Result<std::vector<Jwk>> set = ReadJwkSet("{\"keys\":[" + a + "," + r + "," + r + "," + a + "]}", kDefault);
  const std::vector<Repetition> repetitions = RemoveRepeated(&*set);
  ASSERT_EQ(repetitions.size(), 2u);
  EXPECT_EQ(repetitions[0].repeated, 2u);
  EXPECT_EQ(repetitions[0].first, 1u);
  EXPECT_EQ(repetitions[1].repeated, 3u);
  EXPECT_EQ(repetitions[1].first, 0u);
  ASSERT_EQ(set->size(), 2u);
  EXPECT_EQ((*set)[0].kid, "a");
  EXPECT_EQ((*set)[1].kid, "r");
}

TEST(Jwk, UseAndKeyOpsMustAllowVerification) {
  EXPECT_NE(ReadOne(KeyWith(kEcMembers, R"("use":"sig")")).key, nullptr);
  EXPECT_NE(ReadOne(KeyWith(kEcMembers, R"("key_ops":["sign","verify"])")).key, nullptr);
  for (const char* more :
       {R"("use":"enc")", R"("use":"")", R"("use":1)", R"("use":"SIG")", R"("key_ops":[])", R"("key_ops":["sign"])",
        R"("key_ops":"verify")", R"("key_ops":["Verify"])", R"("use":"sig","key_ops":["encrypt"])"}) {
    EXPECT_NE(Unusable(KeyWith(kEcMembers, more)), "") << more;
  }
}

TEST(Jwk, NullIsAbsence) {
  const Jwk plain =
      ReadOne(KeyWith(kEcMembers, R"("kid":null,"use":null,"key_ops":null,"alg":null,"d":null,"k":null)"));
  ASSERT_NE(plain.key, nullptr) << plain.unusable_because;
  EXPECT_FALSE(plain.has_kid);
  EXPECT_EQ(plain.algorithms, AlgorithmSet{Algorithm::kES256});
  EXPECT_NE(Unusable(KeyWith(kRsaMembers, R"("alg":null)"), {Algorithm::kRS384, Algorithm::kPS256}), "")
      << "as without alg: it could mean either";
  EXPECT_NE(Unusable(R"({"kty":"EC","crv":"P-256","x":null,"y":null})"), "") << "what is required must be there";
  EXPECT_NE(Unusable(R"({"kty":null})"), "");
}

TEST(Jwk, PrivateAndSymmetricKeysAreNeverCandidates) {
  EXPECT_NE(Unusable(KeyWith(kEcMembers, R"("d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE")")), "");
  EXPECT_NE(Unusable(KeyWith(kRsaMembers, R"("p":"AQ")")), "");
  EXPECT_NE(Unusable(KeyWith(kRsaMembers, R"("oth":[])")), "");
  EXPECT_NE(Unusable(R"({"kty":"oct","k":"AyM1"})"), "");
  EXPECT_NE(Unusable(R"({"kty":"oct","k":"","alg":"HS256"})"), "");
}

TEST(Jwk, TheAlgorithmIsPinnedByAlgOrInferred) {
  EXPECT_EQ(ReadOne(KeyWith(kRsaMembers, R"("alg":"RS512")")).algorithms, AlgorithmSet{Algorithm::kRS512});
  EXPECT_EQ(ReadOne(KeyWith(kP521Members, "")).algorithms, AlgorithmSet{Algorithm::kES512});
  const AlgorithmSet both = {Algorithm::kEdDSA, Algorithm::kEd25519};
  EXPECT_EQ(ReadOne(KeyWith(kEd25519Members, "")).algorithms, both);
  EXPECT_EQ(ReadOne(KeyWith(kEd25519Members, R"("alg":"EdDSA")")).algorithms, both);
  for (const char* alg : {"\"HS256\"", "\"none\"", "\"ES384\"", "\"RS256\"", "\"ECDH-ES\"", "\"es256\"", "1", "\"\""}) {
    EXPECT_NE(Unusable(KeyWith(kEcMembers, "\"alg\":" + std::string(alg))), "") << alg;
  }
  EXPECT_NE(Unusable(KeyWith(kRsaMembers, R"("alg":"RSA-OAEP")")), "");
}

TEST(Jwk, AnRsaKeyWithoutAlgServesTheOnlyRsaAlgorithmOrRs256) {
  const std::string rsa = KeyWith(kRsaMembers, "");
  EXPECT_EQ(ReadOne(rsa, {Algorithm::kES256, Algorithm::kPS384}).algorithms, AlgorithmSet{Algorithm::kPS384});
  EXPECT_EQ(ReadOne(rsa, {Algorithm::kRS256, Algorithm::kPS256}).algorithms, AlgorithmSet{Algorithm::kRS256});
  EXPECT_NE(Unusable(rsa, {Algorithm::kRS384, Algorithm::kPS256}), "");
  EXPECT_NE(Unusable(rsa, {Algorithm::kES256}), "");
}

TEST(Jwk, CoordinatesAreOnTheCurveAndOfItsLength) {
  const auto ec = [](const std::string& crv, const std::string& x, const std::string& y) {
    return R"({"kty":"EC","crv":")" + crv + R"(","x":")" + x + R"(","y":")" + y + "\"}";
  };
  const std::string x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
  const std::string y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
  EXPECT_NE(ReadOne(ec("P-256", x, y)).key, nullptr);
  const std::string zero = base64url::Encode(std::string(32, '\0'));
  const std::string ones = base64url::Encode(std::string(32, '\xFF'));
  EXPECT_NE(Unusable(ec("P-256", x, x)), "");
  EXPECT_NE(Unusable(ec("P-256", zero, zero)), "");
  EXPECT_NE(Unusable(ec("P-256", ones, y)), "");
  EXPECT_NE(Unusable(ec("P-384", x, y)), "");
  EXPECT_NE(Unusable(ec("p-256", x, y)), "");
  EXPECT_NE(Unusable(ec("secp256k1", x, y)), "");
  EXPECT_NE(Unusable(ec("P-256", "AA" + x, y)), "");
  EXPECT_NE(Unusable(ec("P-256", "", y)), "");
  EXPECT_NE(Unusable(ec("P-256", x + "=", y)), "");
  EXPECT_NE(Unusable(R"({"kty":"EC","crv":"P-256","x":")" + x + "\"}"), "");
}

TEST(Jwk, RsaParametersHaveBoundsAndParity) {
  const auto rsa = [](const std::string& n, const std::string& e) {
    return R"({"kty":"RSA","n":")" + base64url::Encode(n) + R"(","e":")" + base64url::Encode(e) + "\"}";
  };
  using namespace std::string_literals;
  std::string n(base64url::DecodedSize(kRsaModulus.size()), '\0');
  ASSERT_EQ(base64url::Decode(kRsaModulus, n.data()), base64url::kOk);
  const std::string f4 = "\x01\x00\x01"s;
  EXPECT_NE(ReadOne(rsa(n, f4)).key, nullptr);
  EXPECT_NE(ReadOne(rsa(n, "\x03")).key, nullptr);
  EXPECT_NE(ReadOne(rsa(n, "\xFF\xFF\xFF\xFF")).key, nullptr);
  EXPECT_NE(ReadOne(rsa(std::string(1024, '\xFF'), f4)).key, nullptr) << "8192 bits";
  EXPECT_NE(ReadOne(rsa("\0"s + n, f4)).key, nullptr) << "one sign octet, as some issuers write";
  std::string even = n;
  even.back() = static_cast<char>(even.back() & ~1);
  for (const auto& [modulus, exponent] : {std::pair{even, f4},
                                          {n.substr(1), f4},
                                          {"\x7F" + n.substr(1), f4},
                                          {"\0\0"s + n, f4},
                                          {std::string(1025, '\xFF'), f4},
                                          {n, "\x01"s},
                                          {n, "\x02"s},
                                          {n, "\0\x03"s},
                                          {n, ""s},
                                          {n, "\0"s},
                                          {n, "\x01\0\0\0\x01"s},
                                          {n, "\x01\0\0"s},
                                          {""s, f4}}) {
    EXPECT_NE(Unusable(rsa(modulus, exponent)), "") << modulus.size() << ' ' << exponent.size();
  }
}

TEST(Jwk, Ed25519Has32BytesAndEd448IsSkipped) {
  EXPECT_NE(Unusable(R"({"kty":"OKP","crv":"Ed448","x":"AAAA"})"), "");
  EXPECT_NE(Unusable(R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"), "");
  EXPECT_NE(Unusable(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"})"), "");
}

TEST(Jwk, AnEd25519KeyIsACanonicalPointOfLargeOrder) {
  const auto from_hex = [](std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
      bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return R"({"kty":"OKP","crv":"Ed25519","x":")" + base64url::Encode(bytes) + "\"}";
  };
  for (const char* good : {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",  // RFC 8032 section 7.1
                           "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                           "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                           "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
                           "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
                           "5866666666666666666666666666666666666666666666666666666666666666",  // the base point
                           "58666666666666666666666666666666666666666666666666666666666666e6"}) {
    EXPECT_NE(ReadOne(from_hex(good)).key, nullptr) << good;
  }
  const std::string ends(60, '0'), effs(60, 'f');
  const std::string order8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc";
  const std::string order8_minus = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03";
  for (const std::string& bad :
       {"01" + ends + "00", "01" + ends + "80", "ec" + effs + "7f", "ec" + effs + "ff",  // orders 1, 2
        "00" + ends + "00", "00" + ends + "80",                                          // 4
        order8 + "05", order8 + "85", order8_minus + "7a", order8_minus + "fa",          // 8
        "ed" + effs + "7f", "ee" + effs + "7f", "f0" + effs + "7f", "ff" + effs + "ff",  // y >= p
        "02" + ends + "00", "07" + ends + "00"}) {                                       // on no curve
    EXPECT_NE(Unusable(from_hex(bad)), "") << bad;
  }
}

TEST(Jwk, KidIsAStringOfBoundedLength) {
  EXPECT_NE(Unusable(KeyWith(kEcMembers, R"("kid":1)")), "");
  EXPECT_NE(Unusable(KeyWith(kEcMembers, "\"kid\":\"" + std::string(kMaxKidBytes + 1, 'k') + "\"")), "");
  EXPECT_NE(ReadOne(KeyWith(kEcMembers, "\"kid\":\"" + std::string(kMaxKidBytes, 'k') + "\"")).key, nullptr);
}

TEST(Jwk, Rfc7638ThumbprintExamples) {
  // RFC 7638 section 3.1 (RSA) and RFC 8037 appendix A.3 (OKP).
  EXPECT_EQ(ReadOne(KeyWith(kRsaMembers, "")).key->thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(ReadOne(KeyWith(kEd25519Members, "")).key->thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

}  // namespace
}  // namespace assay::jwks
