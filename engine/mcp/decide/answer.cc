#include "engine/mcp/decide/answer.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/mcp/decide/challenge.h"

namespace assay::mcp {
namespace {

constexpr std::string_view kClientHeaders[] = {"Authorization", "Content-Type",   "MCP-Protocol-Version", "Mcp-Method",
                                               "Mcp-Name",      "Mcp-Session-Id", "Last-Event-ID"};
constexpr std::string_view kDpopHeader = "DPoP";
// kExposedHeaders: what a page's client reads of a refusal, to log in or to wait; a browser shows neither unasked.
constexpr const char* kExposedHeaders = "WWW-Authenticate, Retry-After";

// Names: whether a list of header names holds this one.
bool Names(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (EqualsIgnoreCase(Trim(list.substr(0, comma)), name)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// GrantedHeaders: of the requested header names those that a client may send, in this file's spelling.
std::string GrantedHeaders(std::string_view requested, Schemes schemes) {
  std::string granted;
  const auto add_if_asked = [&](std::string_view known) {
    if (!Names(requested, known)) return;
    if (!granted.empty()) granted += ", ";
    granted += known;
  };
  for (const std::string_view known : kClientHeaders) add_if_asked(known);
  if (schemes != Schemes::kBearer) add_if_asked(kDpopHeader);
  return granted;
}

}  // namespace

std::vector<AnswerHeader> AnswerHeaders(const ScopePolicy& policy, const Decision& decision) {
  std::vector<AnswerHeader> headers;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) headers.push_back({name, std::move(value)});
  };
  add("WWW-Authenticate", ChallengeFor(policy, decision));
  if (decision.retry_after_seconds > 0) add("Retry-After", std::to_string(decision.retry_after_seconds));
  if (!decision.origin.empty()) {
    add("Access-Control-Allow-Origin", std::string(decision.origin));
    add("Vary", "Origin");
    if (!decision.preflight) add("Access-Control-Expose-Headers", kExposedHeaders);
  }
  if (decision.preflight) {
    add("Access-Control-Allow-Methods", std::string(decision.allow));
    add("Access-Control-Allow-Headers", GrantedHeaders(decision.preflight->requested_headers, decision.schemes));
  } else {
    add("Allow", std::string(decision.allow));
  }
  return headers;
}

}  // namespace assay::mcp
