// URIs as policies and requests name them: split by RFC 3986, checked, never repaired beyond what that
// RFC calls equivalent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/arena.h"

namespace assay::mcp {

// Uri: the parts of a URI, as views of it. An absent part is empty; `has_*` tells it from an empty part that is there.
struct Uri {
  std::string_view scheme;
  std::string_view user;  // of the authority, without '@'
  std::string_view host;  // IPv6 literals with their brackets
  std::string_view port;
  std::string_view path;
  std::string_view query;
  std::string_view fragment;
  bool has_authority = false;
  bool has_user = false;
  bool has_port = false;
  bool has_query = false;
  bool has_fragment = false;
};

// SplitUri: splits an absolute URI (RFC 3986 section 3). Nothing when it has no scheme, holds bytes outside printable
// ASCII, a backslash, or a percent sign without two hexadecimal digits, or when its host or port has characters that
// such a part cannot have.
std::optional<Uri> SplitUri(std::string_view text);

// SplitUriTemplate: the same; the host may have braces, as in templates (RFC 6570): completion/complete names these.
std::optional<Uri> SplitUriTemplate(std::string_view text);

// HasDotSegment: whether a segment of `text`, behind its scheme, is "." or "..", parameters (`..;x`) aside.
bool HasDotSegment(std::string_view text);

// HasOwnPort: whether a URI's port is one, and not the one that its scheme, http or one that is read likewise, implies.
bool HasOwnPort(const Uri& uri);

// HasPlainHttpAuthority: whether the authority of a URI of http, or one that is read likewise, has no other spelling
// but for its case: a host without escapes, final dot or user name, an IP address in its usual form, and no port that
// the scheme implies.
bool HasPlainHttpAuthority(const Uri& uri);

// NormalizeResourceUri: a resource's URI in its normal form, in which it is compared (RFC 3986 section 6.2): scheme and
// host in lower case, escapes undone wherever the character may stand for itself, the others in upper case, `/` for an
// empty path of http, ws and ftp. A view of `text` when nothing changes, else of `arena`.
//
// Nothing for what has more spellings than that or could be read in two ways: what SplitUriTemplate() refuses, escapes
// in a host for what stands in none, dot segments, encoded controls, `/`, `\` and `.`, user names, fragments, an empty
// query, IPv6 in an unusual form; of file: all but `file:///path`, without query and empty segments; of http, https,
// ws, wss and ftp: an authority that is not plain, empty segments.
std::optional<std::string_view> NormalizeResourceUri(std::string_view text, Arena& arena);

// HostAsSent: the host of `text`, where its normal form has another and servers may tell the two apart: the hosts of
// http and its like have no case, those of schemes of one's own may. Else empty.
std::string_view HostAsSent(std::string_view text, std::string_view normal);

// IsNormalResourceUri: whether `text` is in that form, the only one that a policy may name.
bool IsNormalResourceUri(std::string_view text);

// IsNormalResourcePrefix: the same for text that stands for every URI beginning with it: the text in front of a `*`.
// Unless it is a scheme alone it must reach past the host, or `https://h*` would match `https://h.evil/`.
bool IsNormalResourcePrefix(std::string_view text);

// HidesSyntax: whether an escape of `part` stands for a control, `/`, `\`, `.` or for the `%` of another escape: read
// once more behind the check, the part would mean something else. Requires a part that SplitUri() made.
bool HidesSyntax(std::string_view part);

// HasOtherReading: whether a server may read a resource's URI, in its normal form, as another one's: empty segments,
// which a file system drops; parameters (`private;x`), which some frameworks cut off; a dot or space at a segment's
// end, which Windows drops, and its streams and short names of files; an escaped escape; UTF-8 in more bytes than it
// needs. A policy does not say which is meant, unless by the URI's exact name. That a file system folds case is not
// seen.
bool HasOtherReading(std::string_view normal);

std::string LowerCase(std::string_view text);

}  // namespace assay::mcp
