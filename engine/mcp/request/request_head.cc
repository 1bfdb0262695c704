#include "engine/mcp/request/request_head.h"

#include <algorithm>

#include "engine/base/text.h"

namespace assay::mcp {
namespace {

// IsNamed: whether servers may read a header's name as `known`, which is in lower case: those that make variables of
// headers read `_` for `-`.
bool IsNamed(std::string_view name, std::string_view known) {
  return std::equal(name.begin(), name.end(), known.begin(), known.end(),
                    [](char c, char wanted) { return c == wanted || ToLower(c == '_' ? '-' : c) == wanted; });
}

void Put(std::string_view value, HeaderValue* out) {
  out->value = Trim(value);
  ++out->count;
}

}  // namespace

void ReadField(const HeaderField& field, RequestHead* head) {
  const auto put_if = [&](std::string_view name, HeaderValue* out) {
    if (IsNamed(field.name, name)) Put(field.value, out);
  };
  switch (field.name.size()) {
    case 6:
      put_if("origin", &head->origin);
      break;
    case 8:
      put_if("mcp-name", &head->name);
      break;
    case 10:
      put_if("mcp-method", &head->method);
      break;
    case 12:
      put_if("content-type", &head->content_type);
      break;
    case 13:
      put_if("authorization", &head->authorization);
      break;
    case 14:
      put_if("content-length", &head->content_length);
      break;
    case 16:
      put_if("content-encoding", &head->content_encoding);
      break;
    case 17:
      put_if("transfer-encoding", &head->transfer_encoding);
      break;
    case 20:
      put_if("mcp-protocol-version", &head->protocol_version);
      break;
    case 29:
      put_if("access-control-request-method", &head->requested_method);
      break;
    case 30:
      put_if("access-control-request-headers", &head->requested_headers);
      break;
    default:
      break;
  }
  if (IsMethodOverride(field.name)) Put(field.value, &head->method_override);
}

RequestHead ReadHead(std::span<const HeaderField> fields, std::string_view http_method) {
  RequestHead head;
  head.http_method = http_method;
  for (const HeaderField& field : fields) ReadField(field, &head);
  return head;
}

bool IsMethodOverride(std::string_view name) {
  return IsNamed(name, "x-http-method-override") || IsNamed(name, "x-http-method") ||
         IsNamed(name, "x-method-override");
}

bool IsCredentialHeader(std::string_view name) { return EqualsIgnoreCase(name, "authorization"); }

}  // namespace assay::mcp
