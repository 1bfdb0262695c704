#include "engine/mcp/uri.h"

#include <algorithm>
#include <cstring>

namespace assay::mcp {
namespace {

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c + 32) : c; }

// RFC 3986 section 2.3.
bool IsUnreserved(char c) {
  return IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that the escape at `at` stands for. Requires a whole escape.
char Unescaped(std::string_view text, std::size_t at) {
  return static_cast<char>(HexDigit(text[at + 1]) * 16 + HexDigit(text[at + 2]));
}

bool HasOnlyUriBytes(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c >= '\x7F' || c == '\\') return false;
    if (c != '%') continue;
    if (i + 2 >= text.size() || HexDigit(text[i + 1]) < 0 || HexDigit(text[i + 2]) < 0) return false;
  }
  return true;
}

bool IsScheme(std::string_view text) {
  return !text.empty() && IsAlpha(text[0]) && std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '+' || c == '-' || c == '.';
  });
}

// RFC 3986 section 3.2.2: a bracketed literal, or unreserved, sub-delims and escapes.
bool IsHost(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           std::all_of(host.begin() + 1, host.end() - 1,
                       [](char c) { return HexDigit(c) >= 0 || c == ':' || c == '.'; });
  }
  return std::all_of(host.begin(), host.end(), [](char c) {
    return IsUnreserved(c) || std::string_view("!$&'()*+,;=%").find(c) != std::string_view::npos;
  });
}

bool SplitAuthority(std::string_view authority, Uri* uri) {
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
  return IsHost(uri->host) && uri->port.size() <= 5 && std::all_of(uri->port.begin(), uri->port.end(), IsDigit);
}

// What an escape must not stand for: a control, or what separates or climbs.
bool IsHidden(char c) { return (c >= '\0' && c < ' ') || c == '\x7F' || c == '/' || c == '\\' || c == '.'; }

// `text` as NormalizeResourceUri writes it, its first `lower` bytes in lower case. Requires whole escapes
// and room for `text.size()` bytes. The size, or nothing when an escape hides something.
std::optional<std::size_t> Rewrite(std::string_view text, std::size_t lower_begin, std::size_t lower_end,
                                   std::size_t scheme_end, char* out) {
  char* const start = out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool lower = i < scheme_end || (i >= lower_begin && i < lower_end);
    if (c != '%') {
      *out++ = lower ? Lower(c) : c;
      continue;
    }
    const char meant = Unescaped(text, i);
    if (IsHidden(meant)) return std::nullopt;
    if (IsUnreserved(meant)) {
      *out++ = lower ? Lower(meant) : meant;
    } else {
      constexpr char kHex[] = "0123456789ABCDEF";
      *out++ = '%';
      *out++ = kHex[HexDigit(text[i + 1])];
      *out++ = kHex[HexDigit(text[i + 2])];
    }
    i += 2;
  }
  return static_cast<std::size_t>(out - start);
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

std::optional<Uri> SplitUri(std::string_view text) {
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
    if (!SplitAuthority(rest.substr(0, slash), &uri)) return std::nullopt;
    rest.remove_prefix(slash);
  }
  uri.path = rest;
  return uri;
}

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

std::optional<std::string_view> NormalizeResourceUri(std::string_view text, Arena& arena) {
  const std::optional<Uri> uri = SplitUri(text);
  if (!uri || HasDotSegment(text)) return std::nullopt;
  const auto is_upper = [](std::string_view part) { return std::any_of(part.begin(), part.end(), IsUpper); };
  const bool is_file = uri->scheme.size() == 4 && LowerCase(uri->scheme) == "file";
  // A file system reads `//` as `/`, and a rule for the one must not be passed by the other.
  if (is_file && uri->path.find("//") != std::string_view::npos) return std::nullopt;
  if (text.find('%') == std::string_view::npos && !is_upper(uri->scheme) && !is_upper(uri->host)) return text;
  char* const out = arena.Allocate<char>(text.size());
  const std::size_t host = uri->has_authority ? static_cast<std::size_t>(uri->host.data() - text.data()) : 0;
  const auto size = Rewrite(text, host, host + uri->host.size(), uri->scheme.size(), out);
  if (!size) return std::nullopt;
  arena.Shrink(out, *size);
  return std::string_view(out, *size);
}

std::optional<std::string> NormalizeResourcePrefix(std::string_view text) {
  if (text.empty()) return std::string();
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(colon + 1);
  if (rest.starts_with("//") && rest.size() > 2 && rest.find('/', 2) == std::string_view::npos) {
    return std::nullopt;
  }
  Arena arena(1024 + text.size());
  const auto whole = NormalizeResourceUri(text, arena);
  if (!whole) return std::nullopt;
  return std::string(*whole);
}

bool IsLoopbackHost(std::string_view host) {
  if (host == "[::1]" || LowerCase(host) == "localhost") return true;
  if (!host.starts_with("127.") || host.find_first_not_of("0123456789.") != host.npos) return false;
  return std::count(host.begin(), host.end(), '.') == 3 && host.find("..") == host.npos && !host.ends_with('.');
}

bool IsSecure(const Uri& uri) {
  if (!uri.has_authority || uri.has_user || uri.host.empty()) return false;
  const std::string scheme = LowerCase(uri.scheme);
  return scheme == "https" || (scheme == "http" && IsLoopbackHost(uri.host));
}

}  // namespace assay::mcp
