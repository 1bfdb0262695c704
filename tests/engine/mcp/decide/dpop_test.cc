// Tokens that are bound to a key (RFC 9449), and the schemes under which tokens count.
#include "engine/mcp/request/credential.h"
#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

constexpr const char* kBound = R"("scope":"s","cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"})";
constexpr const char* kUnbound = R"("scope":"s")";

// A gateway whose engine takes tokens with these members of `cnf`.
Gateway Accepting(std::vector<std::string> confirmation, const std::string& members = "") {
  return Gateway(PolicyWith(R"("tools":{"a":{"scopes":["s"]}})" + members),
                 [&](PolicyConfig& policy) { policy.accept_confirmation = std::move(confirmation); });
}

std::string Judge(Gateway& gateway, const char* scheme, const char* members) {
  const std::string value = std::string(scheme) + ' ' + gateway.Token(members);
  return Summary(gateway.Decide({{"Authorization", value}}, CallTool("a")));
}

TEST(Dpop, ATokenCountsUnderItsOwnSchemeOnly) {
  Gateway gateway = Accepting({"jkt"});
  EXPECT_EQ(Judge(gateway, "DPoP", kBound), "allow");
  EXPECT_EQ(Judge(gateway, "dpop", kBound), "allow");
  EXPECT_EQ(Judge(gateway, "Bearer", kUnbound), "allow");
  EXPECT_EQ(Judge(gateway, "Bearer", kBound), "401 confirmation_unsupported s");
  EXPECT_EQ(Judge(gateway, "DPoP", kUnbound), "401 claim_missing s");
}

TEST(Dpop, OtherConfirmationsAreNoKeyBinding) {
  Gateway gateway = Accepting({"jkt", "x5t#S256"});
  EXPECT_EQ(Judge(gateway, "Bearer", R"("scope":"s","cnf":{"x5t#S256":"x"})"), "allow");
  EXPECT_EQ(Judge(gateway, "DPoP", R"("scope":"s","cnf":{"x5t#S256":"x"})"), "401 claim_missing s");
  EXPECT_EQ(Judge(gateway, "Bearer", R"("scope":"s","cnf":{"x5t#S256":"x","jkt":"y"})"),
            "401 confirmation_unsupported s");
  for (const char* jkt : {"null", "7", "\"\"", "[\"y\"]", "true"}) {
    const std::string members = R"("scope":"s","cnf":{"jkt":)" + std::string(jkt) + "}";
    for (const char* scheme : {"DPoP", "Bearer"}) {
      EXPECT_EQ(Judge(gateway, scheme, members.c_str()).substr(0, 3), "401") << scheme << jkt;
    }
  }
}

TEST(Dpop, IsNoCredentialUnlessItIsAskedFor) {
  Gateway gateway = Accepting({});
  EXPECT_EQ(Judge(gateway, "DPoP", kUnbound), "401 credential_missing s");
  EXPECT_EQ(Judge(gateway, "Bearer", kBound).substr(0, 3), "401");
  const HeaderField field{"Authorization", "DPoP a.b.c"};
  const RequestHead head = ReadHead({&field, 1});
  std::string_view token;
  EXPECT_EQ(ExtractToken(head, &token), Reason::kCredentialMissing);
  EXPECT_EQ(token, "");
  EXPECT_EQ(ExtractToken(head, &token, Dpop::kAccepted), Reason::kUnset);
  EXPECT_EQ(token, "a.b.c");
  EXPECT_EQ(gateway.checker().ExtractToken(head, &token), Reason::kCredentialMissing);
}

// A host that finds the token by itself and shows the checker no header.
TEST(Dpop, AHostThatHidesTheSchemeGetsNoBoundTokenIn) {
  Gateway gateway = Accepting({"jkt"});
  const std::string bound = gateway.Token(kBound);
  const Verdict& verdict = gateway.worker().Validate(bound, testing::kNow);
  ASSERT_TRUE(verdict.accepted());
  EXPECT_EQ(Summary(gateway.checker().Decide(verdict, {}, {CallTool("a")})), "401 confirmation_unsupported s");
}

TEST(Dpop, RequiredIsRequired) {
  Gateway gateway = Accepting({"jkt"}, R"(,"dpop_bound_access_tokens_required":true)");
  EXPECT_EQ(Judge(gateway, "DPoP", kBound), "allow");
  EXPECT_EQ(Judge(gateway, "DPoP", kUnbound), "401 claim_missing s");
  EXPECT_EQ(Judge(gateway, "Bearer", kUnbound), "401 claim_missing s");
  EXPECT_EQ(Judge(gateway, "Bearer", kBound), "401 confirmation_unsupported s");
  const std::string unbound = gateway.Token(kUnbound);
  const std::string_view names[] = {"a"};
  EXPECT_EQ(gateway.checker().Permitted(gateway.worker().Validate(unbound, testing::kNow), names)[0], Access::kDenied);
}

TEST(Dpop, TheChallengeNamesTheSchemesThatCount) {
  const std::string rest = "scope=\"s\", resource_metadata=\"" + std::string(kMetadata) + "\"";
  const std::string invalid = "error=\"invalid_token\", error_description=\"the access token is not valid here\", ";
  Gateway both = Accepting({"jkt"});
  EXPECT_EQ(both.Challenge(both.Decide({}, CallTool("a"))), "Bearer " + rest + ", DPoP " + rest + ", algs=\"ES256\"");
  EXPECT_EQ(both.Challenge(both.Decide({{"Authorization", "Bearer a.b.c"}}, CallTool("a"))),
            "Bearer " + invalid + rest + ", DPoP " + rest + ", algs=\"ES256\"");
  EXPECT_EQ(both.Challenge(both.Decide({{"Authorization", "DPoP a.b.c"}}, CallTool("a"))),
            "Bearer " + rest + ", DPoP " + invalid + rest + ", algs=\"ES256\"");
  Gateway required = Accepting({}, R"(,"dpop_bound_access_tokens_required":true)");
  EXPECT_EQ(required.Challenge(required.Decide({}, CallTool("a"))), "DPoP " + rest + ", algs=\"ES256\"");
  EXPECT_EQ(required.Challenge(required.Decide({{"Authorization", "Bearer a.b.c"}}, CallTool("a"))),
            "DPoP " + invalid + rest + ", algs=\"ES256\"");
}

}  // namespace
}  // namespace assay::mcp
