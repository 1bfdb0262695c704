#include "engine/mcp/request/request.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/json/strict.h"
#include "engine/mcp/request/header_text.h"
#include "engine/mcp/request/transport.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

// Mirrored: what the headers say of the request, decoded. Empty: the header is not there.
struct Mirrored {
  std::string_view method;
  std::string_view name;
};

// NamesItsObject: the methods whose Mcp-Name must be there (2026-07-28, Streamable HTTP).
bool NamesItsObject(std::string_view method) {
  return method == "tools/call" || method == "prompts/get" || method == "resources/read";
}

// IsAboutResource: the methods that are about the resource of their `params.uri` and go by its rules.
bool IsAboutResource(std::string_view method) {
  return method == "resources/read" || method == "resources/subscribe" || method == "resources/unsubscribe";
}

// NamesItsObjectInTheBody: further methods that name an object, but in the body alone.
bool NamesItsObjectInTheBody(std::string_view method) {
  return method == "completion/complete" || method == "resources/subscribe" || method == "resources/unsubscribe";
}

bool HasNul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// IsNameValue: a string that is there, is not empty and holds no NUL, which JSON spells by an escape only.
bool IsNameValue(const json::Value* value) {
  if (value == nullptr || !json::IsString(*value) || value->text.empty()) return false;
  const bool has_escapes = value->raw.size() != value->text.size() + 2;
  return !has_escapes || !HasNul(value->text);
}

// IsId: whether `id` is a JSON-RPC id as MCP has it: a string or an integer, never null.
bool IsId(const json::Value& id) {
  if (id.kind == json::Kind::kNumber) return id.raw.find_first_of(".eE") == std::string_view::npos;
  return json::IsString(id);
}

// Envelope: the members of a JSON-RPC message, by their exact names.
struct Envelope {
  const json::Value* version = nullptr;
  const json::Value* id = nullptr;
  const json::Value* method = nullptr;
  const json::Value* params = nullptr;
  const json::Value* result = nullptr;
  const json::Value* error = nullptr;
};

// ReadEnvelope: reads a message of JSON-RPC 2.0 (section 4), as MCP restricts it. Nothing else may stand beside these
// members, so that no reader can find another meaning in them.
bool ReadEnvelope(std::span<const json::Member> members, Envelope* out) {
  for (const json::Member& member : members) {
    if (member.name == "jsonrpc") {
      out->version = &member.value;
    } else if (member.name == "id") {
      out->id = &member.value;
    } else if (member.name == "method") {
      out->method = &member.value;
    } else if (member.name == "params") {
      out->params = &member.value;
    } else if (member.name == "result") {
      out->result = &member.value;
    } else if (member.name == "error") {
      out->error = &member.value;
    } else {
      return false;
    }
  }
  return out->version != nullptr && out->version->kind == json::Kind::kString && out->version->text == "2.0" &&
         (out->id == nullptr || IsId(*out->id));
}

// Parameters: what of the parameters names the object.
struct Parameters {
  const json::Value* name = nullptr;
  const json::Value* uri = nullptr;
  const json::Value* ref = nullptr;
  const json::Value* task_id = nullptr;
};

bool ReadParameters(const json::Document& document, std::string_view method, Parameters* out) {
  const bool by_name = method == "tools/call" || method == "prompts/get";
  const bool by_ref = method == "completion/complete";
  for (const json::Member& member : document.nested[0]) {
    if (document.has_escapes && HasNul(member.name)) return false;
    switch (member.name.size()) {
      case 3:
        if (member.name == "uri") {
          out->uri = &member.value;
        } else if (member.name == "ref") {
          out->ref = &member.value;
        } else if (IsMiscased(member.name, "uri") || (by_ref && IsMiscased(member.name, "ref"))) {
          return false;
        }
        break;
      case 4:
        if (member.name == "name") {
          out->name = &member.value;
        } else if (by_name && IsMiscased(member.name, "name")) {
          return false;
        }
        break;
      case 6:
        if (member.name == "taskId") out->task_id = &member.value;
        break;
      default:
        break;
    }
  }
  return true;
}

// WhyNoMessage: why text that the parser gave this status is no message; of one that it took, why no object is one.
const char* WhyNoMessage(json::Status status) {
  static_assert(kMaxObjectMembers == 256 && kMaxJsonDepth == 16, "the words below say so");
  switch (status) {
    case json::Status::kMalformed:
      return "the body is not one strict JSON-RPC message: no JSON, not UTF-8, or nested deeper than 16";
    case json::Status::kDuplicateName:
      return "the body is not one strict JSON-RPC message: an object has a name twice";
    case json::Status::kTooManyMembers:
      return "the body is not one strict JSON-RPC message: an object has more than 256 members";
    case json::Status::kOk:
      break;
  }
  return "the body is not one strict JSON-RPC message: it needs jsonrpc \"2.0\", an id that is a string or an integer, "
         "and has no members of its own";
}

Reason Refused(Reason reason, const char* why, Request* out) {
  out->defect = why;
  return reason;
}
Reason Malformed(const char* why, Request* out) { return Refused(Reason::kRequestMalformed, why, out); }
Reason Mismatch(const char* why, Request* out) { return Refused(Reason::kRequestMismatch, why, out); }

}  // namespace

struct RequestReader::Impl {
  bool ReadMirrored(const RequestHead& head, Mirrored* out);
  Reason FromHeaders(const Mirrored& headers, Request* out);
  Reason FromBody(const RequestBody& body, Request* out);
  Reason ReadCall(const Envelope& envelope, Request* out);
  bool ReadReference(const json::Value& ref, Request* out);
  bool AsksForListsAlone();
  bool SetResource(std::string_view uri, Request* out);
  Reason Compare(const Mirrored& headers, const RequestHead& head, HeaderMode mode, Request* out) const;

  json::StrictParser parser;
  Arena arena;
  json::Document document;
  std::string_view object;  // what Mcp-Name stands for: a name, a URI as it was written, a task's id
};

RequestReader::RequestReader() : impl_(std::make_unique<Impl>()) {}
RequestReader::~RequestReader() = default;
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;

Reason RequestReader::Read(const RequestHead& head, const RequestBody& body, std::optional<HeaderMode> mode,
                           Request* out) {
  Impl& impl = *impl_;
  std::construct_at(out);
  impl.arena.Reset();
  impl.object = {};
  if (!IsMethodAllowed(head, mode)) {
    return Refused(Reason::kMethodNotAllowed, "the HTTP method is none of MCP's, or not of this version", out);
  }
  if (head.method_override.present()) return Malformed("a header names another HTTP method", out);
  const Version version = ReadVersion(head.protocol_version);
  if (version == Version::kUnknown) {
    return Malformed("MCP-Protocol-Version is repeated, or none of 2026-07-28, 2025-11-25, 2025-06-18 and 2025-03-26",
                     out);
  }
  const bool mirrored = version == Version::kMirrored;
  if (!mode) mode = mirrored ? HeaderMode::kHeadersAndBody : HeaderMode::kBody;
  // Each mode is for its own versions: those whose backends compare as this mode needs it.
  if (mirrored == (*mode == HeaderMode::kBody)) {
    return Malformed("MCP-Protocol-Version is missing or not one that the policy's header_mode is for", out);
  }
  if (ReadHttpMethod(head.http_method) != HttpMethod::kPost) {
    out->kind = MessageKind::kNone;
    return CheckNoMessage(head, body, &out->defect);
  }
  if (const Reason reason = CheckEncoding(head, &out->defect); reason != Reason::kUnset) return reason;
  Mirrored headers;
  if (!impl.ReadMirrored(head, &headers)) {
    return Mismatch("Mcp-Method or Mcp-Name is repeated, empty or malformed", out);
  }
  if (*mode == HeaderMode::kHeaders) return impl.FromHeaders(headers, out);
  const Reason reason = impl.FromBody(body, out);
  return reason == Reason::kUnset ? impl.Compare(headers, head, *mode, out) : reason;
}

bool RequestReader::Impl::ReadMirrored(const RequestHead& head, Mirrored* out) {
  const auto decode = [&](const HeaderValue& header, std::string_view* text) {
    if (!header.present()) return true;
    if (header.count == 1) *text = DecodeHeaderText(header.value, arena).value_or(std::string_view());
    return !text->empty();
  };
  return decode(head.method, &out->method) && decode(head.name, &out->name);
}

Reason RequestReader::Impl::FromHeaders(const Mirrored& headers, Request* out) {
  if (headers.method.empty()) return Mismatch("Mcp-Method is missing", out);
  out->method = headers.method;
  if (!NamesItsObject(out->method)) {
    if (out->method.starts_with("notifications/")) out->kind = MessageKind::kNotification;
    if (!NamesItsObjectInTheBody(out->method)) return Reason::kUnset;
    return Malformed("what the method is about stands in the body alone", out);
  }
  if (headers.name.empty()) return Mismatch("Mcp-Name is missing", out);
  if (out->method == "resources/read") {
    return SetResource(headers.name, out) ? Reason::kUnset : Malformed("Mcp-Name is no URI with one reading only", out);
  }
  out->target = out->method == "tools/call" ? Target::kTool : Target::kPrompt;
  out->name = headers.name;
  return Reason::kUnset;
}

Reason RequestReader::Impl::FromBody(const RequestBody& body, Request* out) {
  constexpr std::array<std::string_view, 2> kPath = {"params", "_meta"};
  if (body.text.size() > kMaxRequestBytes) return Refused(Reason::kBodyTooLarge, "the body is too large", out);
  std::string_view text = body.text;
  if (body.readable_behind < json::StrictParser::kPadding) {
    char* const copy = arena.Allocate<char>(text.size() + json::StrictParser::kPadding);
    std::copy(text.begin(), text.end(), copy);
    std::fill_n(copy + text.size(), json::StrictParser::kPadding, '\0');
    text = {copy, text.size()};
  }
  Envelope envelope;
  const json::Status status = parser.Parse(text, kPath, arena, &document);
  if (status == json::Status::kOk && document.root.kind == json::Kind::kArray) {
    return Malformed("the body is a JSON-RPC batch; a request carries one message", out);
  }
  if (status != json::Status::kOk || document.root.kind != json::Kind::kObject ||
      !ReadEnvelope(document.members, &envelope)) {
    return Malformed(WhyNoMessage(status), out);
  }
  if (envelope.id != nullptr) out->id = envelope.id->raw;
  if (envelope.method != nullptr) return ReadCall(envelope, out);
  // A response: exactly one of result and error, and only an error may be without an id.
  out->kind = MessageKind::kResponse;
  const bool one = (envelope.result != nullptr) != (envelope.error != nullptr);
  const bool well_formed = one && envelope.params == nullptr && (envelope.id != nullptr || envelope.error != nullptr) &&
                           (envelope.result != nullptr ? envelope.result : envelope.error)->kind == json::Kind::kObject;
  return well_formed ? Reason::kUnset : Malformed("the body has no method and is no response either", out);
}

Reason RequestReader::Impl::ReadCall(const Envelope& envelope, Request* out) {
  Parameters parameters;
  if (!IsNameValue(envelope.method) || envelope.result != nullptr || envelope.error != nullptr) {
    return Malformed("the body's method is no name, or stands beside a result or an error", out);
  }
  out->method = envelope.method->text;
  out->kind = envelope.id == nullptr ? MessageKind::kNotification : MessageKind::kRequest;
  const bool is_notification = out->method.starts_with("notifications/");
  if (is_notification && envelope.id != nullptr) return Malformed("a notification has an id", out);
  if ((envelope.params != nullptr && envelope.params->kind != json::Kind::kObject) ||
      !ReadParameters(document, out->method, &parameters)) {
    return Malformed("params is no object, or spells a name in another case or with a NUL", out);
  }
  if (parameters.uri != nullptr) {
    if (!IsNameValue(parameters.uri)) return Malformed("params.uri is no text, empty or with a NUL", out);
    const auto normal = NormalizeResourceUri(parameters.uri->text, arena);
    if (!normal) return Malformed("params.uri is no URI with one reading only", out);
    out->resource = *normal;
    out->host_as_sent = HostAsSent(parameters.uri->text, *normal);
    object = parameters.uri->text;
  }
  if (out->method == "tools/call" || out->method == "prompts/get") {
    if (!IsNameValue(parameters.name)) return Malformed("params.name is missing, no text, empty or with a NUL", out);
    out->target = out->method == "tools/call" ? Target::kTool : Target::kPrompt;
    out->name = object = parameters.name->text;
    return Reason::kUnset;
  }
  if (out->method == "completion/complete") {
    const bool read = parameters.ref != nullptr && ReadReference(*parameters.ref, out);
    return read ? Reason::kUnset : Malformed("params.ref names neither a prompt nor a resource", out);
  }
  if (IsAboutResource(out->method)) {
    if (parameters.uri == nullptr) return Malformed("params.uri is missing", out);
    out->target = Target::kResource;
    out->name = std::exchange(out->resource, {});
    return Reason::kUnset;
  }
  out->listens_to_lists = out->method == "subscriptions/listen" && AsksForListsAlone();
  for (const json::Value* value : {parameters.name, parameters.task_id}) {
    if (object.empty() && value != nullptr && json::IsString(*value)) object = value->text;
  }
  return Reason::kUnset;
}

// ReadReference: completion/complete names what it completes: {"type": "ref/prompt", "name": …} or
// {"type": "ref/resource", "uri": …}.
bool RequestReader::Impl::ReadReference(const json::Value& ref, Request* out) {
  json::Document inner;
  // In place: behind the value is the rest of a document that was accepted, and its padding.
  if (ref.kind != json::Kind::kObject || parser.Parse(ref.raw, arena, &inner) != json::Status::kOk) return false;
  for (const json::Member& member : inner.members) {
    for (const std::string_view exact : {"type", "name", "uri"}) {
      if (IsMiscased(member.name, exact) || HasNul(member.name)) return false;
    }
  }
  const json::Value* const type = json::Find(inner.members, "type");
  const json::Value* const name = json::Find(inner.members, "name");
  const json::Value* const uri = json::Find(inner.members, "uri");
  if (!IsNameValue(type)) return false;
  if (type->text == "ref/prompt" && IsNameValue(name) && uri == nullptr) {
    out->target = Target::kPrompt;
    out->name = object = name->text;
    return true;
  }
  if (type->text != "ref/resource" || !IsNameValue(uri) || name != nullptr) return false;
  object = uri->text;
  return SetResource(object, out);
}

// AsksForListsAlone: whether `subscriptions/listen` asks for changes of lists, and of nothing else by any name that
// some server could read. What names resources, or comes with a later version, is for a rule to allow.
bool RequestReader::Impl::AsksForListsAlone() {
  const json::Value* const notifications = json::Find(document.nested[0], "notifications");
  const bool is_alone =
      std::all_of(document.nested[0].begin(), document.nested[0].end(),
                  [](const json::Member& member) { return member.name == "notifications" || member.name == "_meta"; });
  json::Document inner;
  if (!is_alone || notifications == nullptr || notifications->kind != json::Kind::kObject ||
      parser.Parse(notifications->raw, arena, &inner) != json::Status::kOk) {
    return false;
  }
  return std::all_of(inner.members.begin(), inner.members.end(), [](const json::Member& member) {
    const bool is_list = member.name == "toolsListChanged" || member.name == "promptsListChanged" ||
                         member.name == "resourcesListChanged";
    return is_list && (member.value.kind == json::Kind::kTrue || member.value.kind == json::Kind::kFalse);
  });
}

bool RequestReader::Impl::SetResource(std::string_view uri, Request* out) {
  const auto normal = NormalizeResourceUri(uri, arena);
  if (!normal) return false;
  out->target = Target::kResource;
  out->name = *normal;
  out->host_as_sent = HostAsSent(uri, *normal);
  return true;
}

// Compare: what the headers say must be what the body says, and in 2026-07-28 they must be there (Streamable HTTP,
// Server Validation).
Reason RequestReader::Impl::Compare(const Mirrored& headers, const RequestHead& head, HeaderMode mode,
                                    Request* out) const {
  const bool required = mode == HeaderMode::kHeadersAndBody;
  // In that version nothing but requests and notifications is sent to a server.
  if (required && out->kind == MessageKind::kResponse) return Malformed("a response is sent to the server", out);
  if (headers.method.empty() ? required : !SameText(headers.method, out->method)) {
    return Mismatch("Mcp-Method is missing or not the body's method", out);
  }
  if (headers.name.empty() ? required && NamesItsObject(out->method) : !SameText(headers.name, object)) {
    return Mismatch("Mcp-Name is missing or not what the body names", out);
  }
  const json::Value* const version = json::Find(document.nested[1], "io.modelcontextprotocol/protocolVersion");
  if (version != nullptr && (!json::IsString(*version) || !SameText(version->text, head.protocol_version.value))) {
    return Mismatch("the body's protocolVersion is not that of MCP-Protocol-Version", out);
  }
  return Reason::kUnset;
}

}  // namespace assay::mcp
