// A decision allocates nothing once the checker has seen its like. In a binary of its own, since it replaces
// operator new.
#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/engine/mcp/fixture.h"

namespace {

std::atomic<std::size_t> allocations{0};

void* Take(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* const memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return Take(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new[](std::size_t size) { return Take(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t size, std::align_val_t align) { return Take(size, static_cast<std::size_t>(align)); }
void* operator new[](std::size_t size, std::align_val_t align) { return Take(size, static_cast<std::size_t>(align)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept try { return operator new(size); } catch (...) { return nullptr; }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept try { return operator new[](size); } catch (...) { return nullptr; }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace assay::mcp {
namespace {

TEST(Allocation, NoDecisionAllocatesAfterWarmUp) {
  std::string many = "files:write";
  for (int i = 0; i < 400; ++i) many += " other:" + std::to_string(i);
  Gateway gateway(FileServerPolicy());
  std::vector<std::string> tokens = {gateway.TokenFor("files:read"), gateway.TokenFor("files:admin"), gateway.TokenFor(many), "a.b.c"};
  const std::vector<std::string> bodies = {CallTool("read_file"), CallTool("write_\\u0061"), CallTool("delete_tree"), CallTool("none"), "[]", "{",
                                           Call("resources/read", R"({"uri":"FILE:///p%75blic/a"})"),
                                           Call("completion/complete", R"({"ref":{"type":"ref/prompt","name":"a"}})"),
                                           CallTool("read_file").insert(1, 6000, ' ')};
  const HeaderField mirrored[] = {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?cmVhZF9maWxl?="}};
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
  const std::size_t before = allocations;
  const int allowed = all();
  EXPECT_EQ(allocations, before);
  EXPECT_GT(allowed, 5);
}

}  // namespace
}  // namespace assay::mcp
