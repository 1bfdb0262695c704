// assay explain: why one token is accepted or refused, check by check.
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "engine/api/tracer.h"
#include "engine/base/file.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/one_token.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/engine_setup.h"
#include "tools/assay/run/explanation.h"
#include "tools/assay/run/mcp_policy.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {
namespace {

struct ExplainOptions {
  explicit ExplainOptions(CLI::App* app) : verify(app), fetch(app) {
    token = AddValue(app, "TOKEN", "FILE", "The token, or a file that holds it; `-` (default) is standard input");
    given = AddValue(app, "--token", "T", "The token, in place of TOKEN");
    policy = AddValue(app, "--policy", "FILE", "MCP policy (JSON): go on to what it says of --tool");
    tool = AddValue(app, "--tool", "NAME", "With --policy: the tool that the token is to call");
    format = AddValue(app, "--format", "text|json", "For people (text, the default), or one JSON object");
  }

  PolicyOptions verify;
  FetchOptions fetch;
  CLI::Option *token, *given, *policy, *tool, *format;
};

// LooksLikeFileName: a short name with an ending such as `.txt` or `.json`, as no token has.
bool LooksLikeFileName(const std::string& text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string::npos || text.size() > 64 || text.size() - dot > 6 || dot + 1 == text.size()) return false;
  return text.find('.') == dot && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(dot) + 1, text.end(),
                                              [](char c) { return c >= 'a' && c <= 'z'; });
}

// ReadToken: no token is a file's name: one that is there is read.
std::string ReadToken(const ExplainOptions& options) {
  if (Given(options.given)) {
    if (Given(options.token)) throw InputError{"TOKEN and --token are two tokens"};
    return OneToken(Text(options.given));
  }
  const std::string text = Text(options.token, "-");
  if (text == "-" || (!text.empty() && File::Open(text))) return ReadOneToken(text);
  if (text.find('/') != std::string::npos || LooksLikeFileName(text)) {
    throw InputError{"there is no file `" + Printable(text) + "`, and this is no token either"};
  }
  return OneToken(text);
}

int RunExplain(const ExplainOptions& options) {
  const std::string format = Text(options.format, "text");
  if (format != "text" && format != "json") throw InputError{"--format must be text or json, not `" + format + "`"};
  if (Given(options.policy) != Given(options.tool)) {
    throw InputError{Given(options.policy) ? "--policy and --tool go together: --tool is missing"
                                           : "--policy and --tool go together: --policy is missing"};
  }
  const auto policy = Given(options.policy) ? ReadScopePolicy(Text(options.policy)) : nullptr;
  const std::string token = ReadToken(options);

  std::vector<std::string> warnings;
  EngineConfig config = options.verify.Build(&warnings, policy == nullptr ? "" : policy->resource());
  std::vector<PolicyConfig> issuers;
  for (const IssuerConfig& issuer : config.issuers) issuers.push_back(issuer.policy);
  std::optional<mcp::Checker> checker;
  if (policy != nullptr) checker.emplace(MakeChecker(policy, issuers));  // before keys are fetched: it may be refused
  const bool revocations = !config.revocation.file.empty() || config.revocation.redis.has_value();
  const RunningEngine running =
      StartEngine(std::move(config), options.verify.Source(), options.fetch, NoKeys::kIsJudged, options.verify.Now());
  for (const std::string& warning : warnings) Warn(warning);
  if (policy != nullptr && !options.verify.Source().empty()) WarnOfIssuers(*policy, issuers);

  const std::int64_t now = options.verify.Now().value_or(std::time(nullptr));
  Worker worker(running.engine);
  Tracer tracer(running.engine);
  const Verdict& verdict = worker.Validate(token, now);
  Explanation explanation = Explain(token, verdict, tracer.Trace(token, now), {issuers, revocations}, now);
  if (checker) explanation.tool = ExplainTool(*checker, *policy, verdict, Text(options.tool));
  WriteStdout(format == "json" ? ToJson(explanation) : ToText(explanation, UseColour(STDOUT_FILENO)));
  if (!AnyHasKeys(*running.engine)) return kExitError;  // as verify, which judges nothing then
  return verdict.accepted() && (!explanation.tool || explanation.tool->allowed) ? kExitGood : kExitRejected;
}

}  // namespace

void AddExplain(CLI::App& app, Action* action) {
  CLI::App* explain = app.add_subcommand("explain", "Say why a token is accepted or refused");
  explain->footer(
      "Every check is shown in its order, with what was wanted and what the token has. The verdict is\n"
      "that of `assay verify`, and so is the exit status. Nothing of the token leaves this machine.");
  auto options = std::make_shared<ExplainOptions>(explain);
  explain->callback([=] { *action = [=] { return RunExplain(*options); }; });
}

}  // namespace assay::cli
