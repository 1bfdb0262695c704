#include "engine/config/known_issuers.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "engine/policy/issuer_names.h"

namespace assay {
namespace {

// Owner: the whole path of a claim that says for whom a token was made. What lies beside it in an object, or below it,
// need not: each namespace of a cluster has a service account of the name `default`.
using Owner = std::array<std::string_view, 2>;  // from the root inwards; the second empty: a claim of the token itself

// RequesterChosen: issuers whose tokens have the audience that the requester asks for, and the claims that say for whom
// they were made.
struct RequesterChosen {
  std::string_view start;  // of the issuer; `*`: one or more names of a domain, or, before a path, all up to that path
  std::array<Owner, 4> owners;  // the rest empty
  std::string_view text;
};

// kClusterOwners: of Kubernetes' service accounts. Of the object `kubernetes.io` the namespace alone is an owner.
constexpr std::array<Owner, 4> kClusterOwners = {{{"sub"}, {"kubernetes.io", "namespace"}}};
constexpr std::string_view kClusterText = R"(sub or ["kubernetes.io", "namespace"])";

constexpr std::array<Owner, 4> kGitHubOwners = {
    {{"repository_owner_id"}, {"repository_id"}, {"enterprise_id"}, {"sub"}}};
constexpr std::string_view kGitHubText = "repository_owner_id, repository_id, enterprise_id or sub";

constexpr RequesterChosen kRequesterChosen[] = {
    {"https://token.actions.githubusercontent.com", kGitHubOwners, kGitHubText},
    {"https://*/_services/token", kGitHubOwners, kGitHubText},  // GitHub Enterprise Server
    {"https://gitlab.com", {{{"namespace_id"}, {"project_id"}, {"sub"}}}, "namespace_id, project_id or sub"},
    {"https://kubernetes.default.svc", kClusterOwners, kClusterText},
    {"https://oidc.eks", kClusterOwners, kClusterText},  // Amazon's, Google's and Azure's clusters
    {"https://container.googleapis.com/v1/projects/", kClusterOwners, kClusterText},
    {"https://*.oic.prod-aks.azure.com", kClusterOwners, kClusterText},
    {"https://accounts.google.com", {{{"sub"}, {"hd"}, {"email"}, {"azp"}}}, "sub, hd, email or azp"},
    {"accounts.google.com", {{{"sub"}, {"hd"}, {"email"}, {"azp"}}}, "sub, hd, email or azp"},
};

constexpr std::string_view kWriteNotBefore[] = {"https://login.microsoftonline.com/", "https://sts.windows.net/",
                                                "https://login.microsoftonline.us/",
                                                "https://token.actions.githubusercontent.com", "https://gitlab.com"};

constexpr std::string_view kEntraVersion1 = "https://sts.windows.net/";

// kTenants: where the first segment of the path is a tenant's id, in tokens: metadata is found by other names as well.
constexpr std::string_view kTenants[] = {"https://login.microsoftonline.com/", "https://login.microsoftonline.us/",
                                         "https://login.partner.microsoftonline.cn/", kEntraVersion1};

// StartsWithHost: `name` is `start`, or goes on with a path; where a path stands behind the star of `start`, it ends
// so.
bool StartsWithHost(std::string_view name, std::string_view start) {
  if (const std::size_t star = start.find('*'); star != std::string_view::npos) {
    const std::string_view end = start.substr(star + 1);
    const std::string_view whole = end.find('/') == end.npos ? name.substr(0, name.find('/', star)) : name;
    return name.starts_with(start.substr(0, star)) && whole.size() > start.size() - 1 && whole.ends_with(end);
  }
  return name.starts_with(start) && (name.size() == start.size() || start.ends_with('/') || name[start.size()] == '/' ||
                                     name[start.size()] == '.');
}

bool IsSame(const ClaimPath& claim, const Owner& owner) {
  return claim.front() == owner[0] &&
         (owner[1].empty() ? claim.size() == 1 : claim.size() == 2 && claim[1] == owner[1]);
}

// IsNarrowed: whether one of `owners` must be one of some values.
bool IsNarrowed(const PolicyConfig& policy, std::span<const Owner> owners) {
  const auto is_owner = [&](const ClaimPath& claim) {
    return std::any_of(owners.begin(), owners.end(), [&](const Owner& owner) { return IsSame(claim, owner); });
  };
  return std::any_of(policy.claim_rules.begin(), policy.claim_rules.end(),
                     [&](const ClaimRule& rule) {
                       const bool is_exact = rule.op == ClaimOperator::kIn || rule.op == ClaimOperator::kIs;
                       return is_exact && is_owner(rule.claim);
                     }) ||
         std::any_of(policy.required_claims.begin(), policy.required_claims.end(),
                     [&](const RequiredClaim& claim) { return !claim.values.empty() && is_owner(claim.claim); });
}

// WhyNotItsName: of an issuer whose tokens name it otherwise.
std::string_view WhyNotItsName(std::string_view issuer) {
  constexpr std::string_view kHttps = "https://";
  if (!issuer.starts_with(kHttps)) return {};
  const std::string_view host = issuer.substr(kHttps.size(), issuer.find('/', kHttps.size()) - kHttps.size());
  const std::string_view path = issuer.substr(kHttps.size() + host.size());
  if (path.find("/.well-known") != path.npos || path.ends_with(".json")) {
    return "no token has it: it is the address of a document, whose `issuer` would be the name";
  }
  const bool is_okta =
      host.ends_with(".okta.com") || host.ends_with(".oktapreview.com") || host.ends_with(".okta-emea.com");
  if (is_okta && (path.empty() || path == "/")) {
    return "is Okta's org authorization server, whose access tokens are for Okta alone, and its ID tokens for their "
           "client: access tokens for others come from a custom one, such as https://…/oauth2/default";
  }
  if (host.ends_with(".auth0.com") && path.empty()) return "no token has it: Auth0 writes a slash behind it";
  return {};
}

}  // namespace

std::string_view WhyNoTokenNames(std::string_view issuer) {
  for (const std::string_view start : kTenants) {
    if (!issuer.starts_with(start)) continue;
    const std::string_view tenant = issuer.substr(start.size(), issuer.find('/', start.size()) - start.size());
    if (tenant == "consumers") {
      return "no token has it: Entra writes the id of a tenant in its place, of personal accounts "
             "9188040d-6c67-4c5b-b112-36a304b66dad";
    }
    if (tenant == "common" || tenant == "organizations") {
      return "no token has it: Entra writes the id of a tenant in its place; for several tenants give a template, with "
             "their ids";
    }
    if (tenant.find('.') != std::string_view::npos && tenant.find('{') == std::string_view::npos) {
      return "no token has it: Entra writes the id of the tenant in place of its domain";
    }
    const std::string_view rest = issuer.substr(start.size() + tenant.size());
    const bool is_version_1 = start == kEntraVersion1;
    if (tenant.empty() || !(rest.empty() || (rest == "/" && !is_version_1))) continue;
    return is_version_1 ? "no token has it: Entra writes a slash behind it"
                        : "no token has it: Entra writes /v2.0 behind the tenant, or https://sts.windows.net/TENANT/ "
                          "in tokens of version 1";
  }
  return WhyNotItsName(issuer);
}

std::string_view WhoseAudience(std::string_view audience, std::string_view issuer) {
  if (audience == "account") return issuer.find("/realms/") != issuer.npos ? "Keycloak" : "";
  constexpr std::pair<std::string_view, std::string_view> kWhose[] = {
      {"https://graph.microsoft.com", "Microsoft Graph"},
      {"00000003-0000-0000-c000-000000000000", "Microsoft Graph"},
      {"https://kubernetes.default.svc", "the cluster's API server"}};
  for (const auto& [start, whose] : kWhose) {
    if (audience == start || (start.starts_with("https:") && StartsWithHost(audience, start))) return whose;
  }
  return audience.starts_with("https://") && audience.ends_with(".auth0.com/userinfo") ? "Auth0" : "";
}

KnownIssuer::KnownIssuer(const PolicyConfig& policy) : policy_(policy) {
  const Result<IssuerNames> names = IssuerNames::Build(policy);
  if (names) names_ = names->all();
}

bool KnownIssuer::HasName(std::string_view start) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& name) { return StartsWithHost(name, start); });
}

std::string_view KnownIssuer::MissingOwner() const {
  for (const RequesterChosen& known : kRequesterChosen) {
    if (HasName(known.start) && !IsNarrowed(policy_, known.owners)) return known.text;
  }
  return {};
}

bool KnownIssuer::GivesToAnyone() const {
  return !policy_.subject_trust_domain.empty() ||
         std::any_of(std::begin(kRequesterChosen), std::end(kRequesterChosen),
                     [&](const RequesterChosen& known) { return HasName(known.start); });
}

bool KnownIssuer::WritesNotBefore() const {
  return std::any_of(std::begin(kWriteNotBefore), std::end(kWriteNotBefore),
                     [&](std::string_view start) { return HasName(start); });
}

}  // namespace assay
