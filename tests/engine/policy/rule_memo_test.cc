#include "engine/policy/rule_memo.h"

#include <random>
#include <string>
#include <vector>

#include "engine/policy/claim_rules.h"
#include "tests/engine/policy/token_fixture.h"

namespace assay {
namespace {

class RuleMemoTest : public testing::TokenFixture {
 protected:
  // Members: those of an object, which the parser holds until its next.
  std::span<const json::Member> Members(const std::string& json) {
    EXPECT_TRUE(Reads(json)) << json;
    return document_.members;
  }

  // Check: by the memo.
  Reason Check(const ClaimRules& rules, const std::string& claims) {
    ClaimsOf(claims);
    return rules.Check({claims_, arena_, &hints_, parser_.structure()}, &detail_, &memo_);
  }

  RuleMemo memo_;
  ClaimHints hints_;
  json::Document document_;

 private:
  bool Reads(const std::string& json) {
    return parser_.ParseCopy(json, arena_, &document_) == json::Status::kOk && parser_.structure() != nullptr;
  }
};

TEST_F(RuleMemoTest, AMemberIsKnownAgainBySpellingAndPlaceAlone) {
  RuleMemo::Slot slot;
  EXPECT_FALSE(slot.Knows(Members(R"({"a":1,"typ":"Bearer","c":2})")));
  slot.Learn(1, document_.members[1]);
  for (const char* same : {R"({"a":1,"typ":"Bearer","c":2})", R"({"other":[{}],"typ":"Bearer"})"}) {
    EXPECT_TRUE(slot.Knows(Members(same))) << same;
  }
  for (const char* other : {R"({"a":1,"typ":"Bearer2","c":2})", R"({"a":1,"typ":"bearer"})", R"({"a":1,"typ":"Beare"})",
                            R"({"a":1,"typ":["Bearer"]})", R"({"a":1,"typ" :"Bearer"})", R"({"a":1,"type":"Bearer"})",
                            R"({"typ":"Bearer"})", R"({"a":1,"b":1,"typ":"Bearer"})", "{}", R"({"a":{"typ":"Bearer"}})",
                            R"({"a":1,"b":{"typ":"Bearer"}})", R"({"a":1,"xtyp":"Bearer"})"}) {
    EXPECT_FALSE(slot.Knows(Members(other))) << other;
  }
}

TEST_F(RuleMemoTest, EachByteOfWhatIsRememberedCounts) {
  for (std::size_t size = 5; size <= 60; ++size) {
    const std::string member = "\"a\":" + std::string(size - 4, '1');
    RuleMemo::Slot slot;
    slot.Learn(0, Members("{" + member + "}").front());
    EXPECT_EQ(slot.Knows(Members("{" + member + "}")), size <= 48) << size;
    EXPECT_FALSE(slot.Knows(Members("{" + member + "1}"))) << size;
    for (std::size_t at = 4; at < size; ++at) {
      std::string other = member;
      other[at] = '2';
      EXPECT_FALSE(slot.Knows(Members("{" + other + "}"))) << other;
    }
  }
}

TEST_F(RuleMemoTest, WhatIsKnownByItsPrefixMustGoOn) {
  RuleMemo::Slot slot;
  const json::Member& member = Members(R"({"sid":"abc"})").front();
  slot.LearnPrefix(0, member, member.value.text.data(), 2);
  for (const char* same :
       {R"({"sid":"abc"})", R"({"sid":"x"})", R"({"sid":"a much longer one, which the slot cannot hold"})"}) {
    EXPECT_TRUE(slot.Knows(Members(same))) << same;
  }
  for (const char* other : {R"({"sid":""})", R"({"sid":["x"]})", R"({"sid":1})", R"({"sid":null})", R"({"Sid":"x"})"}) {
    EXPECT_FALSE(slot.Knows(Members(other))) << other;
  }
}

// Two that share a place: who asks for it in turn leaves it to the first, who asks for it alone gets it.
TEST_F(RuleMemoTest, RulesWithAnotherIdKnowNothing) {
  EXPECT_TRUE(memo_.Of(1, 2).empty());  // nobody has asked before
  RuleMemo::Slot& slot = memo_.Of(1, 2)[1];
  slot.Learn(0, Members(R"({"a":1})").front());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(memo_.Of(65, 3).empty());
    ASSERT_EQ(memo_.Of(1, 2).size(), 2u);
    EXPECT_TRUE(memo_.Of(1, 2)[1].Knows(document_.members));
    EXPECT_FALSE(memo_.Of(1, 2)[0].Knows(document_.members));
  }
  EXPECT_TRUE(memo_.Of(65, 3).empty());
  ASSERT_EQ(memo_.Of(65, 3).size(), 3u);
  for (const RuleMemo::Slot& other : memo_.Of(65, 3)) EXPECT_FALSE(other.Knows(document_.members));
  EXPECT_TRUE(memo_.Of(1, 2).empty());
  EXPECT_FALSE(memo_.Of(1, 2)[1].Knows(document_.members));
}

// What one issuer's tokens have taught must not let another's pass, whose rules stand where the first's did.
TEST_F(RuleMemoTest, RulesThatTakeAnothersPlaceAreAppliedThemselves) {
  for (int i = 0; i < 200; ++i) {
    PolicyConfig config;
    config.claim_rules = {{{"tenant"}, ClaimOperator::kIn, {"t" + std::to_string(i)}}};
    const ClaimRules rules(config);
    const std::string good = R"({"tenant":"t)" + std::to_string(i) + "\"}";
    for (int seen = 0; seen < 3; ++seen) EXPECT_EQ(Check(rules, good), Reason::kUnset);
    EXPECT_EQ(Check(rules, R"({"tenant":"t)" + std::to_string(i + 1) + "\"}"), Reason::kClaimMismatch);
  }
}

TEST_F(RuleMemoTest, AnEscapeIsNoWayAround) {
  PolicyConfig config;
  config.claim_rules = {
      {{"sub"}, ClaimOperator::kPrefix, {"user:"}}, {{"sid"}}, {{"azp"}, ClaimOperator::kIn, {"app"}}};
  const ClaimRules rules(config);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Check(rules, R"({"sub":"user:1","sid":"s","azp":"app"})"), Reason::kUnset);
    EXPECT_EQ(Check(rules, R"({"sub":"\u0075ser:1","sid":"s","azp":"\u0061pp"})"), Reason::kUnset);
    EXPECT_EQ(Check(rules, R"({"s\u0075b":"user:2","sid":"s","azp":"app"})"), Reason::kUnset);
    EXPECT_EQ(Check(rules, R"({"sub":"user","sid":"s\u003a","azp":"app"})"), Reason::kClaimMismatch);
    EXPECT_EQ(Check(rules, R"({"sub\u0000":"user:1","sid":"s","azp":"app"})"), Reason::kClaimMissing);
    EXPECT_EQ(Check(rules, R"({"a\",\"sub":"user:1","sid":"s","azp":"app"})"), Reason::kClaimMissing);
    EXPECT_EQ(Check(rules, R"({"sub":"user:1","a":"\",\"sid\":\"s","azp":"app"})"), Reason::kClaimMissing);
    EXPECT_EQ(Check(rules, R"({"sub":"user:1","sid":"","azp":"app"})"), Reason::kClaimMissing);
  }
}

// Where names with escapes lie before the text, what lies between a name and its value is no member's spelling.
TEST_F(RuleMemoTest, WhatHasEscapesIsNotRemembered) {
  Arena one, two;
  Arena& low = one.Copy("x").data() < two.Copy("x").data() ? one : two;
  Arena& high = &low == &one ? two : one;
  PolicyConfig config;
  config.claim_rules = {{{"sub"}, ClaimOperator::kPrefix, {"user:"}}};
  const ClaimRules rules(config);
  const auto check = [&](std::string_view json) {
    low.Reset();
    high.Reset();
    const std::string padded = std::string(json) + std::string(json::StrictParser::kPadding, '\0');
    const std::string_view text = high.Copy(padded).substr(0, json.size());
    std::string_view bad;
    EXPECT_EQ(parser_.Parse(text, low, &document_), json::Status::kOk);
    EXPECT_EQ(claims_.Read(text, document_.members, &bad), Reason::kUnset);
    return rules.Check({claims_, low, &hints_, parser_.structure()}, &detail_, &memo_);
  };
  for (int seen = 0; seen < 3; ++seen) EXPECT_EQ(check(R"({"s\u0075b":"\u0075ser:1"})"), Reason::kUnset);
  EXPECT_EQ(check(R"({"\u0073":"\u0075buser:1"})"), Reason::kClaimMissing);
}

// Tokens of many shapes, one after the other, under one memo: each is judged as without one.
TEST_F(RuleMemoTest, TheMemoChangesNoJudgement) {
  PolicyConfig config;
  config.required_claims = {{{"sub"}}};
  config.claim_rules = {
      {{"typ"}, ClaimOperator::kIn, {"Bearer", "at"}},       {{"sub"}, ClaimOperator::kPrefix, {"svc:", "user:"}},
      {{"n"}, ClaimOperator::kIs, {}, std::int64_t{2}},      {{"sid"}},
      {{"groups"}, ClaimOperator::kHas, {"staff", "admin"}}, {{"perms"}, ClaimOperator::kWords, {"call"}},
      {{"org", "name"}, ClaimOperator::kIn, {"acme"}}};
  const ClaimRules rules(config);
  const std::vector<std::vector<std::string>> values = {
      {R"("Bearer")", R"("at")", R"("Bearer")", R"("\u0061t")", R"("ID")"},
      {R"("user:1")", R"("svc:2")", R"("user:")", R"("user:a much longer name than a slot has room for it")",
       R"("user")"},
      {"2", "2", "2", "2.0", R"("2")"},
      {R"("s")", R"("session-2")", "7", "[]", R"("")"},
      {R"(["staff"])", R"(["x","admin"])", R"(["staff"])", R"("staff")", R"(["staff",1])"},
      {R"("call")", R"("read call")", R"("call")", R"("recall")", "[]"},
      {R"({"name":"acme"})", R"({"x":1,"name":"acme"})", R"({"name":"acme"})", R"({"name":"Acme"})", R"(["acme"])"}};
  const char* const names[] = {"typ", "sub", "n", "sid", "groups", "perms", "org"};
  std::mt19937 random(1);
  int good = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::string> members;
    for (std::size_t k = 0; k < values.size(); ++k) {
      const std::size_t which = random() % 24;  // mostly what meets the rule
      if (which == 23) continue;
      members.push_back("\"" + std::string(names[k]) + "\":" + values[k][which < 18 ? which % 3 : which - 18]);
    }
    if (random() % 4 == 0) std::shuffle(members.begin(), members.end(), random);
    if (random() % 4 == 0) members.insert(members.begin(), R"("jti":"x")");
    std::string text;
    for (const std::string& member : members) text += (text.empty() ? "{" : random() % 64 == 0 ? " ,\n" : ",") + member;
    if (text.empty()) text = "{";
    const Reason by_memo = Check(rules, text + "}");
    const Detail detail = detail_;
    ASSERT_EQ(by_memo, rules.Check({claims_, arena_}, &detail_)) << text;
    if (by_memo == Reason::kUnset) {
      ++good;
      continue;
    }
    ++refused;
    EXPECT_EQ(detail.subject, detail_.subject) << text;
    EXPECT_EQ(detail.found, detail_.found) << text;
  }
  EXPECT_GT(good, 5'000);
  EXPECT_GT(refused, 5'000);
}

}  // namespace
}  // namespace assay
