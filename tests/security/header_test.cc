// Attacks through the protected header.
#include <openssl/digest.h>
#include <openssl/hmac.h>

#include "tests/security/attack.h"

namespace assay::testing {
namespace {

std::string Hs256(std::string_view secret, std::string_view kid) {
  const std::string header = Concat({"{\"alg\":\"HS256\",\"kid\":\"", kid, "\"}"});
  const std::string input = SigningInput(header, ValidClaims());
  std::uint8_t mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), secret.size(), reinterpret_cast<const std::uint8_t*>(input.data()), input.size(),
       mac, &size);
  return input + "." + Base64url({reinterpret_cast<const char*>(mac), size});
}

std::string WithAlg(std::string_view alg) { return WithHeader(Concat({"{\"alg\":", alg, ",\"kid\":\"k\"}"})); }

TEST(Attacks, Row1None) {
  const std::string header = "{\"alg\":\"none\"}";
  std::vector<Attack> attacks = {
      {1, "unsecured", Compact(header, ValidClaims(), ""), Reason::kAlgorithmNone},
      {1, "none with a valid signature", WithAlg("\"none\""), Reason::kAlgorithmNone},
      {1, "unsecured, dot missing", SigningInput(header, ValidClaims()), Reason::kNotThreeSegments},
      {1, "no alg", WithHeader("{\"kid\":\"k\"}"), Reason::kAlgorithmMissing},
      {1, "null", WithAlg("null"), Reason::kBadHeaderField},
      {1, "empty", WithAlg("\"\""), Reason::kAlgorithmUnknown},
      {1, "array", WithAlg("[\"ES256\"]"), Reason::kBadHeaderField},
      {1, "number", WithAlg("256"), Reason::kBadHeaderField},
      {1, "lower case", WithAlg("\"es256\""), Reason::kAlgorithmUnknown},
      {1, "space behind", WithAlg("\"ES256 \""), Reason::kAlgorithmUnknown},
      {1, "NUL behind", WithAlg("\"ES256\\u0000\""), Reason::kAlgorithmUnknown},
      {1, "none and a NUL", WithAlg("\"none\\u0000\""), Reason::kAlgorithmUnknown},
      {1, "escaped spelling is the same name", WithAlg("\"\\u0045S256\""), Reason::kAccepted},
      {1, "Alg instead of alg", WithHeader("{\"Alg\":\"ES256\",\"kid\":\"k\"}"), Reason::kAlgorithmMissing}};
  for (const char* spelling : {"None", "NONE", "noNE", "nOnE", "n\\u006fne"}) {
    attacks.push_back(
        {1, spelling, Compact(Concat({"{\"alg\":\"", spelling, "\"}"}), ValidClaims(), ""), Reason::kAlgorithmNone});
  }
  ExpectReasons(OurEngine(), attacks);
}

TEST(Attacks, Row2HmacWithThePublicKeyAndRow3WithAnEmptyKey) {
  const std::string no_alg =
      JwkSet(std::vector<std::string>{Ours().JwkWith("\"kid\":\"k\""), OurRsa().JwkWith("\"kid\":\"r\"")});
  for (const auto& engine : {OurEngine(), MakeEngine(IssuerWith(no_alg))}) {
    ExpectReasons(engine, {{2, "JWK as secret", Hs256(OurRsa().PublicJwk(), "r"), Reason::kAlgorithmUnknown},
                           {2, "JWK Set as secret", Hs256(no_alg, "r"), Reason::kAlgorithmUnknown},
                           {3, "empty secret", Hs256("", "r"), Reason::kAlgorithmUnknown},
                           {3, "empty secret, EC key", Hs256("", "k"), Reason::kAlgorithmUnknown},
                           {3, "empty secret, no such key", Hs256("", "x"), Reason::kAlgorithmUnknown}});
  }
}

TEST(Attacks, Row5HostileKid) {
  const auto with_kid = [](std::string_view kid) {
    return WithHeader(Concat({"{\"alg\":\"ES256\",\"kid\":", kid, "}"}));
  };
  const auto long_kid = [](std::size_t size) { return Concat({"\"", std::string(size, 'k'), "\""}); };
  ExpectReasons(OurEngine(), {{5, "path", with_kid("\"../../../../dev/null\""), Reason::kKeyNotFound},
                              {5, "SQL", with_kid("\"k' UNION SELECT 'x\""), Reason::kKeyNotFound},
                              {5, "command", with_kid("\"k|whoami\""), Reason::kKeyNotFound},
                              {5, "NUL behind", with_kid("\"k\\u0000\""), Reason::kKeyNotFound},
                              {5, "NUL before", with_kid("\"\\u0000k\""), Reason::kKeyNotFound},
                              {5, "empty", with_kid("\"\""), Reason::kKeyNotFound},
                              {5, "prefix and more", with_kid("\"kk\""), Reason::kKeyNotFound},
                              {5, "another case", with_kid("\"K\""), Reason::kKeyNotFound},
                              {5, "256 bytes", with_kid(long_kid(256)), Reason::kKeyNotFound},
                              {5, "257 bytes", with_kid(long_kid(257)), Reason::kKidTooLong},
                              {5, "8000 bytes", with_kid(long_kid(8000)), Reason::kKidTooLong},
                              {5, "number", with_kid("7"), Reason::kBadHeaderField},
                              {5, "null", with_kid("null"), Reason::kBadHeaderField},
                              {5, "array", with_kid("[\"k\"]"), Reason::kBadHeaderField},
                              {5, "object", with_kid("{\"k\":1}"), Reason::kBadHeaderField},
                              {5, "escaped spelling is the same kid", with_kid("\"\\u006b\""), Reason::kAccepted}});
}

TEST(Attacks, Row5WhatComesFromATokenIsEscapedInDetails) {
  Worker worker(OurEngine());
  const std::string hostile = "\\u0000\\n\\r\\u001b[31m\\u007f\\\"\\\\evil";
  for (const std::string& token :
       {WithHeader(Concat({"{\"alg\":\"ES256\",\"kid\":\"", hostile, "\"}"})),
        WithHeader(Concat({"{\"alg\":\"", hostile, "\"}"})),
        WithHeader(Concat({"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"logout+jwt;", hostile, "\"}"})),
        WithPayload(ClaimsWith("iss", "\"iss\":\"x\\n\\u001b[31m\""))}) {
    const std::string detail = worker.Validate(token, kNow).Detail();
    EXPECT_FALSE(detail.empty());
    EXPECT_LE(detail.size(), 600u);
    for (char c : detail) EXPECT_TRUE(c >= 0x20 && c != 0x7F) << Base64url(detail);
  }
}

TEST(Attacks, Row6KeyInTheHeaderAndRow7KeyByReference) {
  const std::string jwk = Concat({"\"jwk\":", Attackers().PublicJwk()});
  const std::string jku = "\"jku\":\"https://evil.example/jwks\",\"x5u\":\"https://evil.example/c\"";
  const std::string x5c = "\"x5c\":[\"MIIB\"],\"x5t\":\"AAAA\",\"x5t#S256\":\"AAAA\"";
  const auto forged = [](std::string_view more) {
    return Sign(Attackers(), HeaderOf(Attackers(), more), ValidClaims());
  };
  const auto without_kid = [](std::string_view more) {
    return Sign(Attackers(), Concat({"{\"alg\":\"ES256\",", more, "}"}), ValidClaims());
  };
  ExpectReasons(OurEngine(), {{6, "jwk", forged(jwk), Reason::kBadSignature},
                              {6, "jwk and no kid", without_kid(jwk), Reason::kBadSignature},
                              {7, "jku, x5u", forged(jku), Reason::kBadSignature},
                              {7, "jku, x5u, no kid", without_kid(jku), Reason::kBadSignature},
                              {7, "x5c", forged(x5c), Reason::kBadSignature},
                              {7, "all ignored beside our key", WithHeader(HeaderOf(Ours(), Concat({jku, ",", x5c}))),
                               Reason::kAccepted},
                              {6, "jwk ignored beside our key", WithHeader(HeaderOf(Ours(), jwk)), Reason::kAccepted}});
}

TEST(Attacks, Row8CriticalExtensionsAndRow9UnencodedPayload) {
  std::vector<Attack> attacks = {
      {9, "b64 false", WithHeader(HeaderOf(Ours(), "\"b64\":false")), Reason::kUnencodedPayload},
      {9, "b64 true", WithHeader(HeaderOf(Ours(), "\"b64\":true")), Reason::kUnencodedPayload},
      {9, "b64 false and critical", WithHeader(HeaderOf(Ours(), "\"b64\":false,\"crit\":[\"b64\"]")),
       Reason::kCriticalHeader},
      {9, "raw payload", Concat({Base64url("{\"alg\":\"ES256\",\"b64\":false,\"crit\":[\"b64\"]}"), ".{}.AA"}),
       Reason::kBadBase64url}};
  for (const char* crit : {"[\"exp\"]", "[]", "[\"x\"]", "[\"b64\"]", "[\"exp\",\"exp\"]", "[\"alg\"]", "\"exp\"",
                           "null", "{}", "[1]", "[\"\"]", "[\"typ\"]", "false"}) {
    attacks.push_back({8, crit, WithHeader(HeaderOf(Ours(), Concat({"\"crit\":", crit}))), Reason::kCriticalHeader});
  }
  attacks.push_back(
      {8, "listed and there", WithHeader(HeaderOf(Ours(), "\"x\":1,\"crit\":[\"x\"]")), Reason::kCriticalHeader});
  ExpectReasons(OurEngine(), attacks);
}

TEST(Attacks, Row35OtherKindsOfToken) {
  const auto with_typ = [](std::string_view typ) {
    return WithHeader(Concat({"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":", typ, "}"}));
  };
  std::vector<Attack> any = {{35, "no typ", WithHeader("{\"alg\":\"ES256\",\"kid\":\"k\"}"), Reason::kAccepted},
                             {35, "JWT", with_typ("\"JWT\""), Reason::kAccepted},
                             {35, "number", with_typ("1"), Reason::kBadHeaderField},
                             {35, "null", with_typ("null"), Reason::kBadHeaderField}};
  for (const char* typ : {"logout+jwt", "dpop+jwt", "secevent+jwt", "statuslist+jwt", "token-introspection+jwt",
                          "Logout+JWT", "application/dpop+jwt", "APPLICATION/DPOP+JWT", "dpop+jwt; a=b", " dpop+jwt"}) {
    any.push_back({35, typ, with_typ(Concat({"\"", typ, "\""})), Reason::kWrongType});
  }
  ExpectReasons(OurEngine(), any);

  IssuerConfig issuer = IssuerWith({Ours()});
  issuer.policy.token_type = "at+jwt";
  std::vector<Attack> strict;
  for (const char* typ : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"}) {
    strict.push_back({35, typ, with_typ(Concat({"\"", typ, "\""})), Reason::kAccepted});
  }
  for (const char* typ : {"JWT", "", "at+jwt ", " at+jwt", "at+jwt;x=y", "at+jw", "at+jwtx", "id+jwt", "jwt",
                          "text/at+jwt", "application/application/at+jwt", "at+jwt\\u0000", "dpop+jwt"}) {
    strict.push_back({35, typ, with_typ(Concat({"\"", typ, "\""})), Reason::kWrongType});
  }
  strict.push_back({35, "no typ", WithHeader("{\"alg\":\"ES256\",\"kid\":\"k\"}"), Reason::kWrongType});
  ExpectReasons(MakeEngine(issuer), strict);
}

}  // namespace
}  // namespace assay::testing
