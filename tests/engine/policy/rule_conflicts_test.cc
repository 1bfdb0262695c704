#include "engine/policy/rule_conflicts.h"

#include "engine/policy/claim_rules.h"
#include "tests/engine/policy/token_fixture.h"

namespace assay {
namespace {

class RuleConflictsTest : public testing::TokenFixture {
 protected:
  bool Meets(const ClaimRule& rule, const std::string& claims) {
    PolicyConfig policy;
    policy.claim_rules = {rule};
    return ClaimRules(policy).Check({ClaimsOf(claims), arena_}, &detail_) == Reason::kUnset;
  }
};

Result<void> Conflict(std::vector<ClaimRule> rules) {
  PolicyConfig policy;
  policy.issuer_mode = IssuerMode::kUnchecked;
  policy.claim_rules = std::move(rules);
  return CheckRuleConflicts(policy);
}

ClaimRule Is(ClaimPath claim, decltype(ClaimRule::is) value) {
  return {std::move(claim), ClaimOperator::kIs, {}, std::move(value)};
}

// Whatever a token meets is no conflict; of these rules and tokens the converse holds, too.
TEST_F(RuleConflictsTest, ArePairsThatNoTokenMeets) {
  const std::vector<ClaimRule> rules = {{{"c"}},
                                        {{"c"}, ClaimOperator::kIn, {"a", "b"}},
                                        {{"c"}, ClaimOperator::kIn, {"b", "repo:x/y"}},
                                        {{"c"}, ClaimOperator::kIn, {"a b"}},
                                        {{"c"}, ClaimOperator::kWords, {"b", "z"}},
                                        {{"c"}, ClaimOperator::kWords, {"w"}},
                                        {{"c"}, ClaimOperator::kPrefix, {"repo:", "org:"}},
                                        {{"c"}, ClaimOperator::kPrefix, {"repo:x/"}},
                                        {{"c"}, ClaimOperator::kPrefix, {"team/"}},
                                        {{"c"}, ClaimOperator::kHas, {"a"}},
                                        {{"c"}, ClaimOperator::kHas, {"b"}},
                                        Is({"c"}, std::string("b")),
                                        Is({"c"}, true),
                                        Is({"c"}, false),
                                        Is({"c"}, std::int64_t{1}),
                                        Is({"c"}, std::int64_t{2}),
                                        {{"c", "d"}, ClaimOperator::kIn, {"a"}},
                                        {{"c", "d"}},
                                        {{"c", "d", "e"}},
                                        {{"d"}, ClaimOperator::kIn, {"b"}}};
  const std::vector<std::string> values = {R"("a")",
                                           R"("b")",
                                           R"("a b")",
                                           R"("b w")",
                                           R"("repo:x/y")",
                                           R"("repo:x/y w b")",
                                           R"("org:q")",
                                           R"("org:q w b")",
                                           R"("team/t")",
                                           R"("team/t w b")",
                                           R"(["a","b"])",
                                           "true",
                                           "false",
                                           "1",
                                           "2",
                                           R"({"d":"a"})",
                                           R"({"d":{"e":1}})"};
  int conflicts = 0;
  for (const ClaimRule& first : rules) {
    for (const ClaimRule& second : rules) {
      bool is_met = false;
      for (const std::string& value : values) {
        const std::string claims = R"({"d":"b","c":)" + value + "}";
        is_met = is_met || (Meets(first, claims) && Meets(second, claims));
      }
      EXPECT_EQ(Conflict({first, second}).ok(), is_met) << (&first - rules.data()) << ' ' << (&second - rules.data());
      conflicts += !is_met;
    }
  }
  EXPECT_GT(conflicts, 200);
}

TEST_F(RuleConflictsTest, AreNamedByBothPlaces) {
  const std::vector<ClaimRule> rules = {
      {{"a"}}, {{"b"}, ClaimOperator::kIn, {"x"}}, {{"a"}}, Is({"b"}, std::string("y"))};
  EXPECT_EQ(Conflict(rules).error(), "claims/3: contradicts claims/1: no token could meet both");
}

// What the rest of the policy asks of every token counts as a rule.
TEST_F(RuleConflictsTest, AreWithOtherMembersToo) {
  PolicyConfig plain;
  plain.issuer_mode = IssuerMode::kChosenByIss;
  plain.issuer = "https://as.example";
  plain.audiences = {"https://api.example/x", "b"};
  PolicyConfig stand_in = plain;
  stand_in.audiences.clear();
  stand_in.audience_from = {{"client_id"}, {"app-1", "app-2"}};
  PolicyConfig svid = plain;
  svid.issuer.clear();
  svid.subject_trust_domain = "example.org";
  PolicyConfig roles = plain;
  roles.scopes = {{"roles"}, ScopeForm::kArray};
  PolicyConfig bound = plain;
  bound.accept_confirmation = {"jkt"};
  const auto error = [](PolicyConfig policy, const ClaimRule& rule) {
    policy.claim_rules = {rule};
    const Result<void> checked = CheckRuleConflicts(policy);
    return checked ? "" : checked.error();
  };
  const auto in = [](const char* claim, std::vector<std::string> values) {
    return ClaimRule{{claim}, ClaimOperator::kIn, std::move(values)};
  };
  const auto has = [](const char* claim) { return ClaimRule{{claim}, ClaimOperator::kHas, {"x"}}; };

  EXPECT_EQ(error(plain, in("iss", {"https://other"})), "claims/0: contradicts issuer: no token could meet both");
  EXPECT_EQ(error(plain, in("iss", {"https://other", "https://as.example"})), "");
  EXPECT_EQ(error(plain, in("aud", {"https://other"})), "claims/0: contradicts audiences: no token could meet both");
  EXPECT_EQ(error(plain, in("aud", {"b"})), "");
  EXPECT_EQ(error(plain, has("aud")), "");
  EXPECT_EQ(error(stand_in, in("client_id", {"app-3"})),
            "claims/0: contradicts audience_from: no token could meet both");
  EXPECT_EQ(error(stand_in, in("client_id", {"app-2"})), "");
  EXPECT_EQ(error(stand_in, {{"aud"}}), "claims/0: contradicts audience_from: no token could meet both");
  EXPECT_EQ(error(svid, in("sub", {"spiffe://other.org/a"})),
            "claims/0: contradicts subject_trust_domain: no token could meet both");
  EXPECT_EQ(error(svid, in("sub", {"spiffe://example.org/a"})), "");
  EXPECT_EQ(error(svid, {{"sub"}, ClaimOperator::kPrefix, {"spiffe://example.org/ns/"}}), "");
  EXPECT_EQ(error(svid, {{"iss"}}), "claims/0: contradicts subject_trust_domain: no token could meet both");
  EXPECT_EQ(error(plain, {{"cnf", "jkt"}}),
            "claims/0: contradicts accept_confirmation, which is empty: no token could meet both");
  EXPECT_EQ(error(bound, {{"cnf", "jkt"}}), "");

  const std::string kForm = "claims/0: the scopes in this claim have another form (`scopes`)";
  EXPECT_EQ(error(plain, in("exp", {"1"})), "claims/0: exp is always a number");
  EXPECT_EQ(error(plain, Is({"iat"}, std::int64_t{1})), "");
  for (const char* text : {"sub", "jti", "client_id"}) {
    EXPECT_EQ(error(plain, has(text)), "claims/0: " + std::string(text) + " is always a string");
    EXPECT_EQ(error(plain, Is({text}, true)), "claims/0: " + std::string(text) + " is always a string");
    EXPECT_EQ(error(plain, {{text, "x"}}), "claims/0: " + std::string(text) + " is always a string");
    EXPECT_EQ(error(plain, in(text, {"x"})), "");
    EXPECT_EQ(error(plain, {{text}}), "");
  }
  EXPECT_EQ(error(plain, has("scope")), kForm);
  EXPECT_EQ(error(roles, has("roles")), "");
  EXPECT_EQ(error(roles, in("roles", {"a"})), kForm);
  EXPECT_EQ(error(roles, has("scope")), "") << "no scopes here";
}

TEST_F(RuleConflictsTest, AreOfScopesAndIdentityByTheirForms) {
  const auto conflicts = [](const PolicyConfig& base, const ClaimRule& rule) {
    PolicyConfig policy = base;
    policy.claim_rules = {rule};
    return !CheckRuleConflicts(policy).ok();
  };
  PolicyConfig policy;
  policy.issuer_mode = IssuerMode::kUnchecked;
  policy.scopes = {{"s"}, ScopeForm::kEither};
  EXPECT_FALSE(conflicts(policy, {{"s"}, ClaimOperator::kHas, {"a"}}));
  EXPECT_FALSE(conflicts(policy, {{"s"}, ClaimOperator::kWords, {"a"}}));
  EXPECT_TRUE(conflicts(policy, Is({"s"}, true)));
  EXPECT_TRUE(conflicts(policy, {{"s", "a"}}));
  policy.scopes = {{"s"}, ScopeForm::kKeys};
  EXPECT_TRUE(conflicts(policy, {{"s"}, ClaimOperator::kHas, {"a"}}));
  EXPECT_FALSE(conflicts(policy, {{"s", "a"}}));
  EXPECT_FALSE(conflicts(policy, {{"s"}}));
  EXPECT_FALSE(conflicts(policy, Is({"azp"}, std::int64_t{5})));
  policy.identity.client = {"azp"};
  EXPECT_TRUE(conflicts(policy, Is({"azp"}, std::int64_t{5})));
  EXPECT_FALSE(conflicts(policy, {{"azp"}, ClaimOperator::kIn, {"a"}}));
}

TEST_F(RuleConflictsTest, AreWithRequiredClaimsAndTheStandIn) {
  const auto error = [](const PolicyConfig& policy) {
    const Result<void> checked = CheckRuleConflicts(policy);
    return checked ? "" : checked.error();
  };
  PolicyConfig policy;
  policy.issuer_mode = IssuerMode::kUnchecked;
  policy.required_claims = {{{"a"}, {}}, {{"sub", "x"}, {}}};
  EXPECT_EQ(error(policy), "required_claims/1: sub is always a string");
  policy.required_claims = {{{"cnf"}, {}}};
  EXPECT_EQ(error(policy),
            "required_claims/0: contradicts accept_confirmation, which is empty: no token could meet both");
  policy.required_claims = {{{"a", "b"}, {}}};
  policy.claim_rules = {{{"a"}, ClaimOperator::kIn, {"x"}}};
  EXPECT_EQ(error(policy), "required_claims/0: contradicts claims/0: no token could meet both");
  policy.required_claims.clear();
  policy.audience_from = {{"exp"}, {"1"}};
  EXPECT_EQ(error(policy), "audience_from: exp is always a number");
  policy.audience_from = {{"azp"}, {"1"}};
  policy.audiences = {"a"};
  policy.claim_rules = {{{"azp"}, ClaimOperator::kIn, {"2"}}};
  EXPECT_EQ(error(policy), "") << "tokens with an audience may meet both";
}

TEST_F(RuleConflictsTest, OfAnIssuerWithSeveralNamesEachCounts) {
  PolicyConfig policy;
  policy.issuer_mode = IssuerMode::kChosenByIss;
  policy.issuer = "https://a";
  policy.issuer_aliases = {"a"};
  policy.audiences = {"x"};
  for (const auto& [rule, is_good] : {std::pair{ClaimRule{{"iss"}, ClaimOperator::kIn, {"a", "b"}}, true},
                                      {ClaimRule{{"iss"}, ClaimOperator::kIn, {"b"}}, false},
                                      {ClaimRule{{"iss"}, ClaimOperator::kPrefix, {"https:"}}, true},
                                      {ClaimRule{{"iss"}, ClaimOperator::kPrefix, {"http:"}}, false},
                                      {ClaimRule{{"iss"}, ClaimOperator::kHas, {"a"}}, false}}) {
    policy.claim_rules = {rule};
    EXPECT_EQ(CheckRuleConflicts(policy).ok(), is_good) << rule.values.front();
  }
}

TEST_F(RuleConflictsTest, AreInTheHeaderToo) {
  const auto error = [](const char* name, std::vector<std::string> values) {
    PolicyConfig policy;
    policy.issuer_mode = IssuerMode::kUnchecked;
    policy.algorithms = {Algorithm::kRS256};
    policy.token_type = "at+jwt";
    policy.header_rules = {{name, std::move(values)}};
    const Result<void> checked = CheckRuleConflicts(policy);
    return checked ? "" : checked.error();
  };
  EXPECT_EQ(error("alg", {"ES256"}), "header/0: contradicts algorithms: no token could meet both");
  EXPECT_EQ(error("alg", {"ES256", "RS256"}), "");
  EXPECT_EQ(error("typ", {"JWT"}), "header/0: contradicts token_type: no token could meet both");
  EXPECT_EQ(error("typ", {"JWT", "application/AT+JWT"}), "");
  EXPECT_NE(error("crit", {"x"}), "");
  PolicyConfig svid;
  svid.issuer_mode = IssuerMode::kChosenByIss;
  svid.subject_trust_domain = "example.org";
  svid.audiences = {"a"};
  svid.header_rules = {{"typ", {"JOSE"}}};
  EXPECT_TRUE(CheckRuleConflicts(svid).ok());
  svid.header_rules = {{"typ", {"at+jwt"}}};
  EXPECT_FALSE(CheckRuleConflicts(svid).ok());
  svid.header_rules = {{"x", {"a", "b"}}, {"x", {"b"}}};
  EXPECT_TRUE(CheckRuleConflicts(svid).ok());
  svid.header_rules = {{"x", {"a"}}, {"x", {"b"}}};
  EXPECT_EQ(CheckRuleConflicts(svid).error(), "header/1: contradicts header/0: no token could meet both");
  EXPECT_EQ(error("signer", {"x"}), "");
}

}  // namespace
}  // namespace assay
