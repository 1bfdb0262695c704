// What an engine would refuse later is a defect of the file: told with its line and pointer, beside all others.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "engine/config/config.h"
#include "tests/testing/signing_key.h"

namespace assay {
namespace {

std::string ErrorOf(const std::string& text) {
  const auto config = EngineConfig::FromJson(text, "f");
  return config.ok() ? "accepted" : config.error();
}
// Of entries, each without its braces, in the lines from the second on.
std::string ErrorOfEntries(const std::vector<std::string>& entries, const std::string& more = "") {
  std::string text = "{\"version\":1,\"issuers\":[";
  for (const std::string& entry : entries) text += (&entry == entries.data() ? "\n{" : ",\n{") + entry + '}';
  return ErrorOf(text + "]" + more + "}");
}
std::string Entry(const std::string& issuer, const std::string& keys = R"({"file":"k"})") {
  return "\"issuer\":" + issuer + R"(,"audiences":["x"],"keys":)" + keys;
}

TEST(DefectPlaces, NamesThatTwoEntriesShare) {
  EXPECT_EQ(ErrorOfEntries({Entry(R"(["https://a","https://b"])"), Entry("[\"https://c\",\n\"https://b\"]")}),
            "f:4: /issuers/1/issuer/1: \"https://b\" is a name of /issuers/0 as well");
  EXPECT_EQ(ErrorOfEntries({Entry(R"("https://a")"), Entry(R"(["https://b","https://a"])")}),
            "f:3: /issuers/1/issuer/1: \"https://a\" is a name of /issuers/0 as well");
  EXPECT_EQ(ErrorOfEntries({Entry(R"({"template":"https://h/{t}","t":["a","b"]})"), Entry(R"("https://h/b")")}),
            "f:3: /issuers/1/issuer: \"https://h/b\" is a name of /issuers/0 as well");
  EXPECT_EQ(ErrorOfEntries({Entry(R"({"template":"https://h/{t}","t":["a","b","c"]})"),
                            Entry(R"({"template":"https://{u}/b","u":["g","h"]})"),
                            Entry(R"({"template":"https://h/{v}","v":["c","d","b"]})")}),
            "f:3: /issuers/1/issuer: \"https://h/b\" is a name of /issuers/0 as well\n"
            "f:4: /issuers/2/issuer: \"https://h/c\" is a name of /issuers/0 as well, and so are 1 more of its names");
  const std::string domain = R"("audiences":["x"],"keys":{"file":"k"},)";
  EXPECT_EQ(ErrorOfEntries({domain + R"("subject_trust_domain":"td")", domain + "\n\"subject_trust_domain\":\"td\""}),
            "f:4: /issuers/1/subject_trust_domain: is configured twice");
  EXPECT_EQ(ErrorOfEntries({domain + R"("subject_trust_domain":"td")", Entry(R"("spiffe://td")")}),
            "f:3: /issuers/1/issuer: is configured twice");
  EXPECT_EQ(ErrorOfEntries({Entry(R"(["https://a","https://b"])"), Entry(R"(["https://c","https://d"])")}), "accepted");
}

TEST(DefectPlaces, SourcesThatNoFetchWouldFollow) {
  const auto error = [](const std::string& issuer, const std::string& keys) {
    return ErrorOfEntries({Entry(issuer, "\n{" + keys + "}")});
  };
  const std::string plain = R"("https://a.example")";
  for (const char* host : {"169.254.169.254", "0.0.0.0", "[::ffff:169.254.169.254]", "[fe80::1]"}) {
    const std::string refused = error(plain, "\"url\":\"https://" + std::string(host) + "/k\"");
    EXPECT_EQ(refused.find("f:3: /issuers/0/keys/url: "), 0u) << refused;
    EXPECT_NE(refused.find("may not be connected to"), std::string::npos) << refused;
    EXPECT_EQ(
        error(plain, "\"x509_url\":\"https://" + std::string(host) + "/k\"").find("f:3: /issuers/0/keys/x509_url: "),
        0u);
    EXPECT_EQ(
        error("\"https://" + std::string(host) + "\"", R"("discover":true)").find("f:3: /issuers/0/keys/discover: "),
        0u);
  }
  EXPECT_EQ(error(R"(["https://a.example","https://b.example"])", R"("discover":true)"),
            "f:3: /issuers/0/keys/discover: cannot work: keys are discovered for one issuer by its one name; give the "
            "keys' url");
  EXPECT_EQ(error(R"({"template":"https://h/{t}","t":["a"]})", R"("discover":true)")
                .find("f:3: /issuers/0/keys/discover: cannot work: keys are discovered for one issuer"),
            0u);
  EXPECT_EQ(error(R"("https://a.example/?x=y")", R"("discover":true)"),
            "f:3: /issuers/0/keys/discover: cannot work: the issuer has a query");
  EXPECT_EQ(ErrorOfEntries({R"("subject_trust_domain":"td","audiences":["x"],"keys":{"discover":true})"})
                .find("f:2: /issuers/0/keys/discover: cannot work"),
            0u);
}

TEST(DefectPlaces, InlineKeysThatCannotBeUsed) {
  const auto error = [](const std::string& keys, const std::string& more = "") {
    return ErrorOfEntries({Entry(R"("https://a.example")", "{\n\"inline\":" + keys + "}" + more)});
  };
  const std::string at = "f:3: /issuers/0/keys/inline: ";
  EXPECT_EQ(error(R"({"keys":[]})"), at + "no usable key");
  EXPECT_EQ(error("{}").find(at + "neither a JWK Set"), 0u);
  EXPECT_EQ(error(R"({"keys":{}})"), at + "\"keys\" is not an array");
  EXPECT_EQ(error(R"({"keys":[{"kty":"oct","k":"AA","kid":"a"}]})").find(at + "no usable key; key 0 (kid \"a\"): "),
            0u);
  const std::string key = testing::SigningKey::Make(Algorithm::kES256).PublicJwk();
  EXPECT_EQ(error(key), "accepted");
  EXPECT_EQ(
      error(key, R"(,"algorithms":["RS256"])").find(at + "no usable key; key 0 (kid \"k\"): its algorithm is not"), 0u);
  // A list of which a part is wrong does not say which keys it would allow.
  EXPECT_EQ(error(key, R"(,"algorithms":["RS256","ES265"])").find(at), std::string::npos);
}

TEST(DefectPlaces, RevocationsThatCouldNotBeEnforced) {
  const auto error = [](const std::string& redis) {
    return ErrorOfEntries({Entry(R"("https://a.example")")}, ",\n\"revocation\":{\"redis\":{" + redis + "}}");
  };
  const std::string at = "f:4: /revocation/redis/";
  EXPECT_EQ(error("\"url\":\"redis://h\",\n\"ca_file\":\"c\""),
            at + "ca_file: a ca_file for a redis: URL, which is not encrypted: say rediss:");
  EXPECT_EQ(error("\"url\":\"redis://h\",\n\"user\":\"u\""), at + "user: a user without a password_file");
  EXPECT_EQ(error("\"url\":\"redis://:p@h\",\n\"password_file\":\"p\""),
            at + "password_file: a password_file beside a password in the URL");
  EXPECT_EQ(error(R"("url":"rediss://h","ca_file":"c","user":"u","password_file":"p")"), "accepted");

  const auto aged = [](const std::string& first, const std::string& second) {
    return ErrorOfEntries({Entry(R"("https://a")") + first, Entry(R"("https://b")") + second},
                          R"(,"revocation":{"file":"r","max_token_lifetime_seconds":60})");
  };
  const std::string since = " 60, since /revocation/max_token_lifetime_seconds says that no token lives longer";
  EXPECT_EQ(aged("", ",\n\"max_age_seconds\":61"), "f:2: /issuers/0/max_age_seconds: must be there, and at most" +
                                                       since + "\nf:4: /issuers/1/max_age_seconds: must be at most" +
                                                       since);
  EXPECT_EQ(aged(R"(,"max_age_seconds":60)", R"(,"max_age_seconds":null)"),
            "f:3: /issuers/1/max_age_seconds: must be there, and at most" + since);
  EXPECT_EQ(aged(R"(,"max_age_seconds":60)", R"(,"max_age_seconds":0)"),
            "f:3: /issuers/1/max_age_seconds: must be a whole number from 1 to 2147483647");
  EXPECT_EQ(aged(R"(,"max_age_seconds":60)", R"(,"max_age_seconds":1)"), "accepted");
}

TEST(DefectPlaces, AllAreToldAtOnce) {
  EXPECT_EQ(
      ErrorOfEntries({Entry(R"(["https://a","https://b"])", R"({"discover":true})"),
                      Entry(R"(["https://c","https://b"])", R"({"inline":{"keys":[]}})"),
                      Entry(R"("https://d")", R"({"url":"https://169.254.169.254/k"})") + R"(,"leeway_seconds":-1)"}),
      "f:2: /issuers/0/keys/discover: cannot work: keys are discovered for one issuer by its one name; give the "
      "keys' url\n"
      "f:3: /issuers/1/issuer/1: \"https://b\" is a name of /issuers/0 as well\n"
      "f:3: /issuers/1/keys/inline: no usable key\n"
      "f:4: /issuers/2/keys/url: 169.254.169.254 may not be connected to\n"
      "f:4: /issuers/2/leeway_seconds: must be a whole number from 0 to 300");
}

// A hundred thousand names are compared with all others, and that takes no time to speak of.
TEST(DefectPlaces, ManyNamesAreComparedInASecond) {
  std::string values;
  for (int i = 0; i < 50'000; ++i) values += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) + '"';
  const auto entry = [&](const std::string& host) {
    return Entry("{\"template\":\"https://" + host + "/{t}\",\"t\":[" + values + "]}");
  };
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(ErrorOfEntries({entry("a"), entry("b")}), "accepted");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace assay
