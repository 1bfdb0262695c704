#include "tools/assay/providers/shapes.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/base/url.h"

namespace assay::cli {
namespace {

constexpr std::size_t kLongest = 512;
constexpr std::string_view kHttps = "https://";

template <typename Predicate>
bool All(std::string_view text, Predicate predicate) {
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), predicate);
}

bool IsLowerOrDigit(char c) { return IsDigit(c) || (IsAlpha(c) && !IsUpper(c)); }
bool IsLowerHex(char c) { return HexDigit(c) >= 0 && !IsUpper(c); }

// IsLowerWord: a-z, 0-9 and hyphens.
bool IsLowerWord(std::string_view text) {
  return All(text, [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

// Cut: what stands before the first `separator` of `*rest`, which goes on behind it.
std::string_view Cut(std::string_view* rest, char separator) {
  const std::size_t end = std::min(rest->find(separator), rest->size());
  const std::string_view part = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return part;
}

// AllSegments: whether `path` is made of segments, none of them empty, `.` or `..`, that `is_good` holds of.
template <typename Predicate>
bool AllSegments(std::string_view path, Predicate is_good) {
  if (path.empty() || path.ends_with('/')) return false;
  while (!path.empty()) {
    const std::string_view segment = Cut(&path, '/');
    if (segment == "." || segment == ".." || !is_good(segment)) return false;
  }
  return true;
}

// PathOf: of an https: URL whose every character means itself: behind the host, without the slash at its end.
std::string_view PathOf(std::string_view url) {
  url.remove_prefix(kHttps.size());
  url.remove_prefix(std::min(url.find('/'), url.size()));
  return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

}  // namespace

std::string_view AnyText(std::string_view value) {
  constexpr std::string_view kConfusing = "\"'`\\*{}<>^|";
  const bool good =
      All(value, [&](char c) { return c > ' ' && c < '\x7F' && kConfusing.find(c) == std::string_view::npos; });
  return good ? "" : "must be 1 to 512 characters of ASCII, without spaces, quotes, backslashes, braces and `*`";
}

std::string_view Word(std::string_view value) {
  return IsPathWord(value) && value.size() <= kLongest && value != "." && value != ".."
             ? ""
             : "must be of letters, digits, `.`, `_` and `-`";
}

std::string_view LowerWord(std::string_view value) {
  return IsLowerWord(value) && value.size() <= 63 && value.front() != '-' && value.back() != '-'
             ? ""
             : "must be of letters in lower case, digits and hyphens";
}

std::string_view Digits(std::string_view value) {
  return All(value, IsDigit) && value.front() != '0' ? "" : "must be a number, without zeros before it";
}

std::string_view Guid(std::string_view value) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const bool good = value.size() == kForm.size() &&
                    std::equal(value.begin(), value.end(), kForm.begin(),
                               [](char c, char form) { return form == '-' ? c == '-' : IsLowerHex(c); });
  return good ? "" : "must be a GUID in lower case, such as aaaabbbb-0000-cccc-1111-dddd2222eeee";
}

std::string_view HexTag(std::string_view value) {
  return value.size() == 64 && All(value, IsLowerHex) ? "" : "must be 64 hexadecimal digits in lower case";
}

std::string_view HostName(std::string_view value) {
  const bool good = value.size() <= 253 && KindOfHost(value) == HostKind::kName &&
                    value.find('.') != std::string_view::npos &&
                    All(value, [](char c) { return IsLowerOrDigit(c) || c == '.' || c == '-'; });
  return good ? "" : "must be a host name in lower case, without `https://`, port and path";
}

std::string_view IssuerUrl(std::string_view value) {
  constexpr std::string_view kWrong = "must be an https: URL of a host in lower case, without query and fragment";
  const bool is_plain = All(
      value, [](char c) { return IsAlphanumeric(c) || std::string_view("-._~:/").find(c) != std::string_view::npos; });
  if (!is_plain || !value.starts_with(kHttps)) return kWrong;
  const Result<Url> url = Url::Parse(value);
  if (!url || !value.substr(kHttps.size()).starts_with(url->HostText())) return kWrong;
  const std::string_view path = PathOf(value);
  return path.empty() || AllSegments(path.substr(1), [](std::string_view segment) { return !segment.empty(); })
             ? ""
             : kWrong;
}

std::string_view RealmUrl(std::string_view value) {
  if (const std::string_view wrong = IssuerUrl(value); !wrong.empty()) return wrong;
  const std::size_t realm = value.rfind('/') + 1;
  return !Word(value.substr(realm)).empty() || !value.substr(0, realm).ends_with("/realms/")
             ? "must end in /realms/REALM, as the realm's tokens have it"
             : "";
}

std::string_view OktaServer(std::string_view value) {
  constexpr std::string_view kServers = "/oauth2/";
  if (const std::string_view wrong = IssuerUrl(value); !wrong.empty()) return wrong;
  const std::string_view path = PathOf(value);
  const bool is_custom = path.starts_with(kServers) && Word(path.substr(kServers.size())).empty();
  if (!is_custom) {
    return "must be a custom authorization server's, https://DOMAIN/oauth2/ID: tokens of the org server are for Okta "
           "itself, which alone can verify them";
  }
  return value.ends_with('/') ? "must have no slash at its end: Okta writes none" : "";
}

std::string_view Origin(std::string_view value) {
  const Result<Url> url = Url::Parse(value);
  const bool good = url && value == (url->https ? "https://" : "http://") + url->Authority();
  return good ? "" : "must be an origin, such as https://app.example.com, without a slash at its end";
}

std::string_view EntraAudience(std::string_view value) {
  return Guid(value).empty() || IssuerUrl(value).empty() ? ""
                                                         : "must be the application's ID, a GUID in lower case (tokens "
                                                           "of v2.0 never have its api:// URI), or the https: "
                                                           "URL of an MCP server beside it";
}

std::string_view CognitoPool(std::string_view value) {
  const std::size_t end = std::min(value.find('_'), value.size());
  const std::string_view region = value.substr(0, end);
  const bool good = end < value.size() && All(value.substr(end + 1), IsAlphanumeric) && IsLowerWord(region) &&
                    std::count(region.begin(), region.end(), '-') >= 2 && IsAlpha(region.front()) &&
                    IsDigit(region.back());
  return good ? "" : "must be a user pool's ID, such as eu-west-1_AbCdEfGhI";
}

std::string_view CloudflareTeam(std::string_view value) {
  constexpr std::string_view kTeams = ".cloudflareaccess.com";
  if (const std::string_view wrong = HostName(value); !wrong.empty()) return wrong;
  return value.ends_with(kTeams) ? "" : "must be the team's domain, TEAM.cloudflareaccess.com";
}

std::string_view IapAudience(std::string_view value) {
  constexpr std::string_view kProjects = "/projects/";
  if (value.starts_with(kProjects) && value.size() <= kLongest) {
    std::string_view rest = value.substr(kProjects.size());
    const bool has_number = Digits(Cut(&rest, '/')).empty();
    if (has_number && AllSegments(rest, IsPathWord)) return "";
  }
  return "must be as IAP shows it, such as /projects/NUMBER/global/backendServices/ID";
}

std::string_view GitRef(std::string_view value) {
  for (const std::string_view start : {"refs/heads/", "refs/tags/"}) {
    if (value.size() <= kLongest && value.starts_with(start) && AllSegments(value.substr(start.size()), IsPathWord)) {
      return "";
    }
  }
  return "must be a whole ref, such as refs/heads/main or refs/tags/v1";
}

std::string_view ServiceAccount(std::string_view value) {
  constexpr std::string_view kAccounts = "system:serviceaccount:";
  if (value.starts_with(kAccounts)) {
    std::string_view name = value.substr(kAccounts.size());
    const std::string_view space = Cut(&name, ':');
    const bool is_name = All(name, [](char c) { return IsLowerOrDigit(c) || c == '-' || c == '.'; });
    if (IsLowerWord(space) && is_name) return "";
  }
  return "must be system:serviceaccount:NAMESPACE:NAME";
}

std::string_view TrustDomain(std::string_view value) {
  const bool good =
      value.size() <= 255 && All(value, [](char c) { return IsLowerOrDigit(c) || c == '.' || c == '-' || c == '_'; });
  return good ? "" : "must be a trust domain in lower case, without spiffe://";
}

std::string_view SpiffeId(std::string_view value) {
  constexpr std::string_view kScheme = "spiffe://";
  if (value.starts_with(kScheme) && value.size() <= kLongest) {
    std::string_view path = value.substr(kScheme.size());
    const bool has_domain = TrustDomain(Cut(&path, '/')).empty();
    if (has_domain && AllSegments(path, IsPathWord)) return "";
  }
  return "must be a whole SPIFFE ID, spiffe://TRUST-DOMAIN/PATH";
}

}  // namespace assay::cli
