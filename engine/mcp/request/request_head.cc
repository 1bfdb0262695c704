#include "engine/mcp/request/request_head.h"

#include "engine/base/text.h"

namespace assay::mcp {
namespace {

void Put(std::string_view value, HeaderValue* out) {
  out->value = Trim(value);
  ++out->count;
}

}  // namespace

RequestHead ReadHead(std::span<const HeaderField> fields) {
  RequestHead head;
  for (const HeaderField& field : fields) {
    switch (field.name.size()) {
      case 6:
        if (EqualsIgnoreCase(field.name, "origin")) Put(field.value, &head.origin);
        break;
      case 8:
        if (EqualsIgnoreCase(field.name, "mcp-name")) Put(field.value, &head.name);
        break;
      case 10:
        if (EqualsIgnoreCase(field.name, "mcp-method")) Put(field.value, &head.method);
        break;
      case 13:
        if (EqualsIgnoreCase(field.name, "authorization")) Put(field.value, &head.authorization);
        break;
      case 20:
        if (EqualsIgnoreCase(field.name, "mcp-protocol-version")) Put(field.value, &head.protocol_version);
        break;
      default:
        break;
    }
  }
  return head;
}

bool IsCredentialHeader(std::string_view name) { return EqualsIgnoreCase(name, "authorization"); }

}  // namespace assay::mcp
