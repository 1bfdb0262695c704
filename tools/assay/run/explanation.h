// Explanation: what each check of one token wanted and found, and what would have to change.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/api/mcp.h"
#include "engine/config/config.h"
#include "engine/pipeline/trace.h"

namespace assay::cli {

struct ExplainedCheck {
  std::string name;
  bool passed;
  std::string wanted, found;      // for people, with what is not seen escaped; empty: nothing
  std::string detail;             // of one that failed: what a verdict would say
  std::string detail_shown = "";  // the same with times in words, where it has some
  bool reached = true;            // false: a check before it left nothing to look at
  bool asked = true;              // false: the configuration asks for nothing there
};

struct ExplainedTool {
  std::string name;
  bool allowed;
  int status;  // of HTTP
  std::string reason, detail;
  std::string advice;  // empty when allowed
};

struct Explanation {
  bool accepted;
  bool report_only;
  std::string reason, detail;  // the verdict's
  std::string cause;           // the detail, with times in words
  std::string advice;          // what would have to change; empty when accepted
  bool proven;                 // false: the signature does not hold, and what the token says proves nothing
  std::vector<ExplainedCheck> checks;
  std::optional<ExplainedTool> tool;
};

// JudgedBy: what the token was judged by, beside the time.
struct JudgedBy {
  std::span<const PolicyConfig> issuers;
  bool revocations;  // whether any are followed
};

// Explain: `verdict` and `trace` are of this token at this time.
Explanation Explain(std::string_view token, const Verdict& verdict, const TokenTrace& trace, const JudgedBy& by,
                    std::int64_t now);

// ExplainTool: what `checker`, which is of `policy`, says to a call of this tool with the token's verdict.
ExplainedTool ExplainTool(mcp::Checker& checker, const mcp::ScopePolicy& policy, const Verdict& verdict,
                          const std::string& tool);

// ToText: 80 columns; the cause comes first. ToJson: one object, and a newline.
std::string ToText(const Explanation& explanation, bool colour);
std::string ToJson(const Explanation& explanation);

}  // namespace assay::cli
