// What a detail says is true of the token, and does not read as if the token were good.
#include <gtest/gtest.h>

#include <functional>

#include "tests/security/attack.h"

namespace assay::testing {
namespace {

using Adjust = std::function<void(PolicyConfig&)>;

// DetailOf: what the refusal of a token with these members says, by a policy that is adjusted. `without` is a member of
// the usual claims that it does not have.
std::string DetailOf(const std::string& members, const Adjust& adjust, std::string_view without = "") {
  IssuerConfig issuer = IssuerWith({Ours(), OurRsa()});
  adjust(issuer.policy);
  Worker worker(MakeEngine(std::move(issuer)));
  return worker.Validate(WithPayload(ClaimsWith(without, members)), kNow).Detail();
}

// The last name of a path alone may be that of a claim that is there.
TEST(Sentences, NameAClaimInsideOfAnotherByItsPath) {
  const Adjust scopes = [](PolicyConfig& policy) {
    policy.scopes = {{"realm_access", "roles"}, ScopeForm::kArray};
    policy.required_scopes = {"admin"};
  };
  EXPECT_EQ(DetailOf(R"("roles":["admin"])", scopes, "scope"),
            R"(the token has no realm_access/roles, the scope claim; wanted "admin")");
  EXPECT_EQ(DetailOf(R"("realm_access":{"roles":["user"]})", scopes),
            R"("realm_access/roles" is ["user"]; wanted "admin")");
  EXPECT_EQ(DetailOf(R"("roles":["admin"],"realm_access":{"roles":7})", scopes)
                .find(R"("realm_access/roles" is a number; wanted an array of strings)"),
            0u);
  EXPECT_EQ(DetailOf(R"("azp":"a","x":{"azp":7})", [](auto& policy) { policy.identity.client = {"x", "azp"}; }),
            R"("x/azp" is a number; wanted a string without NUL)");
  const Adjust audience = [](PolicyConfig& policy) {
    policy.audience_from = AudienceFrom{{"x", "azp"}, {"web"}};
    policy.token_type = "at+jwt";
  };
  EXPECT_EQ(DetailOf(R"("azp":"web")", audience, "aud"),
            R"(the token has no aud, and no "x/azp", which stands in for it; wanted "web")");
  EXPECT_EQ(DetailOf(R"("azp":"web","x":{"azp":"w"})", audience, "aud"),
            R"("x/azp", which stands in for aud, is "w"; wanted "web")");
}

}  // namespace
}  // namespace assay::testing
