#include "tests/testing/hostile_tokens.h"

#include "tests/testing/engines.h"

namespace assay::testing {
namespace {

constexpr std::string_view kSecond = "https://second.example";
constexpr std::string_view kKeyless = "https://keyless.example";

struct Keys {
  SigningKey ed = SigningKey::Make(Algorithm::kEdDSA, "ed", 0);
  SigningKey es = SigningKey::Make(Algorithm::kES256, "es", 0);
  SigningKey same = SigningKey::Make(Algorithm::kES256, "same", 2);
  SigningKey same_too = SigningKey::Make(Algorithm::kES256, "same", 3);
  SigningKey second = SigningKey::Make(Algorithm::kEdDSA, "ed", 1);  // the first issuer's kid
  SigningKey slow[4] = {SigningKey::Make(Algorithm::kRS256, "rs", 0), SigningKey::Make(Algorithm::kPS256, "ps", 1),
                        SigningKey::Make(Algorithm::kES384, "es384", 0),
                        SigningKey::Make(Algorithm::kES512, "es512", 0)};
};

const Keys& AllKeys() {
  static const Keys keys;
  return keys;
}

std::string FirstSet() {
  const Keys& keys = AllKeys();
  std::vector<std::string> jwks = {keys.ed.PublicJwk(), keys.es.PublicJwk(), keys.same.PublicJwk(),
                                   keys.same_too.PublicJwk(),
                                   keys.second.JwkWith("\"kid\":\"enc\",\"alg\":\"EdDSA\",\"use\":\"enc\"")};
  for (const SigningKey& key : keys.slow) jwks.push_back(key.PublicJwk());
  return JwkSet(jwks);
}

}  // namespace

HostileTokens::HostileTokens(std::uint64_t seed, bool slow_keys) : random_(seed), slow_keys_(slow_keys) {}

EngineConfig HostileTokens::Config() {
  EngineConfig config;
  config.issuers = {IssuerWith(FirstSet()), IssuerWith({AllKeys().second}, kSecond), IssuerWith("", kKeyless)};
  for (IssuerConfig& issuer : config.issuers) {
    issuer.policy.algorithms = {Algorithm::kES256, Algorithm::kEdDSA, Algorithm::kRS256,
                                Algorithm::kPS256, Algorithm::kES384, Algorithm::kES512};
  }
  PolicyConfig& second = config.issuers[1].policy;
  second.algorithms = {Algorithm::kEdDSA, Algorithm::kEd25519};
  second.token_type = "at+jwt";
  second.leeway_seconds = 30;
  second.max_age_seconds = 3600;
  second.required_claims = {{{"sub"}}, {{"tenant"}, {"t1"}}};
  second.required_scopes = {"read"};
  second.scopes = ScpScopes();
  config.issuers[2].keys = {KeySource::Kind::kUrl, "https://keyless.example/jwks"};
  return config;
}

EngineConfig HostileTokens::FixedIssuerConfig() {
  EngineConfig config = Config();
  config.issuers.resize(1);
  config.issuers[0].policy.issuer_mode = IssuerMode::kFixed;
  return config;
}

std::string_view HostileTokens::Pick(const std::vector<std::string_view>& choices) {
  // The first choice is the harmless one.
  return OneIn(24) ? choices[random_() % choices.size()] : choices[0];
}

std::string HostileTokens::Header(const SigningKey& key) {
  const std::string alg = Concat({"\"", AlgorithmName(key.algorithm()), "\""});
  const std::string kid = Concat({"\"", key.kid(), "\""});
  const std::string long_kid = Concat({"\"", std::string(250 + random_() % 12, 'k'), "\""});
  std::string header = "{";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (header.size() > 1) header += OneIn(40) ? " ,\n" : ",";
    header += Concat({"\"", name, "\":", value});
  };
  add("alg", Pick({alg, "", "\"none\"", "\"NoNe\"", "\"HS256\"", "\"ES256\"", "\"EdDSA\"", "\"Ed25519\"", "\"RS512\"",
                   "\"es256\"", "null", "1", "[\"ES256\"]"}));
  add("kid",
      Pick({kid, "", "\"nobody\"", "\"ed\"", "\"same\"", "\"enc\"", "\"\"", "null", "7", long_kid, "\"\\u0065d\""}));
  add("typ", Pick({"\"at+jwt\"", "", "\"JWT\"", "\"AT+JWT\"", "\"application/at+jwt\"", "\"logout+jwt\"",
                   "\"Application/DPoP+jwt\"", "true", "\"at+jwt \""}));
  add("crit", Pick({"", "[\"exp\"]", "[]", "1"}));
  add("b64", Pick({"", "false", "true"}));
  add("cty", Pick({"", "\"JWT\"", "0"}));
  add("x5c", Pick({"", "[\"MIIB\"]", "{\"a\":1,\"a\":1}", "[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]"}));
  add(Pick({"jku", "alg", "kid", "\\u0061lg"}), Pick({"", "\"https://evil.example\"", "{\"b\":[1,2,{}]}"}));
  return header + "}";
}

std::string HostileTokens::Claims() {
  const bool second = OneIn(3);
  const std::string iss = Concat({"\"", second ? kSecond : kIssuer, "\""});
  const std::string aud = Concat({"\"", kAudience, "\""});
  const std::string list = Concat({"[\"x\", \"", kAudience, "\" ]"});
  const std::string mixed = Concat({"[", aud, ",1]"});
  const std::string many = Concat({"{",
                                   [] {
                                     std::string members;
                                     for (int i = 0; i < 257; ++i)
                                       members += Concat({i ? "," : "", "\"", std::to_string(i), "\":0"});
                                     return members;
                                   }(),
                                   "}"});
  const std::vector<std::string_view> dates = {"1700000600",
                                               "",
                                               "0",
                                               "1700000000",
                                               "1700000001",
                                               "1699999999.5",
                                               "1700000000.5",
                                               "1.7000001e9",
                                               "17e8",
                                               "-1",
                                               "-0",
                                               "1e400",
                                               "1e-400",
                                               "9223372036854775807",
                                               "9223372036854775808",
                                               "9223372006096375",
                                               "1699999970",
                                               "1700000030",
                                               "1700000031",
                                               "1699996369",
                                               "\"1700000600\"",
                                               "null",
                                               "true",
                                               "[]",
                                               "01",
                                               "1.",
                                               "NaN"};
  std::string claims = "{";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (claims.size() > 1) claims += OneIn(40) ? "\t,\r " : ",";
    claims += Concat({"\"", name, OneIn(60) ? "\" : " : "\":", value});
  };
  const std::vector<std::string_view> past = {"1699999990",
                                              "",
                                              "1700000000",
                                              "1700000001",
                                              "1700000000.5",
                                              "1700000030",
                                              "1700000031",
                                              "1700000030.5",
                                              "1699996400",
                                              "1699996369",
                                              "1e400",
                                              "-9223372036854775808",
                                              "-9223372036854775807.5",
                                              "0",
                                              "\"0\"",
                                              "null"};
  add("iss", Pick({iss, "", "\"https://issuer.example/\"", "\"https://keyless.example\"", "\"\"", "null", "[]",
                   "\"a\\u0000\"", "\"https:\\/\\/issuer.example\""}));
  add("sub", Pick({"\"user\"", "", "7", "null", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\u0000\""}));
  add("aud", Pick({aud, "", list, mixed, "[]", "\"\"", "\"https://api.example\"", "\"https://api.example/mcp/\"",
                   "null", "{}", "[[]]"}));
  add("exp", Pick(dates));
  if (OneIn(3)) add("nbf", Pick(past));
  add("iat", Pick(past));
  if (OneIn(2)) add("jti", Pick({"\"j\"", "1", "null", "\"\xC3\xA9\"", "\"\xC3\""}));
  add("client_id", Pick({"\"c\"", "", "false"}));
  if (second || OneIn(8)) add("tenant", Pick({"\"t1\"", "[\"t0\",\"t1\"]", "\"t2\"", "null", "", "[[\"t1\"]]"}));
  add("scope", Pick({"\"read write\"", "", "\"\"", "[\"read\"]", "null", "\"read:all\""}));
  add("scp", Pick({"[\"read\",\"write\"]", "\"read write\"", "", "[]", "\"readx\"", "[\"read\",1]", "{}",
                   "\"write\\u0020read\""}));
  add("cnf", Pick({"", "{\"jkt\":\"x\"}", "{\"jkt\":7}", "null"}));
  add(Pick({"x", "exp", "\\u0065xp", "", "aud"}),
      Pick({"", "1", "\"v\"", "1e5000", "-1E+500", "[1,[2,{\"a\":[]}]]", "{\"a\":{\"b\":1,\"b\":2}}", many,
            "[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "tru", "\"\\x\"", "'1'"}));
  return claims + "}";
}

// A few bytes of `text` changed: flipped, left out, doubled, or one of `bytes` put in.
void HostileTokens::Disturb(std::string* text, std::string_view bytes) {
  for (std::uint64_t changes = 1 + random_() % 3; changes > 0 && !text->empty(); --changes) {
    const std::size_t at = random_() % text->size();
    switch (random_() % 4) {
      case 0:
        (*text)[at] = static_cast<char>((*text)[at] ^ (1 << random_() % 8));
        break;
      case 1:
        text->erase(at, 1 + random_() % 3);
        break;
      case 2:
        text->insert(at, 1, (*text)[random_() % text->size()]);
        break;
      default:
        text->insert(at, 1, bytes[random_() % bytes.size()]);
        break;
    }
  }
}

void HostileTokens::DisturbToken(std::string* token) {
  switch (random_() % 10) {
    case 0:
      token->clear();
      break;
    case 1:
      token->resize(random_() % token->size());
      break;
    case 2:
      *token += std::string(1 + random_() % 3, '.');
      break;
    case 3:
      token->append(16000 + random_() % 1000, 'A');
      break;
    case 4:
      token->resize(token->rfind('.') + 1 + random_() % 88);
      break;
    case 5: {  // a flipped character of the signature
      const std::size_t at = token->rfind('.') + 1 + random_() % 86;
      if (at < token->size()) (*token)[at] = "ABCDwxyz0189-_"[random_() % 14];
      break;
    }
    default:
      Disturb(token, "ABCabc019-_.=+/ \n");
  }
}

std::string HostileTokens::Next() {
  const Keys& keys = AllKeys();
  std::string claims = Claims();
  const bool second = claims.find(kSecond) != std::string::npos;
  const SigningKey* key = second ? &keys.second : OneIn(3) ? &keys.es : &keys.ed;
  if (OneIn(40)) key = &keys.same;
  if (slow_keys_ && OneIn(3)) key = &keys.slow[random_() % 4];
  std::string header = Header(*key);
  static constexpr char kBytes[] = "{}[],:\"\\ \n\t0123456789.eE+-tfnu/\x80\xEF\xBB\xBF\xC3\x00\x1F\x7F";
  constexpr std::string_view kJsonBytes(kBytes, sizeof kBytes - 1);
  if (OneIn(30)) Disturb(&header, kJsonBytes);
  if (OneIn(12)) Disturb(&claims, kJsonBytes);
  if (OneIn(400))
    header.insert(header.size() - 1, Concat({",\"pad\":\"", std::string(7900 + random_() % 400, 'p'), "\""}));
  std::string token = Sign(OneIn(50) ? keys.same_too : *key, header, claims);
  if (OneIn(8)) DisturbToken(&token);
  return token;
}

}  // namespace assay::testing
