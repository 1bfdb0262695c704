// One MCP request, as far as a decision needs it: read strictly from its headers, its body, or both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/base/export.h"
#include "engine/base/reason.h"
#include "engine/mcp/request/request_head.h"

namespace assay::mcp {

// HeaderMode: which part of a request the decision is made from, and which other part that must match.
enum class HeaderMode : std::uint8_t {
  kBody,            // versions up to 2025-11-25; a header of the newer ones must match if it is there
  kHeadersAndBody,  // 2026-07-28: the headers must be there and match
  kHeaders,         // 2026-07-28, headers alone: its backends must compare too
};

// MessageKind: kNone: an HTTP request without a message: a GET opens the event stream, a DELETE ends a session.
enum class MessageKind : std::uint8_t { kRequest, kNotification, kResponse, kNone };

// Target: what an operation is about: an object of its own kind, or the method alone.
enum class Target : std::uint8_t { kMethod, kTool, kPrompt, kResource };

// Request: what one request says. Views of the request's bytes and of the reader's memory, until its next Read().
struct Request {
  MessageKind kind = MessageKind::kRequest;
  Target target = Target::kMethod;
  std::string_view method;  // empty for a response and where there is no message
  std::string_view name;    // of the tool or prompt; the resource's URI, normalized
  // resource: the URI, normalized, that the body of any other operation names too: its rule must hold besides.
  std::string_view resource;
  // host_as_sent: that of the URI in `name` or `resource`, where it is another in the normal form: see HostAsSent().
  std::string_view host_as_sent;
  // listens_to_lists: `subscriptions/listen` (2026-07-28) whose body asks for changes of lists and of nothing else.
  bool listens_to_lists = false;
  std::string_view id;           // JSON text; empty when there is none or the body was not read
  const char* defect = nullptr;  // of a request that is not well-formed: what is wrong, in words, for whoever mends it
};

// RequestBody: a body and how many bytes behind it may be read. With RequestReader::kPadding or more it is read where
// it stands; otherwise it is copied first.
struct RequestBody {
  std::string_view text;
  std::size_t readable_behind = 0;
};

// RequestReader: reads requests strictly. Not thread-safe; allocates only to grow to a larger request than it has seen.
class ASSAY_EXPORT RequestReader {
 public:
  static constexpr std::size_t kPadding = 64;

  RequestReader();
  ~RequestReader();
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;

  // Read: reads a request in `mode`; without one, in the mode of the request's MCP-Protocol-Version. kUnset when
  // well-formed, else
  //   kMethodNotAllowed  an HTTP method that MCP does not have, or not in this version or mode
  //   kRequestMalformed  a version that is unknown or not of the mode; a body that is not one strict JSON-RPC
  //                      message (arrays, repeated or miscased members, NUL among them); a name missing; a URI
  //                      that could be read in two ways; a GET or DELETE with a body; a method override
  //   kBodyTooLarge      more than kMaxRequestBytes
  //   kBodyEncoding      a Content-Encoding other than identity, a charset other than utf-8
  //   kRequestMismatch   (JSON-RPC -32020) a required header missing or malformed, or not what the body says
  Reason Read(const RequestHead& head, const RequestBody& body, std::optional<HeaderMode> mode, Request* out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::mcp
