// Tools lists: what of a server's replies a token may see.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/export.h"
#include "engine/json/strict.h"
#include "engine/mcp/decide/checker.h"

namespace assay::mcp {

// ToolsListFilter: takes from replies to tools/list the tools that a token may not call. Not thread-safe.
class ToolsListFilter {
 public:
  static constexpr std::size_t kMaxMessageBytes = 1024 * 1024;

  // Filter: what is to be sent in place of `message`, one JSON-RPC message of the server: a reply whose result has
  // `tools` without those that `verdict` does not permit, any other message as it is, and a JSON-RPC error in place of
  // one that cannot be read strictly. `id`: that of the request, as JSON, for such an error; empty: unknown. Nothing is
  // taken out by a policy in report mode. The view lives until the next call, while `message` does.
  std::string_view Filter(Checker& checker, const Verdict& verdict, std::string_view id, std::string_view message);

 private:
  bool Rewrite(Checker& checker, const Verdict& verdict, std::string_view message);

  std::optional<json::StrictParser> parser_;  // made for the first list: it is a large one
  Arena arena_;
  std::string out_;  // empty: the message as it is
};

}  // namespace assay::mcp
