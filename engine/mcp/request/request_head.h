// RequestHead: the header fields of one HTTP request that MCP authorization reads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/export.h"

namespace assay::mcp {

// HeaderField: a header field as it arrived. Names are compared without ASCII case.
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
  HeaderValue authorization;
  HeaderValue origin;
  HeaderValue protocol_version;  // MCP-Protocol-Version
  HeaderValue method;            // Mcp-Method
  HeaderValue name;              // Mcp-Name
  std::string_view query;        // of the request's target; a token in it is never used
};

ASSAY_EXPORT RequestHead ReadHead(std::span<const HeaderField> fields);

// IsCredentialHeader: whether a request header of this name must not reach the backend: it holds the client's
// credential, which MCP forbids to pass on. A gateway strips these by default.
ASSAY_EXPORT bool IsCredentialHeader(std::string_view name);

}  // namespace assay::mcp
