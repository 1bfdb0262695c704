#include "engine/mcp/decide/resource_metadata.h"

#include <algorithm>
#include <array>
#include <vector>

#include "engine/base/url.h"
#include "engine/json/writer.h"
#include "engine/mcp/decide/policy_config.h"
#include "engine/mcp/decide/scope_policy.h"
#include "engine/mcp/request/uri.h"

namespace assay::mcp {
namespace {

constexpr std::string_view kWellKnown = "/.well-known/oauth-protected-resource";

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
  url += kWellKnown;
  url += rest;
  return url;
}

std::string MetadataDocument(const ScopePolicy& policy) {
  const ScopePolicyConfig& config = policy.config();
  const Metadata& metadata = config.metadata;
  std::string out;
  json::Writer writer(&out);
  writer.Begin('{').Member("resource", config.resource).Member("authorization_servers", config.authorization_servers);
  if (!config.scopes_supported.empty()) {
    std::vector<std::string> scopes;
    for (const std::string& scope : config.scopes_supported) {
      // offline_access is the issuer's, and has no resource's prefix.
      scopes.push_back(scope == kOfflineAccess ? scope : config.scope_prefix + scope);
    }
    writer.Member("scopes_supported", scopes);
  }
  writer.Member("bearer_methods_supported", std::array{"header"});
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) writer.Member(name, value);
  };
  add("resource_name", metadata.resource_name);
  add("resource_documentation", metadata.resource_documentation);
  add("resource_policy_uri", metadata.resource_policy_uri);
  add("resource_tos_uri", metadata.resource_tos_uri);
  add("jwks_uri", metadata.jwks_uri);
  if (metadata.dpop_bound_access_tokens_required) writer.Name("dpop_bound_access_tokens_required").Raw("true");
  if (metadata.tls_client_certificate_bound_access_tokens) {
    writer.Name("tls_client_certificate_bound_access_tokens").Raw("true");
  }
  writer.End('}');
  return out;
}

bool IsMetadataTarget(const ScopePolicy& policy, std::string_view target) {
  const std::string_view url = policy.metadata_url();
  return target == url.substr(PathBegin(url)) || target == kWellKnown;
}

}  // namespace assay::mcp
