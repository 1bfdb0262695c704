#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/url.h"
#include "engine/config/config.h"
#include "engine/config/member_names.h"
#include "tests/testing/signing_key.h"

namespace assay {
namespace {

// The configuration of one issuer with `member` instead of, or besides, its members.
std::string WithIssuer(const std::string& members) { return "{\"version\":1,\"issuers\":[{" + members + "}]}"; }
constexpr char kGood[] = R"("issuer":"https://a.example","audiences":["x"],"keys":{"discover":true})";

std::string ErrorOf(const std::string& text) {
  const auto config = EngineConfig::FromJson(text, "f");
  return config.ok() ? "accepted" : config.error();
}
// The error of a good issuer with one more member.
std::string ErrorWith(const std::string& member) { return ErrorOf(WithIssuer(std::string(kGood) + ',' + member)); }

TEST(ConfigFile, EveryMemberOfTheContractIsRead) {
  const auto config = EngineConfig::FromJson(R"({
  "version": 1,
  "issuers": [
    {
      "issuer": "https://auth.example.com",
      "audiences": ["https://mcp.example.com/mcp", "b"],
      "algorithms": ["PS384", "Ed25519"],
      "keys": {"discover": true},
      "leeway_seconds": 7,
      "token_type": "at+jwt",
      "required_claims": ["sub", "client_id=x"],
      "max_age_seconds": 600,
      "scope_claim": "scp",
      "refresh": {"min_seconds": 61, "max_seconds": 3601, "cooldown_seconds": 31, "max_stale_seconds": 86401}
    }
  ],
  "limits": {"token_bytes": 8192, "table_memory_mib": 65},
  "revocation": {"file": "/etc/assay/revoked.jsonl"}
})",
                                             "f");
  ASSERT_TRUE(config.ok()) << config.error();
  ASSERT_EQ(config->issuers.size(), 1u);
  const IssuerConfig& issuer = config->issuers[0];
  EXPECT_EQ(issuer.policy.issuer, "https://auth.example.com");
  EXPECT_EQ(issuer.policy.issuer_mode, IssuerMode::kChosenByIss);
  EXPECT_EQ(issuer.policy.audiences, (std::vector<std::string>{"https://mcp.example.com/mcp", "b"}));
  EXPECT_EQ(issuer.policy.algorithms, (AlgorithmSet{Algorithm::kPS384, Algorithm::kEd25519}));
  EXPECT_EQ(issuer.keys.kind, KeySource::Kind::kDiscover);
  EXPECT_EQ(issuer.policy.leeway_seconds, 7);
  EXPECT_EQ(issuer.policy.token_type, "at+jwt");
  ASSERT_EQ(issuer.policy.required_claims.size(), 2u);
  EXPECT_EQ(issuer.policy.required_claims[0], RequiredClaim({{"sub"}}));
  EXPECT_EQ(issuer.policy.required_claims[1], RequiredClaim({{"client_id=x"}}));
  EXPECT_EQ(issuer.policy.max_age_seconds, 600);
  EXPECT_EQ(issuer.policy.scopes, ScpScopes());
  EXPECT_EQ(issuer.refresh.min_seconds, 61);
  EXPECT_EQ(issuer.refresh.max_seconds, 3601);
  EXPECT_EQ(issuer.refresh.cooldown_seconds, 31);
  EXPECT_EQ(issuer.refresh.max_stale_seconds, 86401);
  EXPECT_EQ(config->limits.token_bytes, 8192u);
  EXPECT_EQ(config->limits.table_memory_mib, 65u);
  EXPECT_EQ(config->revocation.file, "/etc/assay/revoked.jsonl");
}

TEST(ConfigFile, DefaultsAreTheStrictOnes) {
  const auto config = EngineConfig::FromJson(WithIssuer(kGood), "f");
  ASSERT_TRUE(config.ok()) << config.error();
  const PolicyConfig& policy = config->issuers[0].policy;
  EXPECT_EQ(policy.algorithms, (AlgorithmSet{Algorithm::kES256, Algorithm::kRS256}));
  EXPECT_EQ(policy.leeway_seconds, 0);
  EXPECT_TRUE(policy.expiry_required);
  EXPECT_FALSE(policy.any_audience_is_dangerous);
  EXPECT_EQ(policy.max_age_seconds, std::nullopt);
  EXPECT_EQ(config->limits.token_bytes, 16384u);
  EXPECT_TRUE(config->revocation.file.empty());
}

TEST(ConfigFile, KeysComeFromOneOfFourPlaces) {
  const auto kind = [](const std::string& keys) {
    return EngineConfig::FromJson(WithIssuer(R"("issuer":"https://a.example","audiences":["x"],"keys":)" + keys), "f");
  };
  EXPECT_EQ(kind(R"({"url":"https://a.example/jwks"})")->issuers[0].keys.value, "https://a.example/jwks");
  EXPECT_EQ(kind(R"({"file":"k.json"})")->issuers[0].keys.kind, KeySource::Kind::kFile);
  const std::string set = R"({"keys": [ )" + testing::SigningKey::Make(Algorithm::kES256).PublicJwk() + " ]}";
  const auto inline_keys = kind("{\"inline\": " + set + " }");
  EXPECT_EQ(inline_keys->issuers[0].keys.kind, KeySource::Kind::kInline);
  EXPECT_EQ(inline_keys->issuers[0].keys.value, set);
  const std::string one =
      "f:1: /issuers/0/keys: must have exactly one of discover, url, file, inline, pem_file, x509_url";
  EXPECT_EQ(kind("{}").error(), one);
  EXPECT_EQ(kind(R"({"discover":true,"file":"k"})").error(), one);
  EXPECT_EQ(kind(R"({"discover":false})").error(), "f:1: /issuers/0/keys/discover: must be true");
  EXPECT_EQ(kind("[]").error(), "f:1: /issuers/0/keys: must be an object");
}

// What no fetch would follow is a defect of the file, with its line; and what a fetch follows is none.
TEST(ConfigFile, UrlsAreJudgedAsTheFetchJudgesThem) {
  for (const std::string url :
       {"https://h:99999/", "http://127.0.0.999/", "https://-bad-/", "https://[zz]/", "https://h./", "https://h/a#f",
        "https://0x7f.1/", "https://h:/", "https://h:0/", "https://h/%zz", "HTTPS://h/", "http://LOCALHOST/",
        "https://[0:0::1]/", "http://[0:0::1]/", "http://[::1]/"}) {
    const auto config =
        EngineConfig::FromJson(WithIssuer(R"("issuer":"i","audiences":["x"],"keys":{"url":")" + url + "\"}"), "f");
    EXPECT_EQ(config.ok(), Url::Parse(url).ok()) << url;
    if (!config) {
      EXPECT_EQ(config.error().find("f:1: /issuers/0/keys/url: must be an https: URL"), 0u);
    }
  }
}

TEST(ConfigFile, ARedisUrlIsJudgedAsTheConnectionJudgesIt) {
  for (const char* url : {"redis://h:99999", "redis://h.", "redis://127.1", "redis://u@h", "redis://h/x"}) {
    const std::string text =
        ErrorOf(R"({"version":1,"issuers":[],"revocation":{"redis":{"url":")" + std::string(url) + "\"}}}");
    EXPECT_NE(text.find("/revocation/redis/url: is a redis:// URL"), std::string::npos) << text;
  }
}

TEST(ConfigFile, KeysAreFetchedOverHttpsOrFromThisMachine) {
  const auto accepted = [](const std::string& url) {
    return EngineConfig::FromJson(WithIssuer(R"("issuer":"i","audiences":["x"],"keys":{"url":")" + url + "\"}"), "f")
        .ok();
  };
  for (const char* url : {"https://a.example/k", "https://a.example:8443", "http://localhost/k",
                          "http://127.0.0.1:80/k", "http://127.1.2.3", "http://[::1]:8080/k"}) {
    EXPECT_TRUE(accepted(url)) << url;
  }
  for (const char* url : {"http://a.example/k", "http://localhost.example/k", "http://127.0.0.1.example/k",
                          "http://localhost@a.example/k", "https://user@a.example/k", "https:///k", "ftp://localhost/k",
                          "HTTPS//x", "file:///k", "https://a b/k", "http://127.0.0.1\\\\@x/k", "http://[::2]/k"}) {
    EXPECT_FALSE(accepted(url)) << url;
  }
  EXPECT_EQ(ErrorOf(WithIssuer(R"("issuer":"http://a.example","audiences":["x"],"keys":{"discover":true})"))
                .find("f:1: /issuers/0/keys/discover: cannot work"),
            0u);
}

TEST(ConfigFile, AllDefectsAreReportedAtOnceByLine) {
  EXPECT_EQ(ErrorOf("{\n \"version\": 2,\n \"issuers\": [\n  {\"issuer\": 5,\n   \"audiences\": [],\n"
                    "   \"leeway_seconds\": 301,\n   \"a/b~c\": 1,\n   \"keys\": {\"file\": \"\"}\n  "
                    "},\n  7\n ],\n"
                    " \"limits\": {\"token_bytes\": 2.5}\n}"),
            "f:2: /version: must be 1\n"
            "f:4: /issuers/0/issuer: must be a string\n"
            "f:5: /issuers/0/audiences: must hold at least one item\n"
            "f:6: /issuers/0/leeway_seconds: must be a whole number from 0 to 300\n"
            "f:7: /issuers/0/a~1b~0c: is not a known member\n"
            "f:8: /issuers/0/keys/file: must not be empty\n"
            "f:10: /issuers/1: must be an object\n"
            "f:12: /limits/token_bytes: must be a whole number from 256 to 1048576");
}

TEST(ConfigFile, MissingMembersAreReportedAtTheirObject) {
  EXPECT_EQ(ErrorOf("\n\n{}"), "f:3: /version: is missing\nf:3: /issuers: is missing");
  EXPECT_EQ(ErrorOf("{\"version\":1,\n\"issuers\":[\n{}]}"),
            "f:3: /issuers/0/issuer: is missing\nf:3: /issuers/0/audiences: is missing\nf:3: "
            "/issuers/0/keys: is missing");
}

TEST(ConfigFile, UnsafeAndWrongValuesAreRefused) {
  const struct {
    const char* member;
    const char* wrong;
  } cases[] = {
      {R"("leeway_seconds":-1)", "/issuers/0/leeway_seconds: must be a whole number from 0 to 300"},
      {R"("leeway_seconds":1e1)", "/issuers/0/leeway_seconds: must be a whole number from 0 to 300"},
      {R"("leeway_seconds":"1")", "/issuers/0/leeway_seconds: must be a whole number from 0 to 300"},
      {R"("leeway_seconds":null)", "/issuers/0/leeway_seconds: must be a whole number from 0 to 300"},
      {R"("leeway_seconds":99999999999999999999)", "/issuers/0/leeway_seconds: must be a whole number from 0 to 300"},
      {R"("algorithms":[])", "/issuers/0/algorithms: must hold at least one item"},
      {R"("algorithms":"ES256")", "/issuers/0/algorithms: must be an array"},
      {R"("algorithms":["ES256","ES256"])", "/issuers/0/algorithms/1: repeats \"ES256\""},
      {R"("token_type":"")", "/issuers/0/token_type: must not be empty"},
      {R"("token_type":"a b")", "/issuers/0/token_type: must be \"any\" or a media type such as \"at+jwt\""},
      {R"("token_type":"a/b/c")", "/issuers/0/token_type: must be \"any\" or a media type such as \"at+jwt\""},
      {R"("required_claims":[1])", "/issuers/0/required_claims/0: must be a string"},
      {R"("required_claims":[{"name":"a","value":"b"}])",
       "/issuers/0/required_claims/0: must be a claim's name; what value it must have is for `claims` to say"},
      {R"("required_claims":["a\u0000"])", "/issuers/0/required_claims/0: must not hold a NUL character"},
      {R"("max_age_seconds":0)", "/issuers/0/max_age_seconds: must be a whole number from 1 to 2147483647"},
      {R"("scope_claim":"scopes")",
       "/issuers/0/scope_claim: must be \"scope\" or \"scp\"; `scopes` names any other claim, and its form"},
      {R"("refresh":{"min_seconds":0})", "/issuers/0/refresh/min_seconds: must be a whole number from 1 to 86400"},
      {R"("refresh":{"min_seconds":20,"max_seconds":10})",
       "/issuers/0/refresh: min_seconds is greater than max_seconds"},
      {R"("refresh":{"max_stale_seconds":5})", "/issuers/0/refresh: max_stale_seconds is less than max_seconds"},
      {R"("refresh":{"often":true})", "/issuers/0/refresh/often: is not a known member"},
      {R"("Leeway_seconds":1)", "/issuers/0/Leeway_seconds: is not a known member; `leeway_seconds` is"},
      {R"("any_audience_is_dangerous":true)", "/issuers/0/any_audience_is_dangerous: is not a known member"},
  };
  for (const auto& [member, wrong] : cases) EXPECT_EQ(ErrorWith(member), std::string("f:1: ") + wrong) << member;
  for (const char* name : {"none", "HS256", "es256", "RS1"}) {
    EXPECT_EQ(ErrorWith(std::string("\"algorithms\":[\"") + name + "\"]")
                  .find("f:1: /issuers/0/algorithms/0: must be one of ES256 "),
              0u);
  }
}

// Hardening 27: a member that is null is neither absent nor "none": what wrote it meant something. One is older than
// that rule.
TEST(ConfigFile, NoMemberButTheMaximumAgeIsNull) {
  EXPECT_EQ(ErrorWith(R"("max_age_seconds":null)"), "accepted");
  const auto expect_refused = [](std::span<const std::string_view> names, const std::string& before,
                                 const std::string& after, const std::string& pointer) {
    for (const std::string_view name : names) {
      if (name == "max_age_seconds") continue;
      if (before.find('"' + std::string(name) + "\":") != std::string::npos) continue;  // stands there already
      const std::string error = ErrorOf(before + ",\"" + std::string(name) + "\":null" + after);
      EXPECT_NE(error.find("f:1: " + pointer + std::string(name) + ": must be "), std::string::npos) << error;
    }
  };
  const std::string issuer = std::string(R"({"version":1,"issuers":[{)") + kGood;
  expect_refused(kFileMembers, issuer + "}]", "}", "/");
  expect_refused(kIssuerMembers, issuer, "}]}", "/issuers/0/");
  expect_refused(kRefreshMembers, issuer + R"(,"refresh":{"about":"")", "}}]}", "/issuers/0/refresh/");
  expect_refused(kScopesMembers, issuer + R"(,"scopes":{"about":"")", "}}]}", "/issuers/0/scopes/");
  expect_refused(kHeaderRuleMembers, issuer + R"(,"header":[{"about":"")", "}]}]}", "/issuers/0/header/0/");
  expect_refused(kAudienceFromMembers, issuer + R"(,"audience_from":{"about":"")", "}}]}", "/issuers/0/audience_from/");
  expect_refused(kLimitsMembers, issuer + R"(}],"limits":{"about":"")", "}}", "/limits/");
  expect_refused(kRevocationMembers, issuer + R"(}],"revocation":{"about":"")", "}}", "/revocation/");
  expect_refused(kRedisMembers, issuer + R"(}],"revocation":{"redis":{"about":"")", "}}}", "/revocation/redis/");
  for (const std::string_view name : kKeysMembers) {
    const std::string source = name == "url" ? "" : R"("url":"https://h/k",)";
    const std::string error = ErrorOf(WithIssuer(R"("issuer":"https://a.example","audiences":["x"],"keys":{)" + source +
                                                 '"' + std::string(name) + "\":null}"));
    EXPECT_NE(error.find("f:1: /issuers/0/keys"), std::string::npos) << error;
  }
}

TEST(ConfigFile, AnUnknownMemberIsToldTheOneThatMayBeMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"client_id_claim", "client_claim"}, {"accept_confirmation_claim", "accept_confirmation"},
      {"audience", "audiences"},           {"algoritms", "algorithms"},
      {"leeway", "leeway_seconds"},        {"REQUIRED_CLAIM", "required_claims"}};
  for (const auto& [name, meant] : cases) {
    EXPECT_EQ(ErrorWith("\"" + std::string(name) + "\":1"),
              "f:1: /issuers/0/" + std::string(name) + ": is not a known member; `" + meant + "` is");
  }
  for (const std::string& name : {std::string("kid"), std::string("colour"), std::string(10'000, 'a')}) {
    EXPECT_EQ(ErrorWith("\"" + name + "\":1"), "f:1: /issuers/0/" + name + ": is not a known member");
  }
}

// Every object has room for words to a reader, which change nothing.
TEST(ConfigFile, AboutIsForPeople) {
  constexpr char kPlain[] =
      R"({"version":1,"issuers":[{"issuer":{"template":"https://a.example/{tenant}","tenant":["t"]},
    "audiences":["x"],"keys":{"url":"https://a.example/k"},
    "audience_from":{"claim":"azp","in":["c"]},"claims":[{"claim":"typ","in":["Bearer"]}],
    "header":[{"name":"h","in":["v"]}],"scopes":{"claim":"s","form":"array"},"refresh":{"min_seconds":61}}],
    "limits":{"token_bytes":8192},
    "revocation":{"redis":{"url":"redis://127.0.0.1"}}})";
  const auto plain = EngineConfig::FromJson(kPlain, "f");
  ASSERT_TRUE(plain.ok()) << plain.error();
  for (const std::string about :
       {R"("about":"why",)", R"("about":{"issuer":"why","anything":""},)", R"("about":{},)"}) {
    std::string text = kPlain;
    std::size_t objects = 0;
    for (std::size_t at = text.find("{\""); at != std::string::npos; at = text.find("{\"", at + about.size())) {
      text.insert(at + 1, about);
      ++objects;
    }
    EXPECT_EQ(objects, 12u);
    const auto config = EngineConfig::FromJson(text, "f");
    ASSERT_TRUE(config.ok()) << config.error();
    EXPECT_EQ(config->issuers[0].policy, plain->issuers[0].policy);
    EXPECT_TRUE(config->warnings.empty());
  }
  EXPECT_EQ(ErrorOf("{\"version\":1,\n\"about\":3,\"issuers\":[{" + std::string(kGood) + "}]}"),
            "f:2: /about: must be a string, or an object of strings");
  EXPECT_EQ(ErrorWith("\n\"about\":[\"why\"]"), "f:2: /issuers/0/about: must be a string, or an object of strings");
  EXPECT_EQ(ErrorWith("\"about\":null"), "f:1: /issuers/0/about: must be a string, or an object of strings");
  EXPECT_EQ(ErrorWith("\"about\":{\n\"issuer\":{\"claims\":\"why\"},\"a/b\":null}"),
            "f:2: /issuers/0/about/issuer: must be a string\nf:2: /issuers/0/about/a~1b: must be a string");
  EXPECT_EQ(ErrorOf(R"({"version":1,"issuers":[{"issuer":{"template":"https://a.example/{about}","about":["t"]},)"
                    R"("audiences":["x"],"keys":{"url":"https://a.example/k"}}]})"),
            "f:1: /issuers/0/issuer/about: must be a string, or an object of strings");
}

TEST(ConfigFile, AnIssuerIsConfiguredOnce) {
  EXPECT_EQ(ErrorOf(std::string("{\"version\":1,\"issuers\":[{") + kGood + "},\n{" + kGood + "}]}"),
            "f:2: /issuers/1/issuer: is configured twice");
}

TEST(ConfigFile, LimitsAndRevocationAreChecked) {
  const std::string start = "{\"version\":1,\"issuers\":[{" + std::string(kGood) + "}],";
  EXPECT_EQ(ErrorOf(start + "\"limits\":{\"token_bytes\":1048577}}"),
            "f:1: /limits/token_bytes: must be a whole number from 256 to 1048576");
  EXPECT_EQ(ErrorOf(start + "\"limits\":{\"kid\":1}}"), "f:1: /limits/kid: is not a known member");
  EXPECT_EQ(ErrorOf(start + "\"revocation\":{}}"), "f:1: /revocation: must have file, redis or both");
  EXPECT_EQ(ErrorOf(start + "\"revocation\":{\"file\":\"f\",\"stale\":1}}"),
            "f:1: /revocation/stale: is not a known member; `max_stale_seconds` is");
  EXPECT_EQ(ErrorOf(start + "\"revocation\":{\"redis\":{}}}"), "f:1: /revocation/redis/url: is missing");
  EXPECT_EQ(ErrorOf(start + "\"revocation\":{\"redis\":{\"url\":\"http://h\"}}}"),
            "f:1: /revocation/redis/url: must be a redis: or rediss: URL");
  EXPECT_EQ(ErrorOf(start + "\"revocation\":{\"redis\":{\"url\":\"redis://h\",\"key\":\"k\"}}}"),
            "f:1: /revocation/redis/key: is not a known member");
  EXPECT_EQ(ErrorOf(start + "\"revocation\":{\"file\":\"f\",\"max_stale_seconds\":0}}"),
            "f:1: /revocation/max_stale_seconds: must be a whole number from 1 to 86400");
}

TEST(ConfigFile, RevocationIsRead) {
  const auto config = EngineConfig::FromJson(
      "{\"version\":1,\"issuers\":[{" + std::string(kGood) +
          ",\"max_age_seconds\":3600}],\"revocation\":{\"redis\":{\"url\":\"rediss://h:1/"
          "2\",\"user\":\"u\",\"password_file\":\"p\",\"ca_file\":\"c\",\"entries_key\":\"e\",\"stream_key\":\"s\"},"
          "\"max_stale_seconds\":20,\"max_token_lifetime_seconds\":3600}}",
      "f");
  ASSERT_TRUE(config.ok()) << config.error();
  EXPECT_EQ(config->revocation.file, "");
  ASSERT_TRUE(config->revocation.redis);
  EXPECT_EQ(config->revocation.redis->url, "rediss://h:1/2");
  EXPECT_EQ(config->revocation.redis->user, "u");
  EXPECT_EQ(config->revocation.redis->password_file, "p");
  EXPECT_EQ(config->revocation.redis->ca_file, "c");
  EXPECT_EQ(config->revocation.redis->entries_key, "e");
  EXPECT_EQ(config->revocation.redis->stream_key, "s");
  EXPECT_EQ(config->revocation.max_stale_seconds, 20);
  EXPECT_EQ(config->revocation.max_token_lifetime_seconds, 3600);
}

TEST(ConfigFile, TextThatIsNoJsonIsPlacedByLine) {
  EXPECT_EQ(ErrorOf(""), "f:1: is empty");
  EXPECT_EQ(ErrorOf(" \n "), "f:1: is empty");
  EXPECT_EQ(ErrorOf("{\n\"version\": 1,,\n}"), "f:2: is not valid JSON here");
  EXPECT_EQ(ErrorOf("{\n\"version: 1,\n}"), "f:2: a string that begins on this line is not closed on it");
  EXPECT_EQ(ErrorOf("{\n\n\"version: 1}"), "f:3: a string that begins on this line is not closed");
  EXPECT_EQ(ErrorOf("{\n\"\xff\": 1}"), "f:2: is not UTF-8 here");
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF{}"), "f:1: begins with a byte order mark");
  EXPECT_EQ(ErrorOf("{\"version\":1,\n\"issuers\":[{\"issuer\":\"a\",\n\"issu\\u0065r\":\"b\"}]}"),
            "f:3: a name stands twice in the object that ends here");
  EXPECT_EQ(ErrorOf("[]"), "f:1: /: must be an object");
  EXPECT_EQ(ErrorOf("{} x"), "f:1: is not valid JSON here");
}

// No setting of a configuration raises what its own objects may have, so that they may have what there is.
TEST(ConfigFile, AnObjectMayHaveHundredsOfMembers) {
  const auto error = [](int members) {
    std::string about;
    for (int i = 0; i < members; ++i) about += (i > 0 ? ",\n\"m" : "\n\"m") + std::to_string(i) + "\":\"\"";
    return ErrorWith("\"about\":{" + about + "}");
  };
  EXPECT_EQ(error(257), "accepted");
  EXPECT_EQ(error(4096), "accepted");
  EXPECT_EQ(error(4097), "f:4098: an object has more than 4096 members, of which this is one");
  EXPECT_EQ(ErrorWith("\"about\":" + std::string(20, '[') + "\n" + std::string(20, ']')),
            "f:1: is nested deeper than 16 here");
}

TEST(ConfigFile, ManyDefectsAreCutShort) {
  std::string text = "{\n";
  for (int i = 0; i < 150; ++i) text += "\"m" + std::to_string(i) + "\":1,\n";
  const std::string error = ErrorOf(text + "\"version\":1}");
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 100);
  EXPECT_NE(error.find("and 51 more"), std::string::npos) << error;
}

TEST(ConfigFile, PiecesOfAGoodFileNeverCrashTheReader) {
  const std::string good =
      WithIssuer(std::string(kGood) + R"(,"refresh":{"min_seconds":60},"required_claims":["\u0061"])");
  ASSERT_EQ(ErrorOf(good), "accepted");
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_NE(ErrorOf(good.substr(0, i)), "accepted");
    for (const char c : {'"', '{', ']', '\\', '\0', '9', '\xff'}) {
      std::string changed = good;
      changed[i] = c;
      const std::string error = ErrorOf(changed);
      EXPECT_EQ(error.find("f:1: "), error == "accepted" ? std::string::npos : 0u) << changed;
    }
  }
}

}  // namespace
}  // namespace assay
