#include "engine/remote/fetch_http.h"

#include <algorithm>
#include <new>

#include "engine/base/proxy_url.h"
#include "engine/base/text.h"
#include "engine/base/url.h"
#include "engine/remote/cache_control.h"
#include "engine/remote/proxy.h"
#include "engine/remote/resolve.h"
#include "engine/remote/transfer.h"

namespace assay::remote {
namespace {

constexpr int kMaxRedirects = 3;
constexpr std::size_t kMaxEtagBytes = 512;

// An entity-tag (RFC 9110 section 8.8.3) that can be sent back as it is.
bool IsEtag(std::string_view etag) {
  if (etag.size() > kMaxEtagBytes) return false;
  const bool weak = etag.starts_with("W/");
  const std::string_view opaque = etag.substr(weak ? 2 : 0);
  return opaque.size() >= 2 && opaque.front() == '"' && opaque.back() == '"' &&
         std::all_of(opaque.begin() + 1, opaque.end() - 1, [](char c) { return c > ' ' && c < '\x7F' && c != '"'; });
}

// MayConnect: `allow_private` is for the URL's scheme.
bool MayConnect(const IpAddress& address, const Url& url, bool allow_private) {
  switch (address.Class()) {
    case AddressClass::kPublic:
      return url.https;
    case AddressClass::kLoopback:
      return url.IsLoopback() || allow_private;
    case AddressClass::kPrivate:
      return allow_private;
    case AddressClass::kForbidden:
      return false;
  }
  return false;
}

// RefusalOf: the error when every address of the URL's host is forbidden.
std::string RefusalOf(const std::vector<IpAddress>& found, const Url& url) {
  std::string why = url.host;
  if (!found.empty() && found.front().Text() != url.host) why += " is " + found.front().Text() + ", which";
  why += " may not be connected to";
  const bool private_one =
      std::any_of(found.begin(), found.end(), [&](const IpAddress& address) { return MayConnect(address, url, true); });
  if (private_one && url.https) why += " unless private addresses are allowed";
  if (!private_one && !url.https) why += " by plain http";
  return why;
}

FetchReply Failure(FetchStatus status, std::string error) {
  FetchReply reply;
  reply.status = status;
  reply.error = std::move(error);
  return reply;
}

// ProxyFailure: the same where the request goes, or would go, through its proxy.
FetchReply ProxyFailure(const FetchRequest& request, FetchStatus status, std::string error) {
  const std::string named = request.proxy_setting.empty() ? "the proxy" : "the proxy of " + request.proxy_setting;
  return Failure(status, named + ": " + std::move(error));
}

// What a whole response means; redirects are the caller's.
FetchReply Interpret(const http1::ResponseReader& response, bool had_etag) {
  FetchReply reply;
  const auto field = [&](const char* name) {
    const std::string* const value = response.Field(name);
    return value == nullptr ? std::string() : *value;
  };
  reply.http_status = response.status();
  reply.etag = field("etag");
  if (!IsEtag(reply.etag)) reply.etag.clear();
  reply.content_type = field("content-type");
  reply.max_age = FreshnessSeconds(field("cache-control"), field("age"));
  if (response.status() == 200) {
    reply.status = FetchStatus::kOk;
    reply.body = response.body();
  } else if (response.status() == 304 && had_etag) {
    reply.status = FetchStatus::kNotModified;
  } else {
    reply.status = FetchStatus::kHttpError;
    reply.error = "HTTP status " + std::to_string(response.status());
  }
  return reply;
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

struct HttpFetcher::Impl {
  FetchReply Fetch(const FetchRequest& request);

  // Lookup: the addresses of a host, by whatever it is written; a failure otherwise.
  FetchReply Lookup(const std::string& host, const Deadline& deadline, std::vector<IpAddress>* out) const {
    if (const auto address = IpAddress::Parse(host)) {
      out->push_back(*address);
      return {};
    }
    Resolution resolution = Resolve(resolver, host, deadline);
    if (resolution.outcome == Deadline::Outcome::kStopped) return Failure(FetchStatus::kStopped, "stopped");
    if (resolution.outcome == Deadline::Outcome::kTimeout) {
      return Failure(FetchStatus::kTimeout, "timed out while resolving " + host);
    }
    if (!resolution.error.empty()) {
      return Failure(FetchStatus::kUnresolved, "cannot resolve " + host + ": " + resolution.error);
    }
    *out = std::move(resolution.addresses);
    return {};
  }

  // FindAddresses: those of the URL's host that may be connected to; a failure otherwise.
  FetchReply FindAddresses(const Url& url, const FetchRequest& request, const Deadline& deadline,
                           std::vector<IpAddress>* out) const {
    std::vector<IpAddress> found;
    FetchReply failed = Lookup(url.host, deadline, &found);
    if (found.empty()) return failed;
    for (const IpAddress& address : found) {
      const bool allow_private = url.https ? request.allow_private_addresses : request.plain_http_is_dangerous;
      if (MayConnect(address, url, allow_private)) out->push_back(address);
    }
    if (!out->empty()) return {};
    return Failure(FetchStatus::kForbiddenAddress, RefusalOf(found, url));
  }

  // FindProxy: the addresses of the request's proxy, for a URL that names no address that would be refused. The proxy
  // is the operator's own, and mostly in a private network.
  FetchReply FindProxy(const Url& url, const FetchRequest& request, const Deadline& deadline, Route* route) const {
    Result<Authority> proxy = ParseProxy(request.proxy);
    if (!proxy) return ProxyFailure(request, FetchStatus::kBadUrl, proxy.error());
    std::vector<IpAddress> named;
    if (url.host_kind != HostKind::kName) {
      const FetchReply refused = FindAddresses(url, request, deadline, &named);
      if (named.empty()) return refused;
    }
    std::vector<IpAddress> found;
    FetchReply failed = Lookup(proxy->host, deadline, &found);
    if (found.empty()) return ProxyFailure(request, failed.status, std::move(failed.error));
    for (const IpAddress& address : found) {
      if (address.Class() != AddressClass::kForbidden) route->addresses.push_back(address);
    }
    if (route->addresses.empty()) {
      return ProxyFailure(request, FetchStatus::kForbiddenAddress, proxy->host + " may not be connected to");
    }
    route->proxy = std::move(*proxy);
    return {};
  }

  const Resolver resolver;
  Transfers transfers;
};

HttpFetcher::HttpFetcher() : HttpFetcher(SystemResolve) {}
HttpFetcher::HttpFetcher(Resolver resolver) : impl_(new Impl{std::move(resolver), {}}) {}
HttpFetcher::~HttpFetcher() = default;

FetchReply HttpFetcher::Impl::Fetch(const FetchRequest& request) {
  const auto plain = request.plain_http_is_dangerous ? Url::PlainHttp::kAnywhere : Url::PlainHttp::kThisMachine;
  Result<Url> url = Url::Parse(request.url, plain);
  if (!url) return Failure(FetchStatus::kBadUrl, url.error());
  if (!request.bearer_token.empty()) {
    if (!url->https) return Failure(FetchStatus::kBadUrl, "a bearer token is sent by https only");
    if (!IsBearerToken(request.bearer_token)) return Failure(FetchStatus::kBadUrl, "the bearer token is malformed");
  }
  if (!request.etag.empty() && !IsEtag(request.etag)) return Failure(FetchStatus::kBadUrl, "the ETag is malformed");
  const Deadline deadline(request.timeout, request.stop);
  // Looked up once: redirects stay within the origin, and go the same way.
  Route route;
  FetchReply refused = UsesProxy(*url, request) ? FindProxy(*url, request, deadline, &route)
                                                : FindAddresses(*url, request, deadline, &route.addresses);
  if (route.addresses.empty()) return refused;
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    http1::ResponseReader response(request.max_bytes);
    std::string error;
    const FetchStatus status = transfers.Get(*url, request, route, deadline, &response, &error);
    if (status != FetchStatus::kOk) {
      return route.proxy ? ProxyFailure(request, status, std::move(error)) : Failure(status, std::move(error));
    }
    if (!IsRedirect(response.status())) return Interpret(response, !request.etag.empty());
    const std::string* const location = response.Field("location");
    if (location == nullptr) return Failure(FetchStatus::kRedirect, "a redirect without a target");
    url = url->Redirect(*location);
    if (!url) return Failure(FetchStatus::kRedirect, url.error());
  }
  return Failure(FetchStatus::kRedirect, "more than " + std::to_string(kMaxRedirects) + " redirects");
}

FetchReply HttpFetcher::Fetch(const FetchRequest& request) {
  try {
    return impl_->Fetch(request);
  } catch (const std::bad_alloc&) {  // nothing else is thrown
    FetchReply reply;
    reply.error = "out of memory";  // short enough to need none
    return reply;
  }
}

}  // namespace assay::remote
