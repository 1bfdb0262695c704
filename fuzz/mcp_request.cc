// Laws of the MCP request reader: a body is read exactly when it is strict JSON and a message by the naive
// reading below, and then says what that one says; reading in place or from a copy is the same; what headers
// and body agree on, headers alone say too.
//
// An input is METHOD HEADER 0x1E NAME HEADER 0x1E BODY.
#include <algorithm>
#include <string>

#include "engine/api/mcp.h"
#include "engine/json/strict.h"
#include "fuzz/law.h"

namespace assay::mcp {
namespace {

Reason Read(RequestReader& reader, const RequestHead& head, std::string_view body, std::size_t behind,
            std::optional<HeaderMode> mode, Request* out) {
  return reader.Read(head, {body, behind}, mode, out);
}

// What must hold of every body that is read, told from its members alone.
void CheckAgainstDocument(std::string_view body, const Request& request) {
  json::StrictParser parser;
  Arena arena;
  json::Document document;
  FUZZ_LAW(parser.ParseCopy(body, arena, &document) == json::Status::kOk);
  FUZZ_LAW(document.root.kind == json::Kind::kObject);
  FUZZ_LAW(std::all_of(document.members.begin(), document.members.end(), [](const json::Member& member) {
    constexpr std::string_view kKnown[] = {"jsonrpc", "id", "method", "params", "result", "error"};
    return std::find(std::begin(kKnown), std::end(kKnown), member.name) != std::end(kKnown);
  }));
  const json::Value* const method = json::Find(document.members, "method");
  FUZZ_LAW((request.kind == MessageKind::kResponse) == (method == nullptr));
  if (method != nullptr) FUZZ_LAW(method->text == request.method && !request.method.empty());
  const json::Value* const params = json::Find(document.members, "params");
  if (request.target != Target::kTool) return;
  FUZZ_LAW(request.method == "tools/call" && params != nullptr);
  json::Document inner;
  FUZZ_LAW(parser.ParseCopy(params->raw, arena, &inner) == json::Status::kOk);
  const json::Value* const name = json::Find(inner.members, "name");
  FUZZ_LAW(name != nullptr && json::IsString(*name) && name->text == request.name);
}

}  // namespace
}  // namespace assay::mcp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using namespace assay::mcp;
  std::string_view input = fuzz::Text(data, size);
  const std::string_view method = fuzz::Take(&input, fuzz::kSeparator);
  const std::string_view name = fuzz::Take(&input, fuzz::kSeparator);
  static RequestReader* const reader = new RequestReader();
  static RequestReader* const other = new RequestReader();
  Request request;
  const Reason reason = Read(*reader, {}, input, 0, {}, &request);
  FUZZ_LAW(reason == Reason::kUnset || reason == Reason::kRequestMalformed || reason == Reason::kRequestMismatch);
  fuzz::Note(reason == Reason::kUnset);
  if (reason == Reason::kUnset) CheckAgainstDocument(input, request);

  const std::string padded = std::string(input) + std::string(RequestReader::kPadding, '\0');
  Request in_place;
  FUZZ_LAW(Read(*other, {}, {padded.data(), input.size()}, RequestReader::kPadding, {}, &in_place) == reason);
  FUZZ_LAW(in_place.method == request.method && in_place.name == request.name && in_place.id == request.id);

  RequestHead head;
  head.protocol_version = {"2026-07-28", 1};
  if (!method.empty()) head.method = {method, 1};
  if (!name.empty()) head.name = {name, 1};
  Request both, alone;
  if (Read(*reader, head, input, 0, {}, &both) != Reason::kUnset) return 0;
  const Reason by_headers = Read(*other, head, {}, 0, HeaderMode::kHeaders, &alone);
  if (by_headers != Reason::kUnset) return 0;
  FUZZ_LAW(both.method == alone.method);
  if (alone.target != Target::kMethod) FUZZ_LAW(both.target == alone.target && both.name == alone.name);
  return 0;
}
