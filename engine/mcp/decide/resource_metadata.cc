#include "engine/mcp/decide/resource_metadata.h"

#include <algorithm>
#include <array>

#include "engine/base/url.h"
#include "engine/json/writer.h"
#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

// PathBegin: where path and query of an absolute URI begin.
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
  std::string out;
  json::Writer writer(&out);
  writer.Begin('{').Member("resource", config.resource).Member("authorization_servers", config.authorization_servers);
  if (!config.scopes_supported.empty()) writer.Member("scopes_supported", config.scopes_supported);
  writer.Member("bearer_methods_supported", std::array{"header"}).End('}');
  return out;
}

bool IsMetadataTarget(const ScopePolicy& policy, std::string_view target) {
  const std::string_view url = policy.metadata_url();
  return target == url.substr(PathBegin(url));
}

}  // namespace assay::mcp
