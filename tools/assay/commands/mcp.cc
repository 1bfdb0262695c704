// assay mcp: what an MCP policy decides on a request, and the metadata document that it publishes.
#include <algorithm>
#include <ctime>

#include "engine/api/mcp.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/json/config_reader.h"
#include "engine/json/writer.h"
#include "tools/assay/commands/command.h"
#include "tools/assay/io/bearer.h"
#include "tools/assay/io/console.h"
#include "tools/assay/io/files.h"
#include "tools/assay/io/text.h"
#include "tools/assay/run/engine_setup.h"
#include "tools/assay/run/mcp_policy.h"
#include "tools/assay/run/verify_options.h"

namespace assay::cli {
namespace {

constexpr char kCheckFooter[] =
    "The request is a JSON object: {\"method\": \"POST\", \"headers\": {\"Authorization\": \"Bearer ...\", ...}, "
    "\"body\": \"the raw text\"}. Without \"method\" it is a POST; a header that is there several times has an array.\n"
    "The token must be meant for the policy's resource, which is the audience unless --audience says more.\n"
    "A proof of possession (DPoP, mutual TLS) is not checked here: a gateway does that.\n"
    "Exit status: 0 allow, 1 deny or answer (a CORS preflight), 2 usage, policy or input error.";

// RequestFile: a request as its file describes it.
struct RequestFile {
  std::string method = "POST";
  bool says_method = false;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::vector<mcp::HeaderField> Fields() const {
    std::vector<mcp::HeaderField> fields;
    for (const auto& [name, value] : headers) fields.push_back({name, value});
    return fields;
  }
};

// RequestFileReader: reads a request file strictly.
class RequestFileReader {
 public:
  explicit RequestFileReader(const std::string& path) : reader_(ReadFile(path, kMaxConfigBytes), path) {}

  RequestFile Read() {
    ConfigReader::Object root, headers;
    if (reader_.Open(&root)) {
      reader_.RefuseUnknown(root, {"method", "headers", "body"});
      request_.says_method = reader_.String(root, "method", &request_.method);
      if (reader_.Child(root, "headers", &headers)) {
        for (const json::Member& header : headers.members) ReadHeader(headers, header);
      }
      if (const json::Value* body = root.Find("body")) request_.body = ReadString(*body, "/body");
    }
    if (!reader_.clean()) throw ConfigDefects{reader_.Message()};
    return std::move(request_);
  }

 private:
  // ReadHeader: a value, or the values of a header that is there several times.
  void ReadHeader(const ConfigReader::Object& headers, const json::Member& header) {
    const std::string pointer = ConfigReader::Pointer(headers, header.name);
    std::vector<ConfigReader::Item> values = {{header.value, pointer}};
    if (header.value.kind == json::Kind::kArray) {
      values.clear();
      reader_.List({header.value, pointer}, &values);
    }
    for (const ConfigReader::Item& item : values) {
      request_.headers.push_back({std::string(header.name), ReadString(item.value, item.pointer)});
    }
  }

  std::string ReadString(const json::Value& value, const std::string& pointer) {
    if (json::IsString(value)) return std::string(value.text);
    reader_.Refuse(value, pointer, "must be a string");
    return {};
  }

  ConfigReader reader_;
  RequestFile request_;
};

// DecisionWord: what becomes of the request.
const char* DecisionWord(const mcp::Decision& decision) {
  if (decision.allowed()) return "allow";
  return decision.is_answer() ? "answer" : "deny";
}

// AddAnswer: what the answer carries besides the challenge, where there is something.
void AddAnswer(const mcp::ScopePolicy& policy, const mcp::Decision& decision, json::Writer* writer) {
  if (decision.retry_after_seconds > 0) writer->Member("retry_after", decision.retry_after_seconds);
  if (!decision.is_answer()) {
    if (!decision.allow.empty()) writer->Member("allow", decision.allow);
    return;
  }
  writer->Name("headers").Begin('{');
  for (const mcp::AnswerHeader& header : AnswerHeaders(policy, decision)) writer->Member(header.name, header.value);
  writer->End('}');
}

// Tools: the names that --list asks about, and what the token may have of them: empty where there is no token.
struct Tools {
  std::vector<std::string_view> names;
  std::vector<mcp::Access> access;
};

// AddTools: which of the tools the token may call, which it could with more scopes, and which it never could.
void AddTools(const Tools& tools, json::Writer* writer) {
  const auto add = [&](std::string_view member, mcp::Access wanted) {
    writer->Name(member).Begin('[');
    for (std::size_t i = 0; i < tools.access.size(); ++i) {
      if (tools.access[i] == wanted) writer->Value(tools.names[i]);
    }
    writer->End(']');
  };
  writer->Name("tools").Begin('{');
  add("permitted", mcp::Access::kPermitted);
  add("scopes_missing", mcp::Access::kScopesMissing);
  add("denied", mcp::Access::kDenied);
  writer->End('}');
}

// DecisionJson: the decision as a line of JSON.
std::string DecisionJson(const mcp::ScopePolicy& policy, const mcp::Decision& decision, const Tools& tools) {
  std::string out;
  json::Writer writer(&out, json::Escapes::kShownString);
  writer.Begin('{').Member("decision", DecisionWord(decision));
  writer.Member("status", decision.status).Member("reason", ReasonWord(decision.reason));
  if (decision.report_only()) writer.Name("report_only").Raw("true");
  if (const std::string detail = decision.Detail(); !detail.empty()) writer.Member("detail", detail);
  const std::string challenge = ChallengeFor(policy, decision);
  writer.Member("scopes_needed", decision.scopes_needed);
  writer.Member("www_authenticate", challenge.empty() ? std::nullopt : std::optional(challenge));
  writer.Member("jsonrpc_error", decision.jsonrpc_error).Name("principal");
  if (const auto& principal = decision.principal) {
    writer.Begin('{').Member("iss", principal->issuer).Member("sub", principal->subject);
    writer.Member("client_id", principal->client_id);
    if (principal->tenant) writer.Member("tenant", principal->tenant);
    writer.End('}');
  } else {
    writer.Raw("null");
  }
  AddAnswer(policy, decision, &writer);
  if (!tools.access.empty()) AddTools(tools, &writer);
  writer.End('}');
  return out + '\n';
}

struct CheckOptions {
  explicit CheckOptions(CLI::App* app) : verify(app), fetch(app) {
    policy = AddValue(app, "--policy", "FILE", "MCP policy (JSON)")->required();
    request = AddValue(app, "--request", "FILE", "The request's method, headers and body (JSON)")->required();
    token = AddValue(app, "--token", "T", "Token, in place of the Authorization header");
    list = AddRepeated(app, "--list", "NAMES", "Tools, between commas: say which of them the token may call");
    app->get_option("--signature-only")->group("");  // an engine that no policy can be used with
  }

  PolicyOptions verify;
  FetchOptions fetch;
  CLI::Option *policy, *request, *token, *list;
};

// ReadRequest: the request, with the token that stands in for its Authorization header.
RequestFile ReadRequest(const CheckOptions& options) {
  RequestFile request = RequestFileReader(Text(options.request)).Read();
  if (!Given(options.token)) return request;
  if (mcp::ReadHead(request.Fields()).authorization.present()) {
    throw InputError{"--token stands in for the Authorization header, which the request has"};
  }
  request.headers.push_back({"Authorization", "Bearer " + std::string(WithoutBearer(Text(options.token)))});
  return request;
}

// ListedNames: the tools that --list names.
std::vector<std::string_view> ListedNames(const CheckOptions& options) {
  std::vector<std::string_view> names;
  for (const std::string& list : options.list->results()) {
    for (std::string_view rest = list; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (const std::string_view name = Trim(rest.substr(0, comma)); !name.empty()) names.push_back(name);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return names;
}

int RunCheck(const CheckOptions& options) {
  const auto policy = ReadScopePolicy(Text(options.policy));
  const RequestFile request = ReadRequest(options);
  if (!request.says_method && request.body.empty()) {
    Warn(Text(options.request) +
         ": has no \"method\", and is judged as a POST without a body; event streams are GET, ends of sessions DELETE, "
         "preflights OPTIONS");
  }
  const std::vector<mcp::HeaderField> fields = request.Fields();
  const mcp::RequestHead head = mcp::ReadHead(fields, request.method);
  const mcp::RequestBody body{request.body};

  PolicyConfig own;
  own.audiences = {policy->resource()};
  std::string_view token;
  Reason reason = MakeChecker(policy, {own}).ExtractToken(head, &token);
  std::vector<PolicyConfig> issuers = {own};
  RunningEngine running;
  // A request without a token can be answered without keys.
  if (reason == Reason::kUnset || options.verify.NamesKeys()) {
    std::vector<std::string> warnings;
    EngineConfig config = options.verify.Build(&warnings, policy->resource());
    issuers.clear();
    for (const IssuerConfig& issuer : config.issuers) issuers.push_back(issuer.policy);
    (void)MakeChecker(policy, issuers);  // an engine that could not be used is not made
    running =
        StartEngine(std::move(config), options.verify.Source(), options.fetch, NoKeys::kIsJudged, options.verify.Now());
    for (const std::string& warning : warnings) Warn(warning);
    // Issuers by options are a trial's: what the policy says of others is no fault.
    if (!options.verify.Source().empty()) WarnOfIssuers(*policy, issuers);
  }
  mcp::Checker checker = MakeChecker(policy, issuers);
  reason = checker.ExtractToken(head, &token);
  mcp::Decision decision;
  std::optional<Worker> worker;
  Tools tools;
  if (reason == Reason::kUnset) {
    worker.emplace(running.engine);
    const Verdict& verdict = worker->Validate(token, options.verify.Now().value_or(std::time(nullptr)));
    tools.names = ListedNames(options);
    const std::span<const mcp::Access> access = checker.Permitted(verdict, tools.names);
    tools.access.assign(access.begin(), access.end());
    decision = checker.Decide(verdict, head, body);
  } else {
    decision = checker.Refuse(reason, head, body);
  }
  WriteStdout(DecisionJson(*policy, decision, tools));
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
      WriteStdout(mcp::MetadataDocument(*ReadScopePolicy(Text(policy))) + "\n");
      return kExitGood;
    };
  });
}

}  // namespace assay::cli
