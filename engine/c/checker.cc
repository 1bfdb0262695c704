// Checker: decisions on MCP requests, with the complete answer.
#include "engine/mcp/decide/checker.h"

#include <utility>

#include "engine/base/text.h"
#include "engine/c/handles.h"
#include "engine/json/writer.h"
#include "engine/mcp/decide/answer.h"
#include "engine/mcp/decide/resource_metadata.h"
#include "engine/mcp/decide/tools_list.h"
#include "engine/mcp/request/credential.h"

using namespace assay::c;
namespace mcp = assay::mcp;

struct assay_checker {
  explicit assay_checker(mcp::Checker made) : checker(std::move(made)) {}

  mcp::Checker checker;
  std::string metadata, metadata_path;
  std::vector<std::string> warnings;
  // Of the last decision: what its spans view.
  std::vector<mcp::AnswerHeader> answer;
  std::vector<assay_pair> headers;
  std::vector<assay_span> scopes;
  std::string body, detail, principal, id;

  mcp::ToolsListFilter tools_list;
};

namespace {

constexpr std::string_view kRootPath = "/.well-known/oauth-protected-resource";
constexpr int kInvalidRequest = -32600;  // JSON-RPC 2.0 section 5.1

// Request: a C request in C++.
struct Request {
  mcp::RequestHead head;
  mcp::RequestBody body;
};

std::optional<Request> ReadRequest(const assay_request* request) {
  if (request == nullptr) return std::nullopt;
  const std::optional<assay_request> given = ReadIn(request);
  if (!given || (given->headers == nullptr && given->header_count != 0)) return std::nullopt;
  Request read;
  for (std::size_t i = 0; i < given->header_count; ++i) {
    mcp::ReadField({View(given->headers[i].name), View(given->headers[i].value)}, &read.head);
  }
  if (const std::string_view method = View(given->method); !method.empty()) read.head.http_method = method;
  read.head.query = View(given->query);
  read.body = {View(given->body)};
  return read;
}

// Body: what a refusal says in JSON-RPC, so that a client of MCP can show it; none for what has no body.
std::string Body(const mcp::Decision& decision) {
  std::string body;
  if (decision.allowed() || decision.is_answer()) return body;
  assay::json::Writer writer(&body);
  writer.Begin('{').Member("jsonrpc", "2.0").Name("id");
  writer.Raw(decision.request.id.empty() ? "null" : decision.request.id).Name("error").Begin('{');
  writer.Member("code", decision.jsonrpc_error.value_or(kInvalidRequest));
  writer.Member("message", ReasonWord(decision.reason)).End('}').End('}');
  return body;
}

// Fill: `out` from a decision; what it points to is kept in `checker`.
void Fill(assay_checker* checker, const mcp::Decision& decision, assay_decision* out) {
  checker->answer.clear();
  if (!decision.allowed()) checker->answer = AnswerHeaders(checker->checker.policy(), decision);
  checker->body = Body(decision);
  if (!checker->body.empty()) checker->answer.push_back({"Content-Type", "application/json"});
  checker->headers.clear();
  for (const mcp::AnswerHeader& each : checker->answer) checker->headers.push_back({Span(each.name), Span(each.value)});
  checker->scopes.clear();
  for (const std::string_view scope : decision.scopes_needed) checker->scopes.push_back(Span(scope));
  checker->detail = decision.Detail();
  checker->principal.clear();
  if (decision.principal) checker->principal = decision.principal->Key().value_or("");
  checker->id = decision.request.id;

  // From here on nothing fails: a decision that could not be told whole must not be one that is half told.
  out->is_answer = decision.is_answer();
  out->status = decision.status;
  out->jsonrpc_error = decision.jsonrpc_error.value_or(0);
  out->headers = checker->headers.data();
  out->header_count = checker->headers.size();
  out->body = Span(checker->body);
  out->detail = Span(checker->detail);
  out->scopes_needed = checker->scopes.data();
  out->scopes_needed_count = checker->scopes.size();
  out->principal = Span(checker->principal);
  out->mcp_method = Span(decision.request.method);
  out->mcp_name = Span(decision.request.name);
  out->report_only = decision.report_only();
  out->reason = static_cast<std::int32_t>(decision.reason);
  out->allowed = decision.allowed();
}

mcp::Decision DecideOn(assay_checker* checker, const assay_verdict* verdict, const Request& request) {
  if (verdict != nullptr) return checker->checker.Decide(*verdict->verdict, request.head, request.body);
  std::string_view token;
  const assay::Reason reason = checker->checker.ExtractToken(request.head, &token);
  // A token that nobody has validated: the verdict on it is one that nobody has filled in. A decision refers to it.
  static const assay::Verdict kUnset;
  if (reason == assay::Reason::kUnset) return checker->checker.Decide(kUnset, request.head, request.body);
  return checker->checker.Refuse(reason, request.head, request.body);
}

}  // namespace

extern "C" {

assay_checker* assay_checker_create(assay_engine* engine, assay_span policy, assay_span name, assay_error** error) {
  return assay_checker_create_for(engine, policy, name, ASSAY_JUDGES_AS_POLICY, error);
}

assay_checker* assay_checker_create_for(assay_engine* engine, assay_span policy, assay_span name, uint32_t judges,
                                        assay_error** error) {
  return Fenced<assay_checker*>(error, nullptr, [&]() -> assay_checker* {
    if (judges > ASSAY_JUDGES_BODY) {
      Fail(error, ASSAY_ERROR_ARGUMENT, "there is no such part of a request");
      return nullptr;
    }
    if (engine == nullptr || !IsText(policy) || !IsText(name)) {
      Fail(error, ASSAY_ERROR_ARGUMENT, "the engine is NULL, or the policy or its name is no text");
      return nullptr;
    }
    if (!Usable(*engine)) {
      Fail(error, ASSAY_ERROR_FORKED, "a keeper of the parent process keeps this engine");
      return nullptr;
    }
    auto read = mcp::ScopePolicy::FromJson(View(policy), View(name), static_cast<mcp::JudgedPart>(judges));
    if (!read) {
      Fail(error, ASSAY_ERROR_REFUSED, read.error(), View(name));
      return nullptr;
    }
    std::vector<assay::PolicyConfig> issuers;
    const auto config = engine->engine->config();
    for (const assay::IssuerConfig& issuer : config->issuers) issuers.push_back(issuer.policy);
    auto made = mcp::Checker::Create(std::move(*read), issuers);
    if (!made) {
      Fail(error, ASSAY_ERROR_REFUSED, made.error());
      return nullptr;
    }
    auto checker = std::make_unique<assay_checker>(std::move(made).value());
    const mcp::ScopePolicy& compiled = checker->checker.policy();
    checker->metadata = MetadataDocument(compiled);
    checker->metadata_path = compiled.metadata_url().substr(compiled.own_origin().size());
    checker->warnings.assign(compiled.warnings().begin(), compiled.warnings().end());
    for (std::string& warning : compiled.WarningsFor(issuers)) checker->warnings.push_back(std::move(warning));
    return checker.release();
  });
}

void assay_checker_free(assay_checker* checker) { delete checker; }

size_t assay_checker_warning_count(const assay_checker* checker) {
  return checker == nullptr ? 0 : checker->warnings.size();
}

assay_span assay_checker_warning(const assay_checker* checker, size_t index) {
  return index < assay_checker_warning_count(checker) ? Span(checker->warnings[index]) : assay_span{};
}

int32_t assay_checker_token(const assay_checker* checker, const assay_request* request, assay_span* token) {
  if (token == nullptr) return 0;
  *token = {};
  return Fenced<int32_t>(nullptr, 0, [&] {
    const std::optional<Request> read = ReadRequest(request);
    std::string_view found;
    if (checker == nullptr || !read || checker->checker.ExtractToken(read->head, &found) != assay::Reason::kUnset) {
      return 0;
    }
    *token = Span(found);
    return 1;
  });
}

int32_t assay_request_token(const assay_request* request, assay_span* token, int32_t* reason) {
  if (token == nullptr || reason == nullptr) return 0;
  *token = {};
  *reason = ASSAY_UNSET;
  return Fenced<int32_t>(nullptr, 0, [&] {
    const std::optional<Request> read = ReadRequest(request);
    if (!read) return 0;
    std::string_view found;
    const assay::Reason why = mcp::ExtractToken(read->head, &found);
    *token = Span(found);
    *reason = static_cast<std::int32_t>(why);
    return why == assay::Reason::kUnset ? 1 : 0;
  });
}

int32_t assay_is_bearer_token(assay_span text) { return IsText(text) && assay::IsBearerToken(View(text)); }

int32_t assay_checker_wants_body(const assay_checker* checker, const assay_request* request) {
  return Fenced<int32_t>(nullptr, 1, [&] {
    const std::optional<Request> read = ReadRequest(request);
    return checker == nullptr || !read || checker->checker.WantsBody(read->head);
  });
}

int32_t assay_checker_takes_proofs(const assay_checker* checker) {
  return checker != nullptr && checker->checker.schemes() != mcp::Schemes::kBearer;
}

assay_span assay_checker_request_id(const assay_checker* checker) {
  return checker == nullptr ? assay_span{} : Span(checker->id);
}

int32_t assay_checker_decide(assay_checker* checker, const assay_verdict* verdict, const assay_request* request,
                             assay_decision* out) {
  return Fenced<int32_t>(nullptr, ASSAY_UNSET, [&] {
    if (!BeginOut(out)) return ASSAY_UNSET;
    out->status = 503;
    const std::optional<Request> read = ReadRequest(request);
    if (checker == nullptr || !read) return ASSAY_UNSET;
    Fill(checker, DecideOn(checker, verdict, *read), out);
    return out->reason;
  });
}

int32_t assay_checker_permitted(assay_checker* checker, const assay_verdict* verdict, const assay_span* tools,
                                size_t count, int32_t* access) {
  if (access == nullptr) return 0;
  std::fill_n(access, count, 0);
  return Fenced<int32_t>(nullptr, 0, [&] {
    if (checker == nullptr || verdict == nullptr || (tools == nullptr && count != 0)) return 0;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(View(tools[i]));
    const auto permitted = checker->checker.Permitted(*verdict->verdict, names);
    if (permitted.size() != count) return 0;
    std::transform(permitted.begin(), permitted.end(), access,
                   [](mcp::Access each) { return static_cast<std::int32_t>(each); });
    return 1;
  });
}

int32_t assay_checker_filters_tools_list(const assay_checker* checker) {
  if (checker == nullptr) return 0;
  const mcp::ScopePolicy& policy = checker->checker.policy();
  return policy.filters_tools_list() && !policy.in_report_mode();
}

int32_t assay_checker_filter_tools(assay_checker* checker, const assay_verdict* verdict, assay_span id,
                                   assay_span message, assay_span* out) {
  if (out == nullptr) return 0;
  *out = {};
  return Fenced<int32_t>(nullptr, 0, [&] {
    if (checker == nullptr || verdict == nullptr) return 0;
    *out = Span(checker->tools_list.Filter(checker->checker, *verdict->verdict, View(id), View(message)));
    return 1;
  });
}

assay_span assay_checker_metadata(const assay_checker* checker) {
  return checker == nullptr ? assay_span{} : Span(checker->metadata);
}

assay_span assay_checker_metadata_path(const assay_checker* checker, int32_t which) {
  if (checker == nullptr || which < 0 || which > 1) return {};
  return which == 0 ? Span(checker->metadata_path) : Span(kRootPath);
}

int32_t assay_checker_is_metadata_target(const assay_checker* checker, assay_span target) {
  return checker != nullptr && IsMetadataTarget(checker->checker.policy(), View(target));
}

}  // extern "C"
