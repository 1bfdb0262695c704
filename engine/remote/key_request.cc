#include "engine/remote/key_request.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/base/url.h"
#include "engine/config/key_transport.h"
#include "engine/json/writer.h"
#include "engine/remote/key_store.h"

namespace assay::remote {
namespace {

const std::string& AskedFirst(const IssuerConfig& issuer) {
  return issuer.keys.kind == KeySource::Kind::kDiscover ? issuer.policy.issuer : issuer.keys.value;
}

// Request: without a bearer token.
FetchRequest Request(const RefresherOptions& options, const KeyTransport& transport) {
  FetchRequest request;
  request.timeout = options.fetch_timeout;
  const bool has_own_ca = !transport.ca_file.empty();
  request.ca_file = has_own_ca ? transport.ca_file : options.ca_file;
  request.system_ca = has_own_ca ? transport.system_ca : options.system_ca;
  request.proxy = transport.proxy.value_or(options.proxy);
  // The hosts that the host's proxy is not for are no reason to go around the issuer's own.
  request.no_proxy = transport.no_proxy.value_or(transport.proxy ? "" : options.no_proxy);
  request.proxy_setting = transport.proxy ? "keys.proxy" : options.proxy_setting;
  request.allow_private_addresses = options.allow_private_addresses || transport.private_addresses;
  request.plain_http_is_dangerous = transport.plain_http_is_dangerous;
  return request;
}

}  // namespace

Result<std::string> ReadBearerToken(const std::string& path) {
  constexpr std::size_t kLineEnd = 2;
  Result<std::string> text = ReadWholeFile(path, kMaxBearerTokenBytes + kLineEnd);
  if (!text) return Error{"the bearer token: " + text.error()};
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->size() > kMaxBearerTokenBytes) return Error{"the bearer token in " + path + " is too long"};
  if (!IsBearerToken(*text)) return Error{path + " holds no bearer token (RFC 6750 section 2.1)"};
  return text;
}

Result<FetchRequest> KeyRequest(const RefresherOptions& options, const IssuerConfig& issuer) {
  FetchRequest request = Request(options, issuer.keys.transport);
  const std::string& path = issuer.keys.transport.bearer_token_file;
  if (path.empty()) return request;
  Result<std::string> token = ReadBearerToken(path);
  if (!token) return Error{token.error()};
  request.bearer_token = std::move(*token);
  return request;
}

void WithholdToken(const IssuerConfig& issuer, FetchRequest* request) {
  const Result<Url> own = Url::Parse(AskedFirst(issuer)), url = Url::Parse(request->url);
  if (!own || !url || !url->https || !url->HasOriginOf(*own)) request->bearer_token.clear();
}

std::string CaFileOf(const RefresherOptions& options, const IssuerConfig& issuer) {
  return Request(options, issuer.keys.transport).ca_file;
}

std::string SourceText(const RefresherOptions& options, const IssuerConfig& issuer) {
  const std::string source = issuer.keys.kind == KeySource::Kind::kDiscover ? "discovery" : issuer.keys.value;
  const FetchRequest request = Request(options, issuer.keys.transport);
  const std::string& token_file = issuer.keys.transport.bearer_token_file;
  const bool is_usual = request.ca_file.empty() && request.proxy.empty() && token_file.empty() &&
                        !request.allow_private_addresses && !request.plain_http_is_dangerous;
  if (is_usual) return source;
  // The CA's certificates are what counts, wherever they lie; a file that cannot be read vouches for nobody.
  const Result<std::string> pem =
      request.ca_file.empty() ? Result<std::string>("") : ReadWholeFile(request.ca_file, kMaxPemBytes);
  std::string whole;
  json::Writer writer(&whole);
  writer.Begin('{')
      .Member("ca", pem ? HexDigest(*pem) : "unreadable")
      .Member("system_ca", request.system_ca ? "1" : "");
  writer.Member("proxy", request.proxy).Member("no_proxy", request.no_proxy).Member("token_file", token_file);
  writer.Member("private", request.allow_private_addresses ? "1" : "");
  writer.Member("plain", request.plain_http_is_dangerous ? "1" : "").End('}');
  return source + " " + HexDigest(whole);
}

}  // namespace assay::remote
