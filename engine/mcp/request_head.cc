#include "engine/mcp/request_head.h"

namespace assay::mcp {
namespace {

// `lower` is in lower case.
bool IsField(std::string_view name, std::string_view lower) {
  if (name.size() != lower.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != lower[i]) return false;
  }
  return true;
}

// RFC 9110 section 5.5: blanks around a value are no part of it.
std::string_view Trim(std::string_view value) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = value.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return value.substr(begin, value.find_last_not_of(kBlanks) + 1 - begin);
}

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
        if (IsField(field.name, "origin")) Put(field.value, &head.origin);
        break;
      case 8:
        if (IsField(field.name, "mcp-name")) Put(field.value, &head.name);
        break;
      case 10:
        if (IsField(field.name, "mcp-method")) Put(field.value, &head.method);
        break;
      case 13:
        if (IsField(field.name, "authorization")) Put(field.value, &head.authorization);
        break;
      case 20:
        if (IsField(field.name, "mcp-protocol-version")) Put(field.value, &head.protocol_version);
        break;
      default:
        break;
    }
  }
  return head;
}

bool IsCredentialHeader(std::string_view name) { return IsField(name, "authorization"); }

}  // namespace assay::mcp
