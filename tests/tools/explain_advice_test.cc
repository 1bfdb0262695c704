// What assay explain advises, by what was wrong: never what would not help.
#include <nlohmann/json.hpp>

#include <string>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

using Json = nlohmann::json;

class ExplainAdvice : public CommandTest {
 protected:
  // Entry: the usual issuer's entry, with `more` members.
  Json Entry(const Json& more) const {
    Json entry = {{"issuer", kIssuer}, {"audiences", {kAudience}}, {"keys", {{"file", jwks_}}}};
    entry.update(more);
    return entry;
  }
  // Explain: detail and advice for a token with these claims, under one entry.
  std::string Explain(const Json& entry, const Json& claims, const Json& root = Json::object()) {
    Json config = {{"version", 1}, {"issuers", {entry}}};
    config.update(root);
    const std::string file = folder_.File("config.json", config.dump());
    const Outcome outcome = RunAssay({"explain", "--config", file, "--format", "json", MintOne(claims.dump())});
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    const Json said = Json::parse(outcome.out);
    return said["detail"].get<std::string>() + "\n" + said["advice"].get<std::string>();
  }
  static bool Has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
  static Json Claims(const Json& more) {
    Json claims = {{"iss", kIssuer}, {"aud", kAudience}};
    claims.update(more);
    return claims;
  }
};

TEST_F(ExplainAdvice, OfAClaimOfTheWrongTypeIsForThatClaim) {
  const std::string client = Explain(Entry({{"client_claim", "azp"}}), Claims({{"azp", {"a"}}}));
  EXPECT_TRUE(Has(client, "`client_claim`") && !Has(client, "scope-form")) << client;
  const std::string scopes =
      Explain(Entry({{"scopes", {{"claim", "scp"}, {"form", "string"}}}}), Claims({{"scp", {"read"}}}));
  EXPECT_TRUE(Has(scopes, "--scope-form array")) << scopes;
}

TEST_F(ExplainAdvice, OfAStandInForTheAudienceIsToNameIt) {
  const Json entry = Entry({{"audience_from", {{"claim", "client_id"}, {"in", {"a"}}}}, {"token_type", "at+jwt"}});
  const std::string said = Explain(entry, {{"iss", kIssuer}, {"client_id", "w"}});
  EXPECT_TRUE(Has(said, "`audience_from`") && !Has(said, "RFC 8707")) << said;
}

TEST_F(ExplainAdvice, OfAnotherIssuersKeyIsNotAboutAlgorithms) {
  Json keys = Json::parse(RunAssay({"jwks", key_}).out);
  keys["keys"][0]["issuer"] = "https://other.example";
  const std::string said = Explain(Entry({{"keys", {{"inline", keys}}}}), Claims(Json::object()));
  EXPECT_TRUE(Has(said, "another issuer's") && !Has(said, "kty")) << said;
}

TEST_F(ExplainAdvice, OfAKeyWithoutTheUseOfSpiffeNamesThat) {
  Json entry = Entry({{"subject_trust_domain", "prod.example"}});
  entry.erase("issuer");
  const std::string said = Explain(entry, {{"sub", "spiffe://prod.example/a"}, {"aud", kAudience}});
  EXPECT_TRUE(Has(said, "bundle of the trust domain") && !Has(said, "kty")) << said;
}

TEST_F(ExplainAdvice, OfASvidWithoutAudienceIsNotToReplaceIt) {
  Json keys = Json::parse(RunAssay({"jwks", key_}).out);
  keys["keys"][0]["use"] = "jwt-svid";
  Json entry = Entry({{"subject_trust_domain", "prod.example"}, {"keys", {{"inline", keys}}}});
  entry.erase("issuer");
  const std::string said = Explain(entry, {{"sub", "spiffe://prod.example/a"}});
  EXPECT_TRUE(Has(said, "SPIFFE agent") && !Has(said, "audience_from") && !Has(said, "RFC 8707")) << said;
}

TEST_F(ExplainAdvice, OfARevocationIsWhatHelps) {
  const Json jwk = Json::parse(RunAssay({"jwks", key_}).out)["keys"][0];
  const auto revoked = [&](const Json& line) {
    Json whole = {{"iss", kIssuer}};
    whole.update(line);
    const std::string file = folder_.File("revoked.jsonl", whole.dump() + "\n");
    return Explain(Entry(Json::object()), Claims({{"jti", "one"}}),
                   {{"revocation", {{"file", file}, {"max_stale_seconds", 30}}}});
  };
  const std::string key = revoked({{"kid", jwk["kid"]}});
  EXPECT_TRUE(Has(key, "another key") && !Has(key, "Nothing can change")) << key;
  const std::string issuer = revoked({{"issued_before", 9999999999}});
  EXPECT_TRUE(Has(issuer, "lies ahead")) << issuer;
  EXPECT_TRUE(Has(revoked({{"jti", "one"}}), "Nothing can change"));
}

TEST_F(ExplainAdvice, OfASlashIsForEveryNameOfAnIssuer) {
  const Json of_template = {{"template", "https://idp.example/{t}"}, {"t", {"a", "b"}}};
  for (const Json& names : {of_template, Json{kIssuer, "https://idp.example/a"}}) {
    const Json entry = Entry({{"issuer", names}});
    const std::string said = Explain(entry, {{"iss", "https://idp.example/a/"}, {"aud", kAudience}});
    EXPECT_TRUE(Has(said, "by the slash at its end alone")) << said;
  }
}

// Instead of what a user may do, what a client asked for would count.
TEST_F(ExplainAdvice, NeverReplacesAClaimThatWasMeant) {
  const std::string token = MintOne(Claims({{"scope", "read"}}).dump());
  const auto explain = [&](const char* claim) {
    Arguments arguments = VerifyArguments({"--scope-claim", claim, "--require-scope", "read", "--token", token});
    arguments.front() = "explain";
    arguments.insert(arguments.end(), {"--format", "json"});
    return Json::parse(RunAssay(arguments).out)["advice"].get<std::string>();
  };
  EXPECT_FALSE(Has(explain("permissions"), "say so by `scope_claim`")) << explain("permissions");
  EXPECT_TRUE(Has(explain("scp"), "say so by `scope_claim`")) << explain("scp");
}

TEST_F(ExplainAdvice, OfAHeaderThatIsTooLargeIsForHeaders) {
  const std::string token = MintOne(kClaims);
  const std::string said = Json::parse(
      RunAssay(VerifyArguments({"--format", "json", "--token", std::string(12000, 'A') + ".e30.AA"})).out)["detail"];
  EXPECT_EQ(said, "the header has 9000 bytes; the limit is 8192");
  Arguments arguments = VerifyArguments({"--token", std::string(12000, 'A') + token.substr(token.find('.'))});
  arguments.front() = "explain";
  const std::string out = RunAssay(arguments).out;
  EXPECT_TRUE(Has(out, "the limit of headers") && !Has(out, "token_bytes")) << out;
}

}  // namespace
}  // namespace assay::test
