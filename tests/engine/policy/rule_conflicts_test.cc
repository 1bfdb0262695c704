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
      const std::vector<ClaimRule> both = {first, second};
      EXPECT_EQ(CheckRuleConflicts(both).ok(), is_met) << (&first - rules.data()) << ' ' << (&second - rules.data());
      conflicts += !is_met;
    }
  }
  EXPECT_GT(conflicts, 200);
}

TEST_F(RuleConflictsTest, AreNamedByBothPlaces) {
  const std::vector<ClaimRule> rules = {
      {{"a"}}, {{"b"}, ClaimOperator::kIn, {"x"}}, {{"a"}}, Is({"b"}, std::string("y"))};
  EXPECT_EQ(CheckRuleConflicts(rules).error(), "claims/3: contradicts claims/1: no token could meet both");
}

}  // namespace
}  // namespace assay
