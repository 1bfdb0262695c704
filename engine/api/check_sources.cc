// Whether what a configuration names could ever be used: asked by Create() and Reload() alike, for a configuration that
// was read from a file and for one that was built in C++.
#include <arpa/inet.h>

#include <array>
#include <span>

#include "engine/api/engine_impl.h"
#include "engine/base/address_class.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/redis_url.h"
#include "engine/base/url.h"
#include "engine/revocation/revocation_line.h"

namespace assay {
namespace {

// Whether the host is written as an address that is no host's: no option lets a fetch go there.
bool IsForbiddenAddress(const Url& url) {
  std::array<std::uint8_t, 16> address{};
  const bool is_v6 = url.host_kind == HostKind::kIpv6;
  if (url.host_kind == HostKind::kName) return false;
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, url.host.c_str(), address.data()) != 1) return true;
  return ClassOfAddress(std::span(address).first(is_v6 ? 16 : 4)) == AddressClass::kForbidden;
}

// A URL that could be fetched, whatever comes of it.
Result<Url> ReadFetchable(std::string_view text) {
  Result<Url> url = Url::Parse(text);
  if (url && IsForbiddenAddress(*url)) return Error{url->host + " may not be connected to"};
  return url;
}

}  // namespace

Result<void> CheckKeySource(const IssuerConfig& issuer) {
  if (issuer.keys.kind == KeySource::Kind::kUrl) {
    const Result<Url> url = ReadFetchable(issuer.keys.value);
    if (!url) return Error{EscapeForLog(issuer.keys.value) + ": " + url.error()};
  } else if (issuer.keys.kind == KeySource::Kind::kDiscover) {
    const std::string where = EscapeForLog(issuer.policy.issuer) + ": the issuer cannot be asked: ";
    const Result<Url> url = ReadFetchable(issuer.policy.issuer);
    if (!url) return Error{where + url.error()};
    // Metadata is looked for below the issuer's path (RFC 8414 section 3.1), and the issuer has no query (section 2).
    if (url->target.find('?') != std::string::npos) return Error{where + "it has a query"};
  }
  return {};
}

Result<void> CheckRedisUrl(const RevocationConfig& revocation) {
  if (!revocation.redis) return {};
  const Result<RedisUrl> url = RedisUrl::Parse(revocation.redis->url);
  if (!url) return Error{"revocation: " + url.error()};
  return {};
}

Result<void> CheckRevocationFile(const std::string& path) {
  const Result<std::string> text = ReadWholeFile(path, kMaxRevocationFileBytes);
  if (!text) return Error{text.error()};
  const Result<void> read = revocation::RevocationLineReader().ReadAll(*text, [](const Revocation&) {});
  if (!read) return Error{path + ": " + read.error()};
  return {};
}

}  // namespace assay
