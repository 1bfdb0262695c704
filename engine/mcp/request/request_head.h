// RequestHead: what of an HTTP request's head MCP authorization reads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/export.h"

namespace assay::mcp {

// HeaderField: a header field as it arrived. Names are compared without ASCII case, and with `_` for `-`: a server may
// read either as the other, so that both are the same header twice.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

// HeaderValue: one field's value, and how often the field was there.
struct HeaderValue {
  std::string_view value;
  std::uint32_t count = 0;

  bool present() const { return count > 0; }
};

// RequestHead: what ReadHead() makes of the fields. A gateway that keeps its headers indexed may fill it in itself,
// with values without surrounding blanks.
struct RequestHead {
  std::string_view http_method = "POST";  // as in the request line: methods are case-sensitive (RFC 9110 section 9.1)
  HeaderValue authorization;
  HeaderValue origin;
  HeaderValue protocol_version;  // MCP-Protocol-Version
  HeaderValue method;            // Mcp-Method
  HeaderValue name;              // Mcp-Name
  HeaderValue content_type;
  HeaderValue content_encoding;
  HeaderValue content_length;
  HeaderValue transfer_encoding;
  HeaderValue requested_method;   // Access-Control-Request-Method: with an Origin, OPTIONS is a preflight
  HeaderValue requested_headers;  // Access-Control-Request-Headers
  HeaderValue method_override;    // see IsMethodOverride()
  std::string_view query;         // of the request's target; a token in it is never used
};

// ReadField: what ReadHead() makes of one field more.
ASSAY_EXPORT void ReadField(const HeaderField& field, RequestHead* head);
ASSAY_EXPORT RequestHead ReadHead(std::span<const HeaderField> fields, std::string_view http_method = "POST");

// IsMethodOverride: whether a server may take another method from a header of this name: X-HTTP-Method-Override,
// X-HTTP-Method or X-Method-Override.
ASSAY_EXPORT bool IsMethodOverride(std::string_view name);

// IsCredentialHeader: whether a request header of this name must not reach the backend: it holds the client's
// credential, which MCP forbids to pass on. A gateway strips these by default.
ASSAY_EXPORT bool IsCredentialHeader(std::string_view name);

}  // namespace assay::mcp
