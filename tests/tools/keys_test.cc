// assay keygen, jwks, mint, inspect: keys and tokens for tests and load.
#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include <set>

#include "engine/base64url/base64url.h"
#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

using Json = nlohmann::json;

using KeygenCommand = CommandTest;
using JwksCommand = CommandTest;
using MintCommand = CommandTest;
using InspectCommand = CommandTest;

std::string Decode(const std::string& text) {
  std::string bytes(base64url::DecodedSize(text.size()), '\0');
  EXPECT_EQ(base64url::Decode(text, bytes.data()), base64url::kOk) << text;
  return bytes;
}
std::string Part(const std::string& token, int index) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  return index == 0 ? Decode(token.substr(0, first)) : Decode(token.substr(first + 1, second - first - 1));
}

constexpr char kEd25519Pem[] =
    R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----)";

TEST_F(JwksCommand, PemIsConverted) {
  const std::string pem = folder_.File("key.pem", kEd25519Pem);
  const Outcome outcome = RunAssay({"jwks", pem});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out)["keys"][0]["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  ExpectError(RunAssay({"verify", "--jwks", pem, "--issuer", kIssuer, "--audience", kAudience}, Mint()),
              "this is a PEM file");
  ExpectError(RunAssay({"jwks", folder_.File("two.pem", std::string(kEd25519Pem) + kEd25519Pem)}), "more than one key");
  ExpectError(
      RunAssay({"jwks", folder_.File("private.pem", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----")}),
      "private key");
}

TEST_F(KeygenCommand, TheFileIsForItsOwnerAloneAndNeverOverwritten) {
  struct stat info;
  ASSERT_EQ(::stat(key_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  const std::string before = ReadWholeFile(key_);
  ExpectError(RunAssay({"keygen", "--alg", "ES256", "--out", key_}), "exists already");
  EXPECT_EQ(ReadWholeFile(key_), before);
  ExpectError(RunAssay({"keygen", "--alg", "ES256", "--out", folder_.Path("no/where")}), "cannot create");
}

TEST_F(KeygenCommand, EveryAlgorithmSignsWhatVerifyAccepts) {
  for (const std::string alg :
       {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"}) {
    const std::string key = folder_.Path(alg + ".jwk");
    const std::string jwks = MakeKey(alg, key, alg + ".json");
    const Outcome mint = RunAssay({"mint", "--key", key, "--claims", kClaims});
    const Outcome verify = RunAssay(
        {"verify", "--jwks", jwks, "--issuer", kIssuer, "--audience", kAudience, "--alg", alg, "--format", "json"},
        mint.out);
    ASSERT_EQ(verify.status, 0) << alg << verify.out << verify.err;
    EXPECT_EQ(Json::parse(verify.out)["alg"], alg);
  }
}

TEST_F(KeygenCommand, KidIsTheThumbprintUnlessGiven) {
  // RFC 7638 section 3: SHA-256 of the required members in order. The hash is BoringSSL's; that the
  // members are right is shown by `jwks`, which computes the default kid from a JWK without one.
  Json jwk = Json::parse(ReadWholeFile(key_));
  const std::string kid = jwk["kid"];
  EXPECT_EQ(Decode(kid).size(), 32u);
  jwk.erase("kid");
  const Json set = Json::parse(RunAssay({"jwks", "-"}, jwk.dump()).out);
  EXPECT_EQ(set["keys"][0]["kid"], kid);
  EXPECT_EQ(Json::parse(RunAssay({"keygen", "--alg", "ES256", "--kid", "my key"}).out)["kid"], "my key");
}

TEST_F(KeygenCommand, TheRfc7638ExampleHasItsThumbprint) {
  const std::string jwk =
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256"})";
  EXPECT_EQ(Json::parse(RunAssay({"jwks", "-"}, jwk).out)["keys"][0]["kid"],
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST_F(KeygenCommand, BadRequestsAreRefused) {
  ExpectError(RunAssay({"keygen"}), "--alg");
  ExpectError(RunAssay({"keygen", "--alg", "HS256"}), "HS256");
  ExpectError(RunAssay({"keygen", "--alg", "RS256", "--bits", "1024"}), "--bits");
  ExpectError(RunAssay({"keygen", "--alg", "ES256", "--bits", "2048"}), "--bits");
  ExpectError(RunAssay({"keygen", "--alg", "ES256", "--kid", std::string(257, 'k')}), "--kid");
}

TEST_F(KeygenCommand, BitsChooseTheModulus) {
  const Json jwk = Json::parse(RunAssay({"keygen", "--alg", "PS256", "--bits", "3072"}).out);
  EXPECT_EQ(Decode(jwk["n"]).size(), 384u);
}

TEST_F(JwksCommand, HoldsPublicMembersOnly) {
  std::string files[3];
  int i = 0;
  for (const std::string alg : {"ES384", "RS256", "EdDSA"}) {
    files[i] = folder_.Path(alg);
    MakeKey(alg, files[i++], alg + ".json");
  }
  const Outcome outcome = RunAssay({"jwks", key_, files[0], files[1], files[2]});
  const Json set = Json::parse(outcome.out);
  ASSERT_EQ(set["keys"].size(), 4u);
  const std::set<std::string> allowed = {"kty", "crv", "x", "y", "n", "e", "use", "alg", "kid"};
  for (const Json& key : set["keys"]) {
    for (const auto& [name, value] : key.items()) EXPECT_EQ(allowed.count(name), 1u) << name;
    EXPECT_EQ(key["use"], "sig");
  }
}

TEST_F(JwksCommand, RefusesWhatIsNoKey) {
  ExpectError(RunAssay({"jwks"}), "KEY");
  ExpectError(RunAssay({"jwks", folder_.Path("absent")}), "cannot open");
  ExpectError(RunAssay({"jwks", folder_.File("a", "nonsense")}), folder_.Path("a"));
  ExpectError(RunAssay({"jwks", folder_.File("b", R"({"kty":"oct","k":"c2VjcmV0"})")}), "symmetric");
  ExpectError(RunAssay({"jwks", folder_.File("c", R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})")}), "valid key");
  const Outcome twice = RunAssay({"jwks", key_, key_});
  EXPECT_EQ(twice.status, 0) << twice.err;
  EXPECT_EQ(twice.out, RunAssay({"jwks", key_}).out);
  EXPECT_NE(twice.err.find("there already, of the same key"), std::string::npos) << twice.err;
  const std::string other = folder_.Path("other.jwk");
  const std::string kid = Json::parse(ReadWholeFile(key_))["kid"];
  ASSERT_EQ(RunAssay({"keygen", "--alg", "ES256", "--kid", kid, "--out", other}).status, 0);
  ExpectError(RunAssay({"jwks", key_, other}), "there already; a kid names one key");
  Json jwk = Json::parse(ReadWholeFile(key_));
  jwk["alg"] = "RS256";
  ExpectError(RunAssay({"jwks", folder_.File("d", jwk.dump())}), "does not fit");
  // A private part that belongs to another key.
  jwk = Json::parse(ReadWholeFile(key_));
  jwk["d"] = Json::parse(RunAssay({"keygen", "--alg", "ES256"}).out)["d"];
  ExpectError(RunAssay({"jwks", folder_.File("e", jwk.dump())}), "valid key");
}

TEST_F(MintCommand, EachTokenHasItsOwnIdAndTheSameClaims) {
  const auto tokens = Lines(Mint(kClaims, {"--count", "500", "--ttl", "90", "--now", "1700000000"}));
  ASSERT_EQ(tokens.size(), 500u);
  std::set<std::string> ids;
  for (const std::string& token : tokens) {
    const Json claims = Json::parse(Part(token, 1));
    ids.insert(claims["jti"].get<std::string>());
    EXPECT_EQ(claims["iat"], 1700000000);
    EXPECT_EQ(claims["exp"], 1700000090);
    EXPECT_EQ(claims["iss"], kIssuer);
  }
  EXPECT_EQ(ids.size(), 500u);
}

TEST_F(MintCommand, HeaderNamesAlgorithmKeyAndType) {
  const Json header = Json::parse(Part(MintOne(), 0));
  EXPECT_EQ(header["alg"], "ES256");
  EXPECT_EQ(header["kid"], Json::parse(ReadWholeFile(key_))["kid"]);
  EXPECT_EQ(header["typ"], "at+jwt");
  EXPECT_EQ(Json::parse(Part(MintOne(kClaims, {"--typ", "JWT"}), 0))["typ"], "JWT");
  EXPECT_FALSE(Json::parse(Part(MintOne(kClaims, {"--typ", ""}), 0)).contains("typ"));
}

TEST_F(MintCommand, GivenClaimsStay) {
  const Json claims = Json::parse(Part(MintOne(R"({"exp":7,"iat":6,"jti":"me"})"), 1));
  EXPECT_EQ(claims, Json::parse(R"({"exp":7,"iat":6,"jti":"me"})"));
  EXPECT_EQ(Json::parse(Part(MintOne("{}"), 1)).size(), 3u);
  const std::string file = folder_.File("claims.json", "{\n  \"sub\": \"a\"\n}");
  EXPECT_EQ(Json::parse(Part(MintOne("@" + file), 1))["sub"], "a");
}

TEST_F(MintCommand, BadRequestsAreRefused) {
  const auto mint = [&](const Arguments& more) {
    Arguments arguments = {"mint", "--key", key_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunAssay(arguments);
  };
  ExpectError(mint({}), "--claims");
  ExpectError(mint({"--claims", "[]"}), "not a JSON object");
  ExpectError(mint({"--claims", "{"}), "not valid JSON");
  std::string many = "{\"a\":1";
  for (int i = 0; i < 5000; ++i) many += ",\"m" + std::to_string(i) + "\":1";
  ExpectError(mint({"--claims", many + "}"}), "--claims has an object of more than 4096 members");
  ExpectError(mint({"--claims", "@" + folder_.Path("absent")}), "cannot open");
  ExpectError(mint({"--claims", R"({"jti":"x"})", "--count", "2"}), "jti");
  ExpectError(mint({"--claims", R"({"exp":1})", "--ttl", "2"}), "--ttl");
  ExpectError(mint({"--claims", "{}", "--count", "0"}), "--count");
  ExpectError(RunAssay({"mint", "--key", jwks_, "--claims", "{}"}), "public key");
  ExpectError(RunAssay({"mint", "--key", folder_.Path("absent"), "--claims", "{}"}), "cannot open");
}

TEST_F(InspectCommand, SaysFirstThatNothingIsVerified) {
  const Outcome outcome = RunAssay({"inspect", MintOne()});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out.rfind("NOT VERIFIED", 0), 0u);
  EXPECT_NE(outcome.out.find("\"iss\": \"https://as.example\""), std::string::npos);
  EXPECT_EQ(RunAssay({"inspect", "-"}, "Bearer " + Mint()).status, 0);
}

TEST_F(InspectCommand, ShowsControlCharactersEscaped) {
  const std::string claims = "{\"a\":\"\xc2\x9b[31m\xe2\x80\xae\"}";
  const Outcome good = RunAssay({"inspect", MintOne(claims)});
  EXPECT_EQ(good.out.find("\xc2\x9b"), std::string::npos);
  EXPECT_NE(good.out.find("\\u009b[31m\\u202e"), std::string::npos) << good.out;
  const Outcome raw = RunAssay({"inspect", base64url::Encode("\x1b[2J") + "." + base64url::Encode("\xff") + ".AA"});
  EXPECT_EQ(raw.status, 0);
  EXPECT_NE(raw.out.find("\\u001b[2J"), std::string::npos) << raw.out;
}

// What the engine's setting may let pass can be made and shown; the limit beyond is named.
TEST_F(InspectCommand, ShowsObjectsOfHundredsOfMembers) {
  const auto claims = [](int members) {
    std::string text = "{\"exp\":4102444800";
    for (int i = 1; i < members; ++i) text += ",\"m" + std::to_string(i) + "\":1";
    return text + "}";
  };
  const Outcome many = RunAssay({"inspect", MintOne(claims(300))});
  EXPECT_NE(many.out.find("\"m299\": 1"), std::string::npos) << many.out;
  EXPECT_NE(many.out.find("exp  2100-01-01"), std::string::npos) << many.out;
  const auto inspect = [](const std::string& payload) {
    return RunAssay({"inspect", "e30." + base64url::Encode(payload) + ".AA"}).out;
  };
  EXPECT_NE(inspect(claims(5000)).find(", has an object of more than 4096 members; Assay refuses that"),
            std::string::npos);
  EXPECT_NE(inspect(std::string(20, '[') + std::string(20, ']')).find(", is nested deeper than 16; Assay refuses that"),
            std::string::npos);
  EXPECT_NE(inspect("{\"a\":1,\"a\":1}").find(", has a name twice in an object; Assay refuses that"),
            std::string::npos);
  EXPECT_NE(inspect("{").find(", not valid JSON"), std::string::npos);
}

TEST_F(InspectCommand, RefusesWhatIsNoToken) {
  ExpectError(RunAssay({"inspect"}), "TOKEN");
  ExpectError(RunAssay({"inspect", "abc"}), "three segments");
  ExpectError(RunAssay({"inspect", "a.b.c.d.e"}), "encrypted");
  ExpectError(RunAssay({"inspect", "e30.e3=.AA"}), "payload is not base64url");
  ExpectError(RunAssay({"inspect", "-"}, "e30.e30.AA\ne30.e30.AA\n"), "one token is shown at a time");
}

}  // namespace
}  // namespace assay::test
