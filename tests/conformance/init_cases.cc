#include "tests/conformance/init_cases.h"

namespace assay::testing {
namespace {

constexpr std::string_view kTenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
constexpr std::string_view kOtherTenant = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
constexpr std::string_view kEntraApi = "00001111-aaaa-2222-bbbb-3333cccc4444";
constexpr std::string_view kEntraClient = "11112222-bbbb-3333-cccc-4444dddd5555";
constexpr std::string_view kWorkOsOrganization = "org_01HRDMC6CM357W30QMHMQ96Q0S";

void AddHosted(std::vector<InitCase>* cases) {
  const std::vector<Variant> auth0 = {
      {"an ID token", R"({"aud": "my_client_id", "scope": null})", Reason::kWrongAudience},
      {"another client's", R"({"azp": "other_client_id"})", Reason::kClaimMismatch}};
  cases->push_back(
      {"Auth0",
       "auth0",
       {{"domain", "my-domain.auth0.com"}, {"audience", "https://my-api.example.com"}, {"client-id", "my_client_id"}},
       "Auth0",
       "{}",
       {"the RFC 9068 profile", "permissions as a string", "a plan as an array"},
       auth0});
  cases->push_back({"Auth0, any client",
                    "auth0",
                    {{"domain", "my-domain.auth0.com"}, {"audience", "https://my-api.example.com"}},
                    "Auth0",
                    "{}",
                    {"permissions as a string", "a plan as an array"},
                    {auth0[0]}});
  const std::vector<Variant> okta = {
      {"an ID token of the same audience", R"({"cid": null, "scp": null})", Reason::kClaimMissing},
      {"the org server's", R"({"iss": "https://acme.okta.com"})", Reason::kIssuerUnknown}};
  cases->push_back({"Okta",
                    "okta",
                    {{"issuer", "https://acme.okta.com/oauth2/default"},
                     {"audience", "api://default"},
                     {"client-id", "nmdP1fcyvdVO11AL7ECm"}},
                    "Okta custom authorization server",
                    "{}",
                    {"groups as a string"},
                    okta});
  cases->push_back({"Okta, any client",
                    "okta",
                    {{"issuer", "https://acme.okta.com/oauth2/default"}, {"audience", "api://default"}},
                    "Okta custom authorization server",
                    "{}",
                    {"another client's", "groups as a string"},
                    okta});
  cases->push_back({"WorkOS",
                    "workos",
                    {{"domain", "acme.authkit.app"},
                     {"audience", "https://mcp.example.com/mcp"},
                     {"organization", kWorkOsOrganization}},
                    "WorkOS Connect",
                    "{}",
                    {},
                    {{"another resource's", R"({"aud": "https://mcp.example.com/other"})", Reason::kWrongAudience}}});
  cases->push_back({"WorkOS session",
                    "workos-session",
                    {{"client-id", "client_123456789"}, {"organization", kWorkOsOrganization}},
                    "WorkOS session",
                    "{}",
                    {},
                    {{"the other spelling of the issuer", R"({"iss": "https://api.workos.com/"})", Reason::kAccepted},
                     {"of a custom domain", R"({"iss": "https://auth.acme.example"})", Reason::kIssuerUnknown}}});
  cases->push_back({"WorkOS session, own domain",
                    "workos-session",
                    {{"client-id", "client_123456789"},
                     {"organization", kWorkOsOrganization},
                     {"issuer", "https://auth.acme.example"}},
                    "WorkOS session",
                    R"({"iss": "https://auth.acme.example"})",
                    {},
                    {{"of another domain", R"({"iss": "https://api.workos.com"})", Reason::kIssuerUnknown}}});
}

void AddHostedOfProjects(std::vector<InitCase>* cases) {
  cases->push_back({"Supabase",
                    "supabase",
                    {{"project-id", "abcdefghijklmnopqrst"}},
                    "Supabase",
                    "{}",
                    {"roles as a string"},
                    {{"the anonymous key's", R"({"role": "anon"})", Reason::kClaimMismatch},
                     {"another audience's", R"({"aud": "other"})", Reason::kWrongAudience}}});
  const std::vector<Variant> clerk = {
      {"version 1 by its number", R"({"v": 1})", Reason::kClaimMismatch},
      {"of no session", R"({"sid": null})", Reason::kClaimMissing},
      {"another instance's", R"({"iss": "https://clerk.example.org"})", Reason::kIssuerUnknown}};
  cases->push_back(
      {"Clerk",
       "clerk",
       {{"domain", "clerk.example.com"}, {"origin", "https://app.example.com"}, {"organization", "org_123"}},
       "Clerk session",
       "{}",
       {},
       clerk});
  cases->push_back({"Clerk, any organization",
                    "clerk",
                    {{"domain", "clerk.example.com"}, {"origin", "https://app.example.com"}},
                    "Clerk session",
                    "{}",
                    {"another organization's"},
                    clerk});
  cases->push_back(
      {"ZITADEL",
       "zitadel",
       {{"domain", "acme.zitadel.cloud"}, {"audience", "69234237810729019"}, {"organization", "165461784530191297"}},
       "ZITADEL",
       "{}",
       {},
       {{"an ID token", R"({"jti": null, "nbf": null, "at_hash": "a", "nonce": "n"})", Reason::kClaimMissing},
        {"of no organization", R"({"urn:zitadel:iam:user:resourceowner:id": null})", Reason::kClaimMissing},
        {"another instance's", R"({"iss": "https://globex.zitadel.cloud"})", Reason::kIssuerUnknown}}});
}

void AddEntra(std::vector<InitCase>* cases) {
  const Variant id_token = {"an ID token", R"({"azp": null, "scp": null})", Reason::kClaimMissing};
  const Variant client = {"another client's", R"({"azp": "22223333-cccc-4444-dddd-5555eeee6666"})",
                          Reason::kClaimMismatch};
  cases->push_back({"Entra",
                    "entra",
                    {{"tenant", kTenant}, {"audience", kEntraApi}, {"client-id", kEntraClient}},
                    "Entra v2",
                    "{}",
                    {},
                    {id_token, client}});
  cases->push_back(
      {"Entra, any client", "entra", {{"tenant", kTenant}, {"audience", kEntraApi}}, "Entra v2", "{}", {}, {id_token}});
  cases->push_back({"Entra, several tenants",
                    "entra-multi-tenant",
                    {{"tenant", kTenant}, {"tenant", kOtherTenant}, {"audience", kEntraApi}},
                    "Entra, several tenants",
                    "{}",
                    {},
                    {id_token}});
  cases->push_back(
      {"Entra, several tenants, one client",
       "entra-multi-tenant",
       {{"tenant", kTenant}, {"tenant", kOtherTenant}, {"audience", kEntraApi}, {"client-id", kEntraClient}},
       "Entra, several tenants",
       "{}",
       {},
       {id_token, client}});
}

void AddCloud(std::vector<InitCase>* cases) {
  constexpr std::string_view kGoogleClient = "1234987819200.apps.googleusercontent.com";
  constexpr std::string_view kBackend = "/projects/123/global/backendServices/456";
  cases->push_back({"Cognito",
                    "cognito",
                    {{"pool", "us-east-1_example"}, {"client-id", "xxxxxxxxxxxxexample"}},
                    "Cognito access token"});
  cases->push_back({"Google, a domain's",
                    "google",
                    {{"audience", kGoogleClient}, {"hosted-domain", "example.com"}},
                    "Google ID and service account tokens"});
  cases->push_back({"Google, an account's",
                    "google",
                    {{"audience", kGoogleClient}, {"subject", "10769150350006150715113082367"}},
                    "Google ID and service account tokens",
                    "{}",
                    {"another company's", "a private person's"},
                    {{"another account's", R"({"sub": "10769150350006150715113082368"})", Reason::kClaimMismatch},
                     {"an account as a number", R"({"sub": 1})", Reason::kBadClaimType}}});
  cases->push_back(
      {"Firebase",
       "firebase",
       {{"project-id", "my-project"}, {"sign-in-provider", "password"}, {"sign-in-provider", "google.com"}},
       "Firebase",
       "{}",
       {},
       {{"of no user", R"({"sub": null})", Reason::kClaimMissing}}});
  cases->push_back({"Cloudflare",
                    "cloudflare-access",
                    {{"domain", "yourteam.cloudflareaccess.com"},
                     {"audience", "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"}},
                    "Cloudflare Access"});
  cases->push_back({"IAP", "gcp-iap", {{"audience", kBackend}, {"hosted-domain", "example.com"}}, "Google Cloud IAP"});
  cases->push_back(
      {"IAP, any domain", "gcp-iap", {{"audience", kBackend}}, "Google Cloud IAP", "{}", {"another company's"}});
}

void AddServers(std::vector<InitCase>* cases) {
  const std::vector<std::string_view> roles = {"roles with a dotted name", "roles as a string"};
  const Variant realm = {"another realm's", R"({"iss": "https://keycloak.example.com/realms/globex"})",
                         Reason::kIssuerUnknown};
  const Variant logout = {"a logout token", R"({"typ": "Logout"})", Reason::kClaimMismatch};
  cases->push_back({"Keycloak",
                    "keycloak",
                    {{"issuer", "https://keycloak.example.com/realms/acme"}, {"client-id", "mcp-client"}},
                    "Keycloak",
                    "{}",
                    roles,
                    {realm, logout, {"an ID token's kind", R"({"typ": "ID"})", Reason::kClaimMismatch}}});
  cases->push_back({"Keycloak with a mapper",
                    "keycloak",
                    {{"issuer", "https://keycloak.example.com/realms/acme"},
                     {"client-id", "mcp-client"},
                     {"audience", "https://files.example.com"}},
                    "Keycloak",
                    R"({"aud": ["https://files.example.com", "account"]})",
                    roles,
                    {realm, logout, {"of no audience", R"({"aud": null})", Reason::kAudienceMissing}}});
  cases->push_back({"Duende",
                    "duende",
                    {{"issuer", "https://idsrv.example.com"}, {"audience", "invoice"}, {"client-id", "web_viewer"}},
                    "Duende IdentityServer",
                    "{}",
                    {},
                    {{"another client's", R"({"client_id": "other"})", Reason::kClaimMismatch},
                     {"another server's", R"({"iss": "https://idsrv.example.org"})", Reason::kIssuerUnknown},
                     {"a logout token", "{}", Reason::kWrongType, R"({"typ": "logout+jwt"})"}}});
}

void AddJobs(std::vector<InitCase>* cases) {
  const Variant other_service = {"one for another service", R"({"aud": "https://other.example.com"})",
                                 Reason::kWrongAudience};
  const std::vector<std::string_view> prefixes = {"a longer name's", "another workflow's"};
  cases->push_back({"GitHub",
                    "github-actions",
                    {{"audience", "https://deploy.example.com"},
                     {"owner-id", "65"},
                     {"repository-id", "74"},
                     {"ref", "refs/heads/main"}},
                    "GitHub Actions",
                    "{}",
                    prefixes,
                    {{"another repository's", R"({"repository_id": "75"})", Reason::kClaimMismatch},
                     {"an enterprise's", R"({"iss": "https://token.actions.githubusercontent.com/octo"})",
                      Reason::kIssuerUnknown}}});
  cases->push_back({"GitHub, any repository",
                    "github-actions",
                    {{"audience", "https://deploy.example.com"}, {"owner-id", "65"}},
                    "GitHub Actions",
                    "{}",
                    {prefixes[0], prefixes[1], "another branch's"}});
  cases->push_back({"GitLab",
                    "gitlab-ci",
                    {{"audience", "https://vault.example.com"}, {"namespace-id", "72"}, {"project-id", "20"}},
                    "GitLab CI",
                    "{}",
                    {},
                    {other_service}});
  cases->push_back(
      {"GitLab, own instance",
       "gitlab-ci",
       {{"audience", "https://vault.example.com"}, {"namespace-id", "72"}, {"issuer", "https://gitlab.example.com"}},
       "GitLab CI",
       R"({"iss": "https://gitlab.example.com"})",
       {"another project's", "another instance's"},
       {other_service, {"gitlab.com's", R"({"iss": "https://gitlab.com"})", Reason::kIssuerUnknown}}});
}

void AddWorkloads(std::vector<InitCase>* cases) {
  constexpr std::string_view kAccount = "system:serviceaccount:payments:worker";
  cases->push_back(
      {"Kubernetes", "kubernetes", {{"audience", "gateway"}, {"subject", kAccount}}, "Kubernetes service accounts"});
  cases->push_back({"Kubernetes, public keys",
                    "kubernetes",
                    {{"audience", "gateway"}, {"subject", kAccount}, {"issuer", "https://oidc.example.com/id/1"}},
                    "Kubernetes service accounts",
                    R"({"iss": "https://oidc.example.com/id/1"})"});
  cases->push_back(
      {"SPIFFE",
       "spiffe",
       {{"trust-domain", "example.org"},
        {"audience", "spiffe://example.org/gateway"},
        {"subject", "spiffe://example.org/ns/payments/sa/worker"},
        {"bundle-url", "https://spiffe.example.org/bundle"}},
       "SPIFFE JWT-SVID",
       "{}",
       {},
       {{"another workload's", R"({"sub": "spiffe://example.org/ns/payments/sa/other"})", Reason::kClaimMismatch},
        {"one below it", R"({"sub": "spiffe://example.org/ns/payments/sa/worker/x"})", Reason::kClaimMismatch}}});
}

}  // namespace

const std::vector<InitCase>& InitCases() {
  static const std::vector<InitCase> cases = [] {
    std::vector<InitCase> all;
    for (const auto add : {AddHosted, AddHostedOfProjects, AddEntra, AddCloud, AddServers, AddJobs, AddWorkloads}) {
      add(&all);
    }
    return all;
  }();
  return cases;
}

}  // namespace assay::testing
