// A decision allocates nothing once the checker has seen its like. In a binary of its own, since it replaces
// operator new.
#include <utility>

#include "tests/engine/mcp/fixture.h"
#include "tests/testing/counting_heap.h"

namespace assay::mcp {
namespace {

// ExpectNoAllocation: of `all`, which gives how many requests it has allowed, once it is warm.
template <typename All>
void ExpectNoAllocation(const All& all) {
  all();
  all();
  const std::size_t before = testing::allocations;
  const int allowed = all();
  EXPECT_EQ(testing::allocations, before);
  EXPECT_GT(allowed, 5);
}

TEST(Allocation, NoDecisionAllocatesAfterWarmUp) {
  std::string many = "files:write";
  for (int i = 0; i < 400; ++i) many += " other:" + std::to_string(i);
  Gateway gateway(FileServerPolicy());
  std::vector<std::string> tokens = {gateway.TokenFor("files:read"), gateway.TokenFor("files:admin"),
                                     gateway.TokenFor(many), "a.b.c"};
  const std::vector<std::string> bodies = {CallTool("read_file"),
                                           CallTool("write_\\u0061"),
                                           CallTool("delete_tree"),
                                           CallTool("none"),
                                           "[]",
                                           "{",
                                           Call("resources/read", R"({"uri":"FILE:///p%75blic/a"})"),
                                           Call("completion/complete", R"({"ref":{"type":"ref/prompt","name":"a"}})"),
                                           CallTool("read_file").insert(1, 6000, ' ')};
  const HeaderField mirrored[] = {
      {"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?cmVhZF9maWxl?="}};
  const RequestHead heads[] = {ReadHead(mirrored), {}};
  const auto all = [&] {
    int allowed = 0;
    for (const std::string& token : tokens) {
      const Verdict& verdict = gateway.worker().Validate(token, testing::kNow);
      for (const RequestHead& head : heads) {
        for (const std::string& body : bodies) {
          allowed += gateway.checker().Decide(verdict, head, {body}).allowed();
          allowed += gateway.checker().Refuse(Reason::kCredentialMissing, head, {body}).allowed();
        }
      }
    }
    return allowed;
  };
  ExpectNoAllocation(all);
}

TEST(Allocation, NorDoMethodsPreflightsUserClaimsAndListsOfTools) {
  Gateway gateway(
      PolicyWith(R"("tools":{"a":{"scopes":["s"]},"b":{"scopes":["t"]}},"roles":{"r":["s"]},"permissions_claim":"p",
                    "role_claim":["realm_access","roles"],"challenge_scopes":"granted_and_needed",
                    "allowed_origins":["http://localhost:*"])"),
      [](PolicyConfig& policy) { policy.accept_confirmation = {"jkt"}; });
  const std::vector<std::string> tokens = {
      gateway.Token(R"("scope":"s x","realm_access":{"roles":["\u0072"]},"p":["t"])"),
      gateway.Token(R"("scope":"","realm_access":{"roles":7})"),
      gateway.Token(R"("scope":"s","p":"s t","cnf":{"jkt":"\u0061"})"), "a.b.c"};
  const HeaderField dpop[] = {{"Authorization", "DPoP x"}};
  const HeaderField preflight[] = {{"Origin", "http://localhost:1"}, {"Access-Control-Request-Method", "POST"}};
  const RequestHead heads[] = {{},
                               ReadHead(dpop),
                               ReadHead({}, "GET"),
                               ReadHead({}, "DELETE"),
                               ReadHead({}, "HEAD"),
                               ReadHead(preflight, "OPTIONS"),
                               ReadHead(preflight)};
  const std::string bodies[] = {CallTool("a"), CallTool("b"), ""};
  const std::string_view names[] = {"a", "b", "c"};
  const auto all = [&] {
    int allowed = 0;
    for (const std::string& token : tokens) {
      const Verdict& verdict = gateway.worker().Validate(token, testing::kNow);
      for (const RequestHead& head : heads) {
        for (const std::string& body : bodies) {
          allowed += gateway.checker().Decide(verdict, head, {body}).allowed();
          gateway.checker().Refuse(Reason::kCredentialMissing, head, {body});
        }
      }
      allowed += gateway.checker().Permitted(verdict, names)[0] == Access::kPermitted;
    }
    return allowed;
  };
  ExpectNoAllocation(all);
}

static_assert(noexcept(std::declval<Checker&>().Permitted(std::declval<Verdict&>(), {})));
static_assert(noexcept(std::declval<Checker&>().Decide(std::declval<Verdict&>(), {}, {})));
static_assert(noexcept(std::declval<Checker&>().Refuse(Reason::kCredentialMissing, {}, {})));

TEST(Allocation, EachOneThatIsRefusedDeniesTheRequestAndSpoilsNoOther) {
  const std::string body = CallTool("read_file").insert(1, 100'000, ' ');
  int refused = 0;
  for (bool went_through = false; !went_through; ++refused) {
    Gateway gateway(FileServerPolicy());
    const std::string token = gateway.TokenFor("files:read");
    const Verdict& verdict = gateway.worker().Validate(token, testing::kNow);
    testing::refuse_after = refused;
    const Decision first = gateway.checker().Decide(verdict, {}, {body});
    went_through = testing::refuse_after.exchange(-1) >= 0;
    EXPECT_EQ(first.allowed(), went_through);
    if (!went_through) {
      EXPECT_EQ(first.reason, Reason::kUnset);
      EXPECT_EQ(first.status, 503);
    }
    EXPECT_TRUE(gateway.checker().Decide(verdict, {}, {body}).allowed()) << refused;
    ASSERT_LT(refused, 100);
  }
  EXPECT_GT(refused, 2);
}

TEST(Allocation, ADefectDeniesTheRequestAndEndsNoProcess) {
  Gateway gateway(FileServerPolicy());
  const std::string token = gateway.TokenFor("files:read"), body = CallTool("read_file");
  const Verdict& verdict = gateway.worker().Validate(token, testing::kNow);
  const std::string_view names[] = {"read_file"};
  const std::string long_body = std::string(100'000, ' ') + body;
  testing::refuse_as_a_defect = true;
  testing::refuse_after = 0;
  const Decision decision = gateway.checker().Decide(verdict, {}, {long_body});
  EXPECT_EQ(decision.status, 503);
  EXPECT_EQ(decision.Detail(), "a defect of this library");
  testing::refuse_after = 0;
  EXPECT_TRUE(gateway.checker().Permitted(verdict, names).empty());
  testing::refuse_after = -1;
  testing::refuse_as_a_defect = false;
  EXPECT_TRUE(gateway.checker().Decide(verdict, {}, {long_body}).allowed());
}

}  // namespace
}  // namespace assay::mcp
