// assay mcp: what an MCP policy decides on a request, and the metadata document that it publishes.
#include <ctime>

#include "engine/api/mcp.h"
#include "engine/base/limits.h"
#include "engine/json/config_reader.h"
#include "engine/json/writer.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/bearer.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/engine_setup.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {
namespace {

constexpr char kCheckFooter[] =
    "The request is a JSON object: {\"headers\": {\"Authorization\": \"Bearer ...\", ...}, \"body\": \"the raw "
    "text\"}.\n"
    "The token must be meant for the policy's resource, which is the audience unless --audience says more.\n"
    "Exit status: 0 allow, 1 deny, 2 usage, policy or input error.";

std::shared_ptr<const mcp::ScopePolicy> ReadPolicy(const std::string& path) {
  auto policy = mcp::ScopePolicy::FromJson(ReadFile(path, kMaxConfigBytes), path);
  if (!policy) throw ConfigDefects{policy.error()};
  for (const std::string& warning : (*policy)->warnings()) Warn(path + ": " + warning);
  return *policy;
}

// RequestFile: a request as its file describes it.
struct RequestFile {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::vector<mcp::HeaderField> Fields() const {
    std::vector<mcp::HeaderField> fields;
    for (const auto& [name, value] : headers) fields.push_back({name, value});
    return fields;
  }
};

RequestFile ReadRequest(const std::string& path) {
  const std::string text = ReadFile(path, kMaxConfigBytes);
  ConfigReader reader(text, path);
  RequestFile request;
  ConfigReader::Object root, headers;
  if (reader.Open(&root)) {
    reader.RefuseUnknown(root, {"headers", "body"});
    const auto read = [&](const json::Value& value, const std::string& pointer) {
      if (json::IsString(value)) return std::string(value.text);
      reader.Refuse(value, pointer, "must be a string");
      return std::string();
    };
    if (reader.Child(root, "headers", &headers)) {
      for (const json::Member& header : headers.members) {
        request.headers.push_back(
            {std::string(header.name), read(header.value, ConfigReader::Pointer(headers, header.name))});
      }
    }
    if (const json::Value* body = root.Find("body")) request.body = read(*body, "/body");
  }
  if (!reader.clean()) throw ConfigDefects{reader.Message()};
  return request;
}

// DetailOf: what there is to say about the decision's reason; empty for most.
std::string DetailOf(const mcp::Decision& decision, const Verdict* verdict) {
  if (verdict != nullptr && !verdict->accepted() && verdict->reason() == decision.reason) return verdict->Detail();
  const bool about_request =
      decision.reason == Reason::kRequestMalformed || decision.reason == Reason::kRequestMismatch;
  return about_request && decision.request.defect != nullptr ? decision.request.defect : "";
}

// DecisionJson: the decision as a line of JSON. `verdict`: the token's, null when there was none to judge.
std::string DecisionJson(const mcp::ScopePolicy& policy, const mcp::Decision& decision, const Verdict* verdict) {
  std::string out;
  json::Writer writer(&out, json::Escapes::kShownString);
  writer.Begin('{').Member("decision", decision.allowed() ? "allow" : "deny");
  writer.Member("status", decision.status).Member("reason", ReasonWord(decision.reason));
  if (const std::string detail = DetailOf(decision, verdict); !detail.empty()) writer.Member("detail", detail);
  const std::string challenge = ChallengeFor(policy, decision);
  writer.Member("scopes_needed", decision.scopes_needed);
  writer.Member("www_authenticate", challenge.empty() ? std::nullopt : std::optional(challenge));
  writer.Member("jsonrpc_error", decision.jsonrpc_error).Name("principal");
  if (const auto& principal = decision.principal) {
    writer.Begin('{').Member("iss", principal->issuer).Member("sub", principal->subject);
    writer.Member("client_id", principal->client_id).End('}');
  } else {
    writer.Raw("null");
  }
  writer.End('}');
  return out + '\n';
}

struct CheckOptions {
  explicit CheckOptions(CLI::App* app) : verify(app), fetch(app) {
    policy = AddValue(app, "--policy", "FILE", "MCP policy (JSON)")->required();
    request = AddValue(app, "--request", "FILE", "The request's headers and body (JSON)")->required();
    token = AddValue(app, "--token", "T", "Token, in place of the Authorization header");
    app->get_option("--signature-only")->group("");  // an engine that no policy can be used with
  }

  PolicyOptions verify;
  FetchOptions fetch;
  CLI::Option *policy, *request, *token;
};

mcp::Checker MakeChecker(const std::shared_ptr<const mcp::ScopePolicy>& policy,
                         const std::vector<PolicyConfig>& issuers) {
  auto checker = mcp::Checker::Create(policy, issuers);
  if (!checker) throw InputError{checker.error()};
  return std::move(checker).value();
}

int RunCheck(const CheckOptions& options) {
  const auto policy = ReadPolicy(Text(options.policy));
  RequestFile request = ReadRequest(Text(options.request));
  if (Given(options.token)) {
    if (mcp::ReadHead(request.Fields()).authorization.present()) {
      throw InputError{"--token stands in for the Authorization header, which the request has"};
    }
    request.headers.push_back({"Authorization", "Bearer " + std::string(WithoutBearer(Text(options.token)))});
  }
  const std::vector<mcp::HeaderField> fields = request.Fields();
  const mcp::RequestHead head = mcp::ReadHead(fields);
  const mcp::RequestBody body{request.body};
  std::string_view token;
  const Reason reason = ExtractToken(head, &token);

  PolicyConfig own;
  own.audiences = {policy->resource()};
  std::vector<PolicyConfig> issuers = {own};
  RunningEngine running;
  // A request without a token can be answered without keys.
  if (reason == Reason::kUnset || options.verify.NamesKeys()) {
    std::vector<std::string> warnings;
    EngineConfig config = options.verify.Build(&warnings, policy->resource());
    issuers.clear();
    for (const IssuerConfig& issuer : config.issuers) issuers.push_back(issuer.policy);
    (void)MakeChecker(policy, issuers);  // an engine that could not be used is not made
    running = StartEngine(std::move(config), options.verify.Source(), options.fetch, NoKeys::kIsJudged);
    for (const std::string& warning : warnings) Warn(warning);
  }
  mcp::Checker checker = MakeChecker(policy, issuers);
  mcp::Decision decision;
  std::optional<Worker> worker;
  const Verdict* verdict = nullptr;
  if (reason == Reason::kUnset) {
    worker.emplace(running.engine);
    verdict = &worker->Validate(token, options.verify.Now().value_or(std::time(nullptr)));
    decision = checker.Decide(*verdict, head, body);
  } else {
    decision = checker.Refuse(reason, head, body);
  }
  WriteStdout(DecisionJson(*policy, decision, verdict));
  return decision.allowed() ? kExitGood : kExitRejected;
}

}  // namespace

void AddMcp(CLI::App& app, Action* action) {
  CLI::App* mcp = app.add_subcommand("mcp", "Decide on MCP requests");
  mcp->require_subcommand(1);

  CLI::App* check = mcp->add_subcommand("check", "Decide on one request");
  check->footer(kCheckFooter);
  auto options = std::make_shared<CheckOptions>(check);
  check->callback([=] { *action = [=] { return RunCheck(*options); }; });

  CLI::App* metadata =
      mcp->add_subcommand("metadata", "Print the protected resource metadata (RFC 9728) that a policy publishes");
  const CLI::Option* policy = AddValue(metadata, "--policy", "FILE", "MCP policy (JSON)")->required();
  metadata->callback([=] {
    *action = [=] {
      WriteStdout(mcp::MetadataDocument(*ReadPolicy(Text(policy))) + "\n");
      return kExitGood;
    };
  });
}

}  // namespace assay::cli
