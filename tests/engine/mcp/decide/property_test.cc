// Laws of decisions over random policies, tokens and requests: fewer scopes in the token or more in the rule never
// turn a denial into an allowance; what a challenge asks for is enough.
#include <algorithm>
#include <random>

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

constexpr int kScopes = 90;  // more than one word

class Random {
 public:
  explicit Random(std::uint64_t seed) : random_(seed) {}
  int Below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  std::string Scope() { return "s" + std::to_string(Below(kScopes)); }
  std::vector<std::string> Scopes(int most) {
    std::vector<std::string> scopes;
    for (int i = Below(most + 1); i > 0; --i) {
      std::string scope = Scope();
      if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) scopes.push_back(std::move(scope));
    }
    return scopes;
  }

 private:
  std::mt19937_64 random_;
};

std::string Json(const std::vector<std::string>& scopes) {
  std::string out = "[";
  for (const std::string& scope : scopes) out += (out.size() > 1 ? ",\"" : "\"") + scope + '"';
  return out + "]";
}

std::string Words(const std::vector<std::string>& scopes) {
  std::string out;
  for (const std::string& scope : scopes) out += (out.empty() ? "" : " ") + scope;
  return out;
}

struct Case {
  std::string implies;
  std::vector<std::string> needed;
  std::vector<std::vector<std::string>> any_of;

  std::string Policy() const {
    std::string rule = "{\"scopes\":" + Json(needed);
    if (!any_of.empty()) {
      rule += ",\"any_of\":[";
      for (std::size_t i = 0; i < any_of.size(); ++i) rule += (i > 0 ? "," : "") + Json(any_of[i]);
      rule += ']';
    }
    return PolicyWith("\"scope_implies\":{" + implies + "},\"tools\":{\"t\":" + rule + "}}");
  }
};

Case MakeCase(Random& random) {
  Case made;
  for (int i = 0; i < kScopes; i += 1 + random.Below(6)) {
    made.implies += (made.implies.empty() ? "\"s" : ",\"s") + std::to_string(i) + "\":[\"" + random.Scope() + "\"]";
  }
  made.needed = random.Scopes(3);
  for (int i = random.Below(3); i > 0; --i) {
    if (auto list = random.Scopes(3); !list.empty()) made.any_of.push_back(std::move(list));
  }
  return made;
}

TEST(DecisionLaw, FewerScopesOrAStricterRuleNeverAllowMore) {
  Random random(6);
  int allowed = 0, denied = 0;
  for (int round = 0; round < 150; ++round) {
    Case made = MakeCase(random);
    Gateway gateway(made.Policy());
    Case stricter = made;
    if (const std::string more = random.Scope();
        std::find(made.needed.begin(), made.needed.end(), more) == made.needed.end()) {
      stricter.needed.push_back(more);
    }
    Gateway strict(stricter.Policy());
    for (int i = 0; i < 4; ++i) {
      std::vector<std::string> scopes = random.Scopes(12);
      scopes.insert(scopes.end(), made.needed.begin(),
                    made.needed.begin() + random.Below(static_cast<int>(made.needed.size()) + 1));
      if (!made.any_of.empty() && random.Below(2) == 0)
        scopes.insert(scopes.end(), made.any_of[0].begin(), made.any_of[0].end());
      const Decision decision = gateway.DecideFor(Words(scopes), CallTool("t"));
      const bool allows = decision.allowed();
      ++(allows ? allowed : denied);
      if (!allows) {
        // With what the challenge asks for, the same request is allowed.
        ASSERT_EQ(decision.reason, Reason::kInsufficientScope);
        std::vector<std::string> asked(decision.scopes_needed.begin(), decision.scopes_needed.end());
        EXPECT_TRUE(gateway.DecideFor(Words(asked), CallTool("t")).allowed()) << made.Policy();
        EXPECT_FALSE(strict.DecideFor(Words(scopes), CallTool("t")).allowed()) << stricter.Policy();
      }
      for (std::size_t drop = 0; drop < scopes.size(); ++drop) {
        std::vector<std::string> fewer = scopes;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(drop));
        if (gateway.DecideFor(Words(fewer), CallTool("t")).allowed()) {
          EXPECT_TRUE(allows) << made.Policy();
        }
      }
    }
  }
  EXPECT_GT(allowed, 50);
  EXPECT_GT(denied, 50);
}

}  // namespace
}  // namespace assay::mcp
