#include "engine/remote/discovery.h"

#include <chrono>
#include <optional>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/url.h"
#include "engine/json/strict.h"
#include "engine/json/text.h"
#include "engine/remote/address.h"
#include "engine/remote/proxy.h"

namespace assay::remote {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// TryNextLocation: whether a reply of this status leaves the next well-known location to be tried.
bool TryNextLocation(FetchStatus status) {
  return status == FetchStatus::kOk || status == FetchStatus::kHttpError || status == FetchStatus::kRedirect ||
         status == FetchStatus::kTooLarge || status == FetchStatus::kMalformed;
}

bool HasAddressOf(AddressClass wanted, const Url& url) {
  const std::optional<IpAddress> address = IpAddress::Parse(url.host);
  return address && address->Class() == wanted;
}

// Whether the host is this machine, in whatever spelling.
bool NamesThisMachine(const Url& url) { return url.IsLoopback() || HasAddressOf(AddressClass::kLoopback, url); }

std::string Quoted(std::string_view text) {
  constexpr std::size_t kLongest = 200;  // a server's word must not flood a log line
  std::string quoted;
  json::AppendQuoted(text.substr(0, kLongest), &quoted, json::Escapes::kShownString);
  return text.size() > kLongest ? quoted + "..." : quoted;
}

// AnotherIssuer: the refusal of metadata that names another issuer than the configured one, and what may be meant.
std::string AnotherIssuer(std::string_view named, std::string_view configured) {
  std::string why = "the metadata names issuer " + Quoted(named) + ", configured is " + Quoted(configured) +
                    ", which is another issuer";
  const std::string_view shorter = named.size() < configured.size() ? named : configured;
  const std::string_view longer = named.size() < configured.size() ? configured : named;
  if (longer.size() == shorter.size() + 1 && longer.ends_with('/') && longer.starts_with(shorter)) {
    why += ": they differ by the slash at the end; configure it exactly as the tokens' iss has it";
  } else if (named.find('{') != named.npos) {
    why += ": it is a template; configure the issuer of one tenant, as the tokens' iss has it";
  }
  return why;
}

// Refused: of the jwks_uri that metadata names.
Error Refused(std::string_view jwks_uri, const std::string& why) {
  return Error{"the metadata's jwks_uri is refused: " + why + " (it is " + Quoted(jwks_uri) + ")"};
}

// PlainHttpHint: goes on after the refusal of a jwks_uri with which nothing but plain http is wrong; else empty.
std::string PlainHttpHint(std::string_view jwks_uri) {
  if (!Url::Parse(jwks_uri, Url::PlainHttp::kAnywhere)) return "";
  return ", or, in a network that nobody else can be in, give it as keys.url, for which plain_http_is_dangerous can be "
         "said (as options: --jwks URL --plain-http-is-dangerous)";
}

// CheckProxied: fails for a jwks_uri of another origin than the issuer's that is fetched through a proxy: behind it,
// nobody would judge the address that it leads to.
Result<void> CheckProxied(const std::string& jwks_uri, std::string_view issuer, const FetchRequest& request) {
  const Result<Url> uri = Url::Parse(jwks_uri), own = Url::Parse(issuer);
  if (!UsesProxy(*uri, request) || uri->HasOriginOf(*own)) return {};
  return Refused(jwks_uri,
                 "it is of another origin than the issuer, and would be fetched through a proxy; name it in the "
                 "configuration, as keys.url");
}

}  // namespace

Result<std::vector<std::string>> MetadataUrls(std::string_view issuer) {
  const Result<Url> url = Url::Parse(issuer);
  if (!url) return Error{"the issuer cannot be asked: " + url.error()};
  if (url->target.find('?') != std::string::npos) return Error{"the issuer cannot be asked: it has a query"};
  std::string path = url->target;
  if (path.ends_with('/')) path.pop_back();
  const std::string origin = (url->https ? "https://" : "http://") + url->Authority();
  std::vector<std::string> places = {origin + "/.well-known/oauth-authorization-server" + path,
                                     origin + "/.well-known/openid-configuration" + path};
  if (!path.empty()) places.push_back(origin + path + "/.well-known/openid-configuration");
  return places;
}

Result<std::string> ReadJwksUri(std::string_view document, std::string_view issuer) {
  Arena arena;
  json::StrictParser parser(document.size());
  json::Document parsed;
  const json::Status status = parser.ParseCopy(document, arena, &parsed);
  if (status == json::Status::kDuplicateName || status == json::Status::kTooManyMembers) {
    return Error{"the metadata " + json::DescribeDefect(status, parsed, kMaxObjectMembers)};
  }
  if (status != json::Status::kOk || parsed.root.kind != json::Kind::kObject) {
    return Error{"the metadata is no JSON object"};
  }
  const json::Value* const named = json::Find(parsed.members, "issuer");
  if (named == nullptr || !json::IsString(*named)) return Error{"the metadata names no issuer"};
  if (named->text != issuer) return Error{AnotherIssuer(named->text, issuer)};
  const json::Value* const uri = json::Find(parsed.members, "jwks_uri");
  if (uri == nullptr || !json::IsString(*uri)) return Error{"the metadata has no jwks_uri"};
  const Result<Url> url = Url::Parse(uri->text);
  if (!url) return Refused(uri->text, url.error() + PlainHttpHint(uri->text));
  const Result<Url> own = Url::Parse(issuer);
  const bool is_remote = !NamesThisMachine(*url) && !HasAddressOf(AddressClass::kForbidden, *url);
  if (!is_remote && !(own && NamesThisMachine(*own))) {
    return Refused(uri->text, "it names this machine, or an address that is no host's");
  }
  return std::string(uri->text);
}

Result<std::string> Discover(Fetcher& fetcher, FetchRequest request, std::string_view issuer) {
  const Result<std::vector<std::string>> places = MetadataUrls(issuer);
  if (!places) return Error{places.error()};
  const auto end = steady_clock::now() + request.timeout;
  request.etag.clear();
  request.max_bytes = kMaxMetadataBytes;
  std::string errors;
  for (const std::string& place : *places) {
    request.url = place;
    request.timeout = std::chrono::ceil<milliseconds>(end - steady_clock::now());
    if (request.timeout.count() <= 0) return Error{"timed out while discovering" + errors};
    const FetchReply reply = fetcher.Fetch(request);
    std::string error = reply.error;
    if (reply.ok()) {
      Result<std::string> uri = ReadJwksUri(reply.body, issuer);
      const Result<void> proxied = uri ? CheckProxied(*uri, issuer, request) : Result<void>(Error{uri.error()});
      if (proxied) return uri;
      error = proxied.error();
    }
    errors += (errors.empty() ? "" : "; ") + place + ": " + error;
    if (!TryNextLocation(reply.status)) break;
  }
  return Error{errors};
}

}  // namespace assay::remote
