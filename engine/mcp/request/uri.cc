#include "engine/mcp/request/uri.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/base/url.h"

namespace assay::mcp {
namespace {

// IsUnreserved: an unreserved character (RFC 3986 section 2.3).
bool IsUnreserved(char c) { return IsAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

// Unescaped: the byte that the escape at `at` stands for. Requires a whole escape.
char Unescaped(std::string_view text, std::size_t at) { return static_cast<char>(PercentEscape(text, at)); }

bool HasOnlyUriBytes(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c >= '\x7F' || c == '\\') return false;
    if (c == '%' && PercentEscape(text, i) < 0) return false;
  }
  return true;
}

bool IsScheme(std::string_view text) {
  return !text.empty() && IsAlpha(text[0]) && std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlphanumeric(c) || c == '+' || c == '-' || c == '.';
  });
}

// What a host may have beside letters and digits: sub-delims and escapes (RFC 3986 section 3.2.2); and in a template.
constexpr std::string_view kHostBytes = "!$&'()*+,;=%";
constexpr std::string_view kTemplateHostBytes = "!$&'()*+,;=%{}";

// IsHost: a bracketed literal, or unreserved characters and `others`.
bool IsHost(std::string_view host, std::string_view others) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') && std::all_of(host.begin() + 1, host.end() - 1, [](char c) {
             return HexDigit(c) >= 0 || c == ':' || c == '.';
           });
  }
  return std::all_of(host.begin(), host.end(),
                     [&](char c) { return IsUnreserved(c) || others.find(c) != std::string_view::npos; });
}

bool SplitAuthority(std::string_view authority, std::string_view host_bytes, Uri* uri) {
  uri->has_authority = true;
  const std::size_t at = authority.find('@');
  if (at != std::string_view::npos) {
    uri->has_user = true;
    uri->user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const std::size_t colon = authority.find(':', bracket);
  uri->host = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    uri->has_port = true;
    uri->port = authority.substr(colon + 1);
  }
  return IsHost(uri->host, host_bytes) && uri->port.size() <= 5 &&
         std::all_of(uri->port.begin(), uri->port.end(), IsDigit);
}

std::optional<Uri> Split(std::string_view text, std::string_view host_bytes) {
  if (!HasOnlyUriBytes(text)) return std::nullopt;
  Uri uri;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !IsScheme(text.substr(0, colon))) return std::nullopt;
  uri.scheme = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  if (const std::size_t hash = rest.find('#'); hash != std::string_view::npos) {
    uri.has_fragment = true;
    uri.fragment = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    uri.has_query = true;
    uri.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (!SplitAuthority(rest.substr(0, slash), host_bytes, &uri)) return std::nullopt;
    rest.remove_prefix(slash);
  }
  uri.path = rest;
  return uri;
}

// IsHidden: what an escape must not stand for: a control, or what separates or climbs.
bool IsHidden(unsigned char c) { return c < ' ' || c == 0x7F || c == '/' || c == '\\' || c == '.'; }

// What an escape in a part must not be undone for, because the character itself would mean something there.
constexpr std::string_view kHostSyntax = "%?#:@[]";
constexpr std::string_view kPathSyntax = "%?#";
constexpr std::string_view kQuerySyntax = "%#&=+;";

// Write: writes `part` with its escapes in their normal form: undone, or in upper case. Null when an escape hides
// something.
char* Write(std::string_view part, std::string_view syntax, char* out) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      *out++ = part[i];
      continue;
    }
    const char meant = Unescaped(part, i);
    if (IsHidden(static_cast<unsigned char>(meant))) return nullptr;
    if (meant > ' ' && meant < '\x7F' && syntax.find(meant) == std::string_view::npos) {
      *out++ = meant;
    } else {
      constexpr char kHex[] = "0123456789ABCDEF";
      *out++ = '%';
      *out++ = kHex[HexDigit(part[i + 1])];
      *out++ = kHex[HexDigit(part[i + 2])];
    }
    i += 2;
  }
  return out;
}

char* WriteInLowerCase(std::string_view part, char* out) {
  return std::transform(part.begin(), part.end(), out, ToLower);
}

// ImpliedPort: the port of the schemes whose URIs browsers' libraries bring into one form, as http's (WHATWG URL
// section 3.1, without file); empty: none of these.
std::string_view ImpliedPort(std::string_view scheme) {
  constexpr std::pair<std::string_view, std::string_view> kPorts[] = {
      {"http", "80"}, {"https", "443"}, {"ws", "80"}, {"wss", "443"}, {"ftp", "21"}};
  for (const auto& [name, port] : kPorts) {
    if (EqualsIgnoreCase(scheme, name)) return port;
  }
  return {};
}

bool IsLikeHttp(std::string_view scheme) { return !ImpliedPort(scheme).empty(); }

// HasOtherSpelling: what has more spellings than NormalizeResourceUri() would make one of.
bool HasOtherSpelling(const Uri& uri) {
  if (uri.has_fragment || uri.has_user || (uri.has_port && !ParsePort(uri.port))) return true;
  if ((uri.has_query && uri.query.empty()) || (uri.host.starts_with('[') && !IsUsualHost(uri.host))) return true;
  const bool has_empty_segment = uri.path.find("//") != std::string_view::npos;
  // RFC 8089. A file system reads `//` as `/`, and a rule for the one must not be passed by the other.
  if (EqualsIgnoreCase(uri.scheme, "file")) {
    return !uri.has_authority || !uri.host.empty() || uri.has_port || uri.has_query || uri.path.empty() ||
           has_empty_segment;
  }
  return IsLikeHttp(uri.scheme) && (!HasPlainHttpAuthority(uri) || has_empty_segment);
}

// IsWindowsAlias: whether a file's path names a stream (`a::$DATA`) or a short name (`PRIVAT~1`), by which Windows
// finds it under another name. A drive's colon is none.
bool IsWindowsAlias(std::string_view path) {
  if (path.size() > 2 && path[2] == '|') return true;  // once written for a drive's colon (RFC 8089 appendix E.2.2)
  if (path.find("%3A") != std::string_view::npos) return true;
  for (std::size_t at = path.find_first_of(":~"); at != std::string_view::npos; at = path.find_first_of(":~", at + 1)) {
    const bool is_drive = at >= 2 && path.find('/') == at - 2 && path.substr(at + 1, 1) == "/";
    if (path[at] == ':' ? !is_drive : at + 1 < path.size() && path[at + 1] >= '0' && path[at + 1] <= '9') return true;
  }
  return false;
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), ToLower);
  return out;
}

std::optional<Uri> SplitUri(std::string_view text) { return Split(text, kHostBytes); }

std::optional<Uri> SplitUriTemplate(std::string_view text) { return Split(text, kTemplateHostBytes); }

bool HasDotSegment(std::string_view text) {
  const std::size_t colon = text.find(':');
  std::size_t at = colon == std::string_view::npos ? 0 : colon + 1;
  for (;;) {
    const std::size_t end = std::min(text.find_first_of("/?#", at), text.size());
    std::string_view segment = text.substr(at, end - at);
    segment = segment.substr(0, segment.find(';'));
    if (segment == "." || segment == "..") return true;
    if (end == text.size()) return false;
    at = end + 1;
  }
}

bool HasOwnPort(const Uri& uri) { return ParsePort(uri.port) && uri.port != ImpliedPort(uri.scheme); }

bool HasPlainHttpAuthority(const Uri& uri) {
  if (!uri.has_authority || uri.has_user || !IsUsualHost(uri.host)) return false;
  return !uri.has_port || HasOwnPort(uri);
}

std::optional<std::string_view> NormalizeResourceUri(std::string_view text, Arena& arena) {
  const std::optional<Uri> uri = SplitUriTemplate(text);
  if (!uri || HasOtherSpelling(*uri)) return std::nullopt;
  const auto is_upper = [](std::string_view part) { return std::any_of(part.begin(), part.end(), IsUpper); };
  // RFC 3986 section 6.2.3.
  const bool lacks_slash = uri->path.empty() && IsLikeHttp(uri->scheme);
  std::string_view normal = text;
  if (text.find('%') != std::string_view::npos || is_upper(uri->scheme) || is_upper(uri->host) || lacks_slash) {
    char* const begin = arena.Allocate<char>(text.size() + 1);
    char* out = WriteInLowerCase(uri->scheme, begin);
    *out++ = ':';
    if (uri->has_authority) {
      *out++ = '/';
      *out++ = '/';
      char* const host = out;
      out = Write(uri->host, kHostSyntax, out);
      if (out == nullptr) return std::nullopt;
      // What stands in no host could stand there by an escape: no reader of the normal form would find the host's end.
      if (!IsHost({host, static_cast<std::size_t>(out - host)}, kTemplateHostBytes)) return std::nullopt;
      std::transform(host, out, host, ToLower);
      if (uri->has_port) *out++ = ':';
      out = std::copy(uri->port.begin(), uri->port.end(), out);
    }
    if (lacks_slash) *out++ = '/';
    out = Write(uri->path, kPathSyntax, out);
    if (out == nullptr) return std::nullopt;
    if (uri->has_query) *out++ = '?';
    out = Write(uri->query, kQuerySyntax, out);
    if (out == nullptr) return std::nullopt;
    normal = {begin, static_cast<std::size_t>(out - begin)};
    arena.Shrink(begin, normal.size());
  }
  // Behind the escapes: `..%3B` is one too.
  if (HasDotSegment(normal)) return std::nullopt;
  return normal;
}

std::string_view HostAsSent(std::string_view text, std::string_view normal) {
  if (text == normal) return {};
  const std::optional<Uri> sent = SplitUriTemplate(text), folded = SplitUriTemplate(normal);
  const bool differs = sent && folded && sent->host != folded->host && !IsLikeHttp(sent->scheme);
  return differs ? sent->host : std::string_view();
}

bool IsNormalResourceUri(std::string_view text) {
  Arena arena(1024 + text.size());
  return NormalizeResourceUri(text, arena) == text;
}

bool IsNormalResourcePrefix(std::string_view text) {
  if (text.empty()) return true;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (rest.empty() || rest == "//") return IsScheme(scheme) && std::none_of(scheme.begin(), scheme.end(), IsUpper);
  if (rest.starts_with("//") && rest.find('/', 2) == std::string_view::npos) return false;
  return IsNormalResourceUri(text);
}

bool HidesSyntax(std::string_view part) {
  for (std::size_t at = part.find('%'); at != std::string_view::npos; at = part.find('%', at + 1)) {
    const char meant = Unescaped(part, at);
    if (meant == '%' || IsHidden(static_cast<unsigned char>(meant))) return true;
  }
  return false;
}

bool HasOtherReading(std::string_view normal) {
  constexpr auto kNone = std::string_view::npos;
  std::string_view path = normal.substr(normal.find(':') + 1);
  path = path.substr(0, path.find('?'));
  if (path.starts_with("//")) path.remove_prefix(2);
  if (normal.starts_with("file:") && IsWindowsAlias(path)) return true;
  if (path.find(';') != kNone || path.find("//") != kNone || path.find("./") != kNone || path.ends_with('.'))
    return true;
  for (std::size_t at = path.find('%'); at != kNone; at = path.find('%', at + 3)) {
    const auto byte = static_cast<unsigned char>(Unescaped(path, at));
    const std::string_view next = path.substr(std::min(at + 3, path.size()));
    if (byte == '%' && next.size() >= 2 && HexDigit(next[0]) >= 0 && HexDigit(next[1]) >= 0) return true;
    if (byte == ' ' && (next.empty() || next[0] == '/')) return true;
    const bool is_overlong_lead = (byte == 0xE0 && (next.starts_with("%8") || next.starts_with("%9"))) ||
                                  (byte == 0xF0 && next.starts_with("%8"));
    if (byte == 0xC0 || byte == 0xC1 || is_overlong_lead) return true;
  }
  return false;
}

}  // namespace assay::mcp
