// What a policy says of issuers that those of the engine do not bear out.
#include "engine/mcp/decide/scope_policy.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

class IssuerDoubts : public ::testing::Test {
 protected:
  IssuerDoubts() : issuers_(1) {
    issuers_[0].issuer = "https://auth.example.com";
    issuers_[0].audiences = {std::string(kResource)};
  }
  PolicyConfig& issuer() { return issuers_[0]; }

  // The warnings of a policy with these members, behind one another; each line of it is a line of the file.
  std::string Doubts(const std::string& members, const std::string& servers = "\"https://auth.example.com\"") const {
    const auto policy = Compiled("{\"resource\":\"" + std::string(kResource) + "\",\n\"authorization_servers\":[" +
                                 servers + "]" + (members.empty() ? "" : ",\n") + members + "}");
    EXPECT_TRUE(policy->warnings().empty());
    EXPECT_TRUE(Checker::Create(policy, issuers_).ok());
    std::string all;
    for (const std::string& doubt : policy->WarningsFor(issuers_)) all += doubt + '\n';
    return all;
  }

  std::vector<PolicyConfig> issuers_;
};

constexpr char kNoIssuer[] =
    ": is no configured issuer: clients are sent there for tokens, and those that name it as their issuer are "
    "refused\n";

TEST_F(IssuerDoubts, AnAuthorizationServerIsAConfiguredIssuer) {
  EXPECT_EQ(Doubts(""), "");
  EXPECT_EQ(Doubts("", "\"https://auth.example.com\",\n\"https://auth.example.com/\",\"https://b.example\""),
            "policy.json:3: /authorization_servers/1" + std::string(kNoIssuer) +
                "policy.json:3: /authorization_servers/2" + kNoIssuer);
  issuer().issuer = "https://a.example";
  EXPECT_EQ(Doubts(""), "policy.json:2: /authorization_servers/0" + std::string(kNoIssuer));
  issuer().issuer_aliases = {"https://auth.example.com"};
  EXPECT_EQ(Doubts(""), "");
  issuer().issuer.clear();
  issuer().issuer_aliases.clear();
  issuer().issuer_template = {"https://{name}.example.com", {{"name", {"login", "auth"}}}};
  EXPECT_EQ(Doubts(""), "");
  EXPECT_EQ(Doubts("", "\"https://other.example.com\""),
            "policy.json:2: /authorization_servers/0" + std::string(kNoIssuer));
}

TEST_F(IssuerDoubts, WithoutACheckOfIssNoServerIsDoubted) {
  issuer().issuer.clear();
  issuer().issuer_mode = IssuerMode::kUnchecked;
  EXPECT_EQ(Doubts(""), "");
}

TEST_F(IssuerDoubts, AFurtherAudienceIsOneThatAnIssuerLists) {
  const std::string further = "\"audiences\":[\"api://a\",\n\"https://b.example.com\"]";
  const std::string no_effect =
      ": has no effect: no configured issuer has it among its audiences, so that its tokens are refused before\n";
  EXPECT_EQ(Doubts(further), "policy.json:3: /audiences/0" + no_effect + "policy.json:4: /audiences/1" + no_effect);
  issuer().audiences.push_back("https://b.example.com/");  // the same, spelled otherwise
  EXPECT_EQ(Doubts(further), "policy.json:3: /audiences/0" + no_effect);
}

TEST_F(IssuerDoubts, AStandInForTheAudienceIsOfAConfiguredIssuer) {
  const std::string other = R"("audience_from_issuers":{"https://other/x":{"claim":"azp","in":["a"]},)"
                            "\n\"https://auth.example.com\":{\"claim\":\"azp\",\"in\":[\"a\"]}}";
  const std::string unknown =
      "policy.json:3: /audience_from_issuers/https:~1~1other~1x: has no effect: no configured "
      "issuer has this name\n";
  EXPECT_EQ(Doubts(other), unknown +
                               "policy.json:4: /audience_from_issuers/https:~1~1auth.example.com: has no effect: the "
                               "issuer's own configuration has no audience_from\n");
  issuer().audience_from = AudienceFrom{{"azp"}, {"a"}};
  EXPECT_EQ(Doubts(other), unknown);
}

TEST_F(IssuerDoubts, BoundTokensAreAcceptedWhereTheyAreAskedFor) {
  const std::string dpop = R"("dpop_bound_access_tokens_required":true)";
  const std::string tls = R"("tls_client_certificate_bound_access_tokens":true)";
  const std::string refused =
      " is refused: one without jkt by this, one with it since accept_confirmation does not name it\n";
  EXPECT_EQ(Doubts(R"("dpop_bound_access_tokens_required":false)"), "");
  EXPECT_EQ(Doubts(R"("tls_client_certificate_bound_access_tokens":false)"), "");
  EXPECT_EQ(Doubts(dpop),
            "policy.json:3: /dpop_bound_access_tokens_required: every token of "
            "https://auth.example.com" +
                refused);
  EXPECT_EQ(Doubts(tls),
            "policy.json:3: /tls_client_certificate_bound_access_tokens: is promised in vain: such tokens "
            "are refused, since no issuer's accept_confirmation names x5t#S256\n");
  issuers_.push_back(issuer());
  issuers_[1].issuer = "https://b.example";
  issuers_[1].accept_confirmation = {"x5t#S256"};
  EXPECT_EQ(Doubts(tls), "") << "one issuer is enough";
  issuer().accept_confirmation = {"jkt"};
  EXPECT_EQ(Doubts(dpop),
            "policy.json:3: /dpop_bound_access_tokens_required: every token of https://b.example" + refused)
      << "of each issuer every token counts";
  issuers_[1].accept_confirmation = {"x5t#S256", "jkt"};
  EXPECT_EQ(Doubts(dpop), "");
}

TEST_F(IssuerDoubts, EitherNeedsARuleThatTellsTheTokensOfApplications) {
  const std::string either = R"("roles":{"r":["a"]},"grants":"either")";
  const std::string doubt =
      " without a scope claim goes by its roles alone; let a rule of the issuer's configuration tell the tokens that "
      "may "
      "(Entra: idtyp)\n";
  EXPECT_EQ(Doubts(either), "policy.json:3: /grants: \"either\": a token of https://auth.example.com" + doubt);
  issuers_.push_back(issuer());
  issuers_[1].issuer = "https://b.example";
  issuer().claim_rules = {{{"idtyp"}, ClaimOperator::kIn, {"user", "app"}}};
  EXPECT_EQ(Doubts(either), "policy.json:3: /grants: \"either\": a token of https://b.example" + doubt);
  issuers_[1].required_claims = {{{"idtyp"}, {"app"}}};
  EXPECT_EQ(Doubts(either), "");
  EXPECT_EQ(Doubts(R"("roles":{"r":["a"]},"grants":"user")"), "");
}

}  // namespace
}  // namespace assay::mcp
