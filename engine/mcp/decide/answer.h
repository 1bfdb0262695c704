// Answers: the header fields of the answer to a request that is not passed on.
#pragma once

#include <string>
#include <vector>

#include "engine/base/export.h"
#include "engine/mcp/decide/decision.h"

namespace assay::mcp {

class ScopePolicy;

struct AnswerHeader {
  std::string name;
  std::string value;
};

// AnswerHeaders: what the answer to `decision` carries besides its status: WWW-Authenticate, Retry-After, Allow, and
// for a browser (Fetch standard, CORS protocol) the one origin, with `Vary: Origin`: of a refusal, that its page may
// read the challenge; of a preflight, the methods, and of the requested headers those that MCP's clients send. Never
// Access-Control-Allow-Credentials. What is passed on is answered by the server behind, with headers of its own.
ASSAY_EXPORT std::vector<AnswerHeader> AnswerHeaders(const ScopePolicy& policy, const Decision& decision);

}  // namespace assay::mcp
