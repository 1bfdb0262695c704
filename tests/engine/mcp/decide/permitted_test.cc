// Checker::Permitted: what of a list of tools a token may call.
#include "engine/mcp/decide/checker.h"

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

// One letter a name: P permitted, S more scopes would help, D denied.
std::string Letters(std::span<const Access> access) {
  std::string out;
  for (const Access one : access) out += one == Access::kPermitted ? 'P' : one == Access::kScopesMissing ? 'S' : 'D';
  return out;
}

std::string Ask(Gateway& gateway, const std::string& token, std::span<const std::string_view> names) {
  const Verdict& verdict = gateway.worker().Validate(token, testing::kNow);
  const std::string letters = Letters(gateway.checker().Permitted(verdict, names));
  // As the calls themselves are judged.
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    const Decision decision = gateway.DecideWith(token, CallTool(names[i]));
    EXPECT_EQ(decision.allowed(), letters[i] == 'P') << names[i];
    if (decision.principal) {
      EXPECT_EQ(decision.reason == Reason::kInsufficientScope, letters[i] == 'S') << names[i];
    }
  }
  return letters;
}

TEST(Permitted, TellsWhatScopesWouldHelpWith) {
  Gateway gateway(FileServerPolicy());
  const std::string_view names[] = {"read_file", "write_a", "delete_tree", "none", "", "Read_file"};
  EXPECT_EQ(Ask(gateway, gateway.TokenFor("files:read"), names), "PSSDDD");
  EXPECT_EQ(Ask(gateway, gateway.TokenFor("files:admin"), names), "PPPDDD");
  EXPECT_EQ(Ask(gateway, gateway.TokenFor(""), names), "SSSDDD");
  EXPECT_EQ(Ask(gateway, "a.b.c", names), "DDDDDD");
  EXPECT_EQ(Ask(gateway, gateway.TokenFor("files:admin"), {}), "");
}

TEST(Permitted, WhatTheUserMayNotIsDenied) {
  Gateway gateway(PolicyWith(
      R"("tools":{"read":{"scopes":["r"]},"write":{"scopes":["w"]},"open":{"scopes":[]}},"roles":{"viewer":["r"]})"));
  const std::string_view names[] = {"read", "write", "open"};
  EXPECT_EQ(Ask(gateway, gateway.Token(R"("scope":"r w","roles":["viewer"])"), names), "PDP");
  EXPECT_EQ(Ask(gateway, gateway.Token(R"("scope":"","roles":["viewer"])"), names), "SDP");
  const std::string wrong = gateway.Token(R"("scope":"r w","roles":7)");
  EXPECT_EQ(Letters(gateway.checker().Permitted(gateway.worker().Validate(wrong, testing::kNow), names)), "DDD");
}

TEST(Permitted, GoesByTheDefaultAndByPrefixes) {
  Gateway gateway(PolicyWith(R"("tools":{"db_*":{"scopes":["d"]}},"default_tool":"authenticated")"));
  const std::string_view names[] = {"db_drop", "other"};
  EXPECT_EQ(Ask(gateway, gateway.TokenFor(""), names), "SP");
  EXPECT_EQ(Letters(gateway.checker().Permitted(Verdict(), names)), "DD");
}

TEST(Permitted, ATokenForAnotherResourceMayCallNothing) {
  Gateway gateway(FileServerPolicy());
  const std::string other = testing::Sign(gateway.key(), testing::HeaderOf(gateway.key()), testing::ValidClaims());
  const std::string_view names[] = {"read_file"};
  EXPECT_EQ(Letters(gateway.checker().Permitted(gateway.worker().Validate(other, testing::kNow), names)), "D");
}

TEST(FilterToolsList, IsThePolicysToSay) {
  EXPECT_FALSE(Compiled(PolicyWith(""))->filters_tools_list());
  EXPECT_FALSE(Compiled(PolicyWith(R"("filter_tools_list":false)"))->filters_tools_list());
  EXPECT_TRUE(Compiled(PolicyWith(R"("filter_tools_list":true)"))->filters_tools_list());
}

}  // namespace
}  // namespace assay::mcp
