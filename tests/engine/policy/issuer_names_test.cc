#include "engine/policy/issuer_names.h"

#include "engine/policy/validate_policy.h"
#include "tests/engine/policy/token_fixture.h"

namespace assay {
namespace {

class IssuerNamesTest : public testing::TokenFixture {
 protected:
  static std::string ErrorOf(const PolicyConfig& config) {
    const Result<IssuerNames> names = IssuerNames::Build(config);
    return names ? "" : names.error();
  }
  static PolicyConfig Template(std::string pattern, std::vector<IssuerTemplate::Variable> variables) {
    PolicyConfig config;
    config.issuer_template = {std::move(pattern), std::move(variables)};
    return config;
  }
};

TEST_F(IssuerNamesTest, ATemplateStandsForItsStringsAndNothingElse) {
  const auto names = IssuerNames::Build(
      Template("https://{cloud}.example/{tid}/v2.0", {{"tid", {"t1", "t2"}}, {"cloud", {"a", "b"}}}));
  ASSERT_TRUE(names.ok()) << names.error();
  EXPECT_EQ(names->all().size(), 4u);
  for (const char* iss : {"https://a.example/t1/v2.0", "https://b.example/t2/v2.0"}) {
    const Claims& claims = ClaimsOf("{\"iss\":\"" + std::string(iss) + "\"}");
    EXPECT_EQ(names->Name(claims), iss);
    EXPECT_EQ(names->Canonical(claims), iss) << "each is an issuer of its own";
  }
  for (const char* iss :
       {"https://{cloud}.example/{tid}/v2.0", "https://a.example/t3/v2.0", "https://a.example/t1/v2.0/",
        "https://a.example/T1/v2.0", "https://a.example//v2.0", "https://a.example/t1%2Fv2.0/v2.0"}) {
    EXPECT_FALSE(names->Name(ClaimsOf("{\"iss\":\"" + std::string(iss) + "\"}"))) << iss;
  }
}

TEST_F(IssuerNamesTest, TemplatesThatCouldMeanMoreAreRefused) {
  for (const char* value : {"", "a/b", "a?b", "a#b", "a%2Fb", "{x}", "a b", "a:b", "\xC3\xA9", "a\\b", "a@b"}) {
    EXPECT_NE(ErrorOf(Template("https://h/{t}", {{"t", {value}}})), "") << value;
  }
  EXPECT_NE(ErrorOf(Template("https://h/{t}", {{"t", {}}})), "");
  EXPECT_NE(ErrorOf(Template("https://h/{t}", {{"t", {"a"}}, {"u", {"b"}}})), "") << "u is not used";
  EXPECT_NE(ErrorOf(Template("https://h/{t}/{u}", {{"t", {"a"}}})), "") << "u has no values";
  EXPECT_NE(ErrorOf(Template("https://h/{t}/{t}", {{"t", {"a"}}})), "") << "t stands twice";
  EXPECT_NE(ErrorOf(Template("https://h/{t}", {{"t", {"a", "a"}}})), "");
  std::vector<std::string> many;
  for (int i = 0; i < 400; ++i) many.push_back(std::to_string(i));
  EXPECT_NE(ErrorOf(Template("https://h/{t}/{u}", {{"t", many}, {"u", many}})), "") << "160,000 strings";
}

TEST_F(IssuerNamesTest, SpellingsAreOneIssuerByItsFirst) {
  PolicyConfig config;
  config.issuer = "https://accounts.google.com";
  config.issuer_aliases = {"accounts.google.com"};
  const auto names = IssuerNames::Build(config);
  ASSERT_TRUE(names.ok());
  const Claims& claims = ClaimsOf(R"({"iss":"accounts.google.com"})");
  EXPECT_EQ(names->Name(claims), "accounts.google.com");
  EXPECT_EQ(names->Canonical(claims), "https://accounts.google.com");
  EXPECT_FALSE(names->Name(ClaimsOf(R"({"iss":"http://accounts.google.com"})")));
}

// Each spelling is looked up among the revocations.
TEST_F(IssuerNamesTest, ATrustDomainAndTheSpellingsOfOneIssuerAreBounded) {
  const std::string longest(255, 'a');
  EXPECT_TRUE(TrustDomainOf("spiffe://" + longest + "/x"));
  EXPECT_FALSE(TrustDomainOf("spiffe://" + longest + "a/x"));
  PolicyConfig config;
  config.issuer = "https://i";
  config.audiences = {"x"};
  for (int i = 1; i < 16; ++i) config.issuer_aliases.push_back(std::to_string(i));
  EXPECT_TRUE(ValidatePolicy(config).ok());
  config.issuer_aliases.push_back("16");
  EXPECT_FALSE(ValidatePolicy(config).ok());
}

TEST_F(IssuerNamesTest, ATrustDomainIsWholeAndHasAPathBehind) {
  EXPECT_EQ(TrustDomainOf("spiffe://td.example/ns/a"), "spiffe://td.example");
  for (const char* other :
       {"spiffe://td.example", "spiffe://td.example/", "spiffe://td.example//", "spiffe://td.example/a/",
        "spiffe://td.example/a/../b", "spiffe://td.example/./a", "spiffe://td.example/a%2fb", "spiffe://td.example/a b",
        "spiffe:///a", "spiffe://TD/a", "SPIFFE://td/a", "spiffe://td:80/a", "spiffe://u@td/a", "spiffe://td%2e/a",
        "https://td/a", " spiffe://td/a", ""}) {
    EXPECT_FALSE(TrustDomainOf(other)) << other;
  }
  PolicyConfig config;
  config.subject_trust_domain = "td";
  const auto names = IssuerNames::Build(config);
  ASSERT_TRUE(names.ok());
  EXPECT_EQ(names->Name(ClaimsOf(R"({"sub":"spiffe://td/a"})")), "spiffe://td");
  for (const char* other :
       {R"({"sub":"spiffe://td.evil/a"})", R"({"sub":"spiffe://td.evil"})", R"({"sub":"spiffe://t/d"})",
        R"({"iss":"spiffe://td","sub":"spiffe://td/a"})", R"({"iss":"spiffe://td"})", "{}"}) {
    EXPECT_FALSE(names->Name(ClaimsOf(other))) << other;
  }
  config.subject_trust_domain = "td/x";
  EXPECT_NE(ErrorOf(config), "");
}

}  // namespace
}  // namespace assay
