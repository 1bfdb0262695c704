// The page on coming from another JWT check: its configurations are good, and judge as it says.
#include <nlohmann/json.hpp>

#include "tests/tools/fixture.h"

namespace assay::test {
namespace {

using Json = nlohmann::json;

struct Token {
  const char* claims;  // beside `iss` and `aud` of the example, unless they name their own
  const char* verdict;
};

class MigrationPage : public CommandTest {
 protected:
  // Examples: the page's configurations, in their order.
  static std::vector<Json> Examples() {
    const std::string page = ReadWholeFile(ASSAY_MIGRATION_PAGE);
    constexpr std::string_view kOpen =
        "<!-- tests/tools/migration_test.cc judges tokens by exactly this -->\n```json\n";
    std::vector<Json> examples;
    for (std::size_t at = page.find(kOpen); at != std::string::npos; at = page.find(kOpen, at + 1)) {
      const std::size_t begin = at + kOpen.size();
      examples.push_back(Json::parse(page.substr(begin, page.find("```", begin) - begin)));
    }
    return examples;
  }

  // ExpectVerdicts: `config` is good as it is printed, and, with keys that are here, judges each token as `tokens` say.
  void ExpectVerdicts(Json config, const std::vector<Token>& tokens) {
    EXPECT_EQ(RunAssay({"config", "check", folder_.File("printed.json", config.dump())}).status, 0);
    Json& issuer = config.at("issuers").at(0);
    issuer["keys"] = {{"file", jwks_}};
    issuer.erase("refresh");  // says nothing of keys in a file
    const std::string path = folder_.File("trial.json", config.dump());
    for (const Token& token : tokens) {
      Json claims = {{"iss", issuer.at("issuer")}, {"aud", issuer.at("audiences").at(0)}};
      claims.update(Json::parse(token.claims));
      const Outcome outcome = RunAssay({"verify", "--config", path}, Mint(claims.dump()));
      const std::string wanted = std::string("1 ") + token.verdict;
      EXPECT_EQ(outcome.out.substr(0, wanted.size()), wanted) << claims << " gave " << outcome.out << outcome.err;
    }
  }
};

TEST_F(MigrationPage, HasAnExampleForEachCheckItComesFrom) { ASSERT_EQ(Examples().size(), 3u); }

TEST_F(MigrationPage, FromNginxAuthJwt) {
  ExpectVerdicts(Examples().at(0),
                 {{R"({"groups":["staff"]})", "accept accepted"},
                  {R"({"groups":["guests"]})", "reject claim_mismatch"},
                  {R"({"groups":"staff"})", "reject claim_mismatch"},
                  {R"({})", "reject claim_missing"},
                  {R"({"groups":["staff"],"aud":"https://other.example.com"})", "reject wrong_audience"},
                  {R"({"groups":["staff"],"iss":"https://evil.example"})", "reject issuer_unknown"},
                  {R"({"groups":["staff"],"exp":1700000000})", "reject expired"}});
}

TEST_F(MigrationPage, FromEnvoyJwtAuthn) {
  ExpectVerdicts(Examples().at(1), {{R"({"sub":"spiffe://example.com/files"})", "accept accepted"},
                                    {R"({"sub":"spiffe://example.com.evil.example/files"})", "reject claim_mismatch"},
                                    {R"({"sub":"spiffe://example.com/a","iat":1700000000})", "reject too_old"},
                                    {R"({"sub":"spiffe://example.com/a","aud":["other"]})", "reject wrong_audience"}});
}

TEST_F(MigrationPage, FromOauth2Proxy) {
  constexpr char kGood[] = R"({"typ":"Bearer","email_verified":true,"realm_access":{"roles":["reader"]}})";
  ExpectVerdicts(
      Examples().at(2),
      {{kGood, "accept accepted"},
       {R"({"typ":"ID","email_verified":true,"realm_access":{"roles":["reader"]}})", "reject claim_mismatch"},
       {R"({"typ":"Bearer","email_verified":"true","realm_access":{"roles":["reader"]}})", "reject claim_mismatch"},
       {R"({"typ":"Bearer","email_verified":true,"realm_access":{"roles":["other"]}})", "reject claim_mismatch"},
       {R"({"typ":"Bearer","email_verified":true,"roles":["reader"]})", "reject claim_missing"}});
}

}  // namespace
}  // namespace assay::test
