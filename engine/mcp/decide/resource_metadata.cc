#include "engine/mcp/decide/resource_metadata.h"

#include <algorithm>
#include <vector>

#include "engine/base/url.h"
#include "engine/json/strict.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

void AppendList(std::string_view name, const std::vector<std::string>& items, std::string* out) {
  *out += ',';
  json::AppendQuoted(name, out);
  *out += ":[";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) *out += ',';
    json::AppendQuoted(items[i], out);
  }
  *out += ']';
}

// Where path and query of an absolute URI begin.
std::size_t PathBegin(std::string_view uri) {
  return std::min(uri.find_first_of("/?", uri.find("://") + 3), uri.size());
}

}  // namespace

std::optional<std::string> CanonicalResource(std::string_view text) {
  const auto uri = SplitUri(text);
  if (!uri || !Url::Parse(text) || !HasPlainHttpAuthority(*uri) || uri->has_fragment || HasDotSegment(text)) {
    return std::nullopt;
  }
  std::string out = LowerCase(uri->scheme) + "://" + LowerCase(uri->host);
  if (uri->has_port) out += ':' + std::string(uri->port);
  if (uri->path != "/" || uri->has_query) out += uri->path;
  if (uri->has_query) out += '?' + std::string(uri->query);
  return out;
}

std::string MetadataUrl(std::string_view resource) {
  const std::size_t host_end = PathBegin(resource);
  std::string_view rest = resource.substr(host_end);
  // RFC 9728 section 3.1: the slash that ends the host is not of the path.
  if (rest == "/" || rest.starts_with("/?")) rest.remove_prefix(1);
  std::string url(resource.substr(0, host_end));
  url += "/.well-known/oauth-protected-resource";
  url += rest;
  return url;
}

std::string MetadataDocument(const ScopePolicy& policy) {
  const ScopePolicyConfig& config = policy.config();
  std::string out = "{\"resource\":";
  json::AppendQuoted(config.resource, &out);
  AppendList("authorization_servers", config.authorization_servers, &out);
  if (!config.scopes_supported.empty()) AppendList("scopes_supported", config.scopes_supported, &out);
  AppendList("bearer_methods_supported", {"header"}, &out);
  out += '}';
  return out;
}

bool IsMetadataTarget(const ScopePolicy& policy, std::string_view target) {
  const std::string_view url = policy.metadata_url();
  return target == url.substr(PathBegin(url));
}

}  // namespace assay::mcp
