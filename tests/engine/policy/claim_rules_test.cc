#include "engine/policy/claim_rules.h"

#include "engine/policy/checks.h"
#include "tests/engine/policy/token_fixture.h"

namespace assay {
namespace {

class ClaimRulesTest : public testing::TokenFixture {
 protected:
  Reason Check(const ClaimRule& rule, const std::string& claims) {
    config_ = {};
    config_.claim_rules = {rule};
    return ClaimRules(config_).Check({ClaimsOf(claims), arena_}, &detail_);
  }
  void Expect(const ClaimRule& rule, const std::vector<std::string>& matching, const std::vector<std::string>& others) {
    for (const std::string& value : matching) EXPECT_EQ(Check(rule, "{\"c\":" + value + "}"), Reason::kUnset) << value;
    for (const std::string& value : others) {
      EXPECT_EQ(Check(rule, "{\"c\":" + value + "}"), Reason::kClaimMismatch) << value;
      EXPECT_EQ(detail_.subject, "c");
      EXPECT_EQ(detail_.found, value);
    }
    EXPECT_EQ(Check(rule, R"({"C":"a","x":{"c":"a"}})"), Reason::kClaimMissing);
  }

  PolicyConfig config_;  // the detail names one of its claims
};

TEST_F(ClaimRulesTest, InIsAStringEqualToOneOfThem) {
  Expect({{"c"}, ClaimOperator::kIn, {"a", "b"}}, {R"("a")", R"("b")", R"("\u0061")"},
         {R"("")", R"("A")", R"("a ")", R"("ab")", R"(["a"])", "1", "true", "null", R"({"a":true})"});
}

TEST_F(ClaimRulesTest, IsComparesTypeAndValueAndCoercesNothing) {
  const auto is = [](auto value) { return ClaimRule{{"c"}, ClaimOperator::kIs, {}, value}; };
  Expect(is(true), {"true"}, {"false", R"("true")", "1", "null", "[true]"});
  Expect(is(false), {"false"}, {"true", R"("false")", "0", "null", R"("")"});
  Expect(is(std::int64_t{1}), {"1"}, {"1.0", "1e0", "10", "-1", R"("1")", "true", "[1]", "1.00000000000000000001"});
  Expect(is(std::int64_t{0}), {"0"}, {"-0", "0.0", "0e5", "false", "null"});
  Expect(is(std::string("v")), {R"("v")"}, {R"("V")", R"("")", R"(["v"])"});
}

TEST_F(ClaimRulesTest, HasIsAnArrayOfStringsAlone) {
  Expect({{"c"}, ClaimOperator::kHas, {"a", "b"}}, {R"(["a"])", R"(["x","b"])", R"(["\u0061","x"])"},
         {"[]", R"(["A"])", R"(["a",1])", R"([["a"]])", R"([[["a"]]])", R"("a")", R"({"a":true})", R"(["a b"])"});
}

TEST_F(ClaimRulesTest, WordsAreSplitAtSpacesAlone) {
  Expect({{"c"}, ClaimOperator::kWords, {"a"}}, {R"("a")", R"("x a")", R"("a x")", R"("x  a")"},
         {R"("")", R"("ab")", R"("x,a")", R"("x\ta")", R"("x\u00a0a")", R"(["a"])"});
}

TEST_F(ClaimRulesTest, APrefixEndsAtASeparator) {
  Expect({{"c"}, ClaimOperator::kPrefix, {"repo:acme/"}}, {R"("repo:acme/x")", R"("repo:acme/")"},
         {R"("repo:acme")", R"("repo:acme-evil/x")", R"("xrepo:acme/")", R"(["repo:acme/x"])"});
}

TEST_F(ClaimRulesTest, ExistsIsNeitherNullNorTheEmptyString) {
  const ClaimRule exists{{"c"}};
  for (const char* value : {R"("x")", "0", "false", "[]", "{}"}) {
    EXPECT_EQ(Check(exists, "{\"c\":" + std::string(value) + "}"), Reason::kUnset) << value;
  }
  for (const char* value : {"null", R"("")"}) {
    EXPECT_EQ(Check(exists, "{\"c\":" + std::string(value) + "}"), Reason::kClaimMissing) << value;
  }
}

TEST_F(ClaimRulesTest, APathGoesThroughObjectsAlone) {
  const ClaimRule rule{{"realm_access", "roles"}, ClaimOperator::kHas, {"editor"}};
  EXPECT_EQ(Check(rule, R"({"realm_access":{"x":{"roles":["no"]},"roles":["editor"]}})"), Reason::kUnset);
  EXPECT_EQ(Check(rule, R"({"realm_access" : { "a" : [1,{"b":"}"}] , "r\u006fles" : [ "editor" ] } })"),
            Reason::kUnset);
  for (const char* smuggled :
       {R"({"realm_access.roles":["editor"]})", R"({"realm_access":[{"roles":["editor"]}]})",
        R"({"realm_access":{"x":{"roles":["editor"]}}})", R"({"roles":["editor"],"realm_access":{}})",
        R"({"realm_access":"{\"roles\":[\"editor\"]}"})", R"({"realm_access":{"Roles":["editor"]}})"}) {
    EXPECT_EQ(Check(rule, smuggled), Reason::kClaimMissing) << smuggled;
  }
  for (const char* other : {R"({"realm_access":{"roles":[["editor"]]}})",
                            R"({"realm_access":{"roles":[[["editor"]]]}})", R"({"realm_access":{"roles":"editor"}})"}) {
    EXPECT_EQ(Check(rule, other), Reason::kClaimMismatch) << other;
  }
}

TEST_F(ClaimRulesTest, AMissingClaimGoesBeforeAnotherValue) {
  config_.claim_rules = {{{"a"}, ClaimOperator::kIn, {"x"}}, {{"b"}, ClaimOperator::kIn, {"y", "z"}}, {{"c"}}};
  EXPECT_EQ(ClaimRules(config_).Check({ClaimsOf(R"({"a":"?","b":"y"})"), arena_}, &detail_), Reason::kClaimMissing);
  EXPECT_EQ(detail_.subject, "c");
  EXPECT_EQ(ClaimRules(config_).Check({ClaimsOf(R"({"a":"x","b":"?","c":1})"), arena_}, &detail_),
            Reason::kClaimMismatch);
  EXPECT_EQ(detail_.wanted, "y");
  EXPECT_EQ(detail_.bound, 1) << "and one other";
}

TEST_F(ClaimRulesTest, SeveralRequiredValuesAreAlternativesOfAStringAndAllInAnArray) {
  config_.required_claims = {{{"c"}, {"a", "b"}}};
  const auto check = [&](const char* value) {
    return ClaimRules(config_).Check({ClaimsOf("{\"c\":" + std::string(value) + "}"), arena_}, &detail_);
  };
  EXPECT_EQ(check(R"("b")"), Reason::kUnset);
  EXPECT_EQ(check(R"(["b","x","a"])"), Reason::kUnset);
  EXPECT_EQ(check(R"(["a"])"), Reason::kClaimMismatch);
  EXPECT_EQ(check(R"("c")"), Reason::kClaimMismatch);
}

TEST_F(ClaimRulesTest, AnEmptyRequiredValueIsAStringInAnArrayToo) {
  config_.required_claims = {{{"c"}, {""}}};
  EXPECT_EQ(ClaimRules(config_).Check({ClaimsOf(R"({"c":[""]})"), arena_}, &detail_), Reason::kUnset);
  for (const char* other : {R"({"c":[7]})", R"({"c":[null]})", R"({"c":[{}]})", R"({"c":[[]]})", R"({"c":[]})"}) {
    EXPECT_EQ(ClaimRules(config_).Check({ClaimsOf(other), arena_}, &detail_), Reason::kClaimMismatch) << other;
  }
}

TEST_F(ClaimRulesTest, AConfirmationIsAcceptedOnlyWithEveryMemberChecked) {
  std::vector<std::string> accepted = {"jkt"};
  const auto check = [&](const char* cnf) {
    return CheckConfirmation(accepted, {ClaimsOf("{\"cnf\":" + std::string(cnf) + "}"), arena_}, &detail_);
  };
  EXPECT_EQ(check(R"({"jkt":"x"})"), Reason::kUnset);
  for (const char* refused : {"{}", "null", "[]", R"("jkt")", R"(["jkt"])", R"({"jkt":"x","x5t#S256":"y"})",
                              R"({"JKT":"x"})", R"({"x5t#S256":"y"})"}) {
    EXPECT_EQ(check(refused), Reason::kConfirmationUnsupported) << refused;
  }
  for (const char* keyless : {R"({"jkt":null})", R"({"jkt":7})", R"({"jkt":""})", R"({"jkt":{"jkt":"x"}})",
                              R"({"jkt":["x"]})", R"({"x5t#S256":"y","jkt":true})"}) {
    accepted = {"jkt", "x5t#S256"};
    EXPECT_EQ(check(keyless), Reason::kBadClaimType) << keyless;
    EXPECT_EQ(detail_.subject, "jkt");
  }
  accepted = {"jwk"};
  EXPECT_EQ(check(R"({"jwk":{"kty":"EC"}})"), Reason::kUnset);
  EXPECT_EQ(check(R"({"jwk":"x"})"), Reason::kBadClaimType);
}

}  // namespace
}  // namespace assay
