// A decision allocates nothing once the checker has seen its like. In a binary of its own, since it replaces
// operator new.
#include "tests/engine/mcp/fixture.h"
#include "tests/testing/counting_heap.h"

namespace assay::mcp {
namespace {

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
  all();
  all();
  const std::size_t before = testing::allocations;
  const int allowed = all();
  EXPECT_EQ(testing::allocations, before);
  EXPECT_GT(allowed, 5);
}

}  // namespace
}  // namespace assay::mcp
