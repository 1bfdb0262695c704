// Servers that one runs oneself, and identities of workloads.
#include "tests/conformance/providers.h"

namespace assay::testing {
namespace {

constexpr Provider kKeycloak = {
    "Keycloak",
    "https://www.keycloak.org/docs/latest/server_admin/#_audience",
    R"({"issuer": "https://keycloak.example.com/realms/acme", "keys": {"discover": true},
        "audience_from": {"claim": "azp", "in": ["mcp-client"]}, "client_claim": "azp",
        "claims": [{"claim": "typ", "in": ["Bearer"]}, {"claim": ["realm_access", "roles"], "has": ["editor"]}],
        "scopes": {"claim": ["resource_access", "mcp-client", "roles"], "form": "array"}})",
    R"({"alg": "RS256", "typ": "JWT", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE"})",
    R"({"jti": "b1384883-9bf8-4b3d-8a5a-3a9b5f3f8b5d", "iss": "https://keycloak.example.com/realms/acme",
        "sub": "1b3a1f1a-4f4f-4b4b-8e8e-2d2d2d2d2d2d", "typ": "Bearer", "azp": "mcp-client", "acr": "1",
        "sid": "8c6a5f5e-1f1f-4a4a-9b9b-3c3c3c3c3c3c", "allowed-origins": ["https://app.example.com"],
        "realm_access": {"roles": ["default-roles-acme", "editor"]},
        "resource_access": {"mcp-client": {"roles": ["files:read"]}},
        "scope": "profile email", "email_verified": false, "preferred_username": "alice"})",
    {{{"another client's", R"({"azp": "other-client"})", Reason::kWrongAudience},
      {"an ID token", R"({"typ": "ID", "aud": "mcp-client"})", Reason::kWrongAudience},
      {"a refresh token", R"({"typ": "Refresh"})", Reason::kClaimMismatch},
      {"one for another service", R"({"aud": "account"})", Reason::kWrongAudience},
      {"roles with a dotted name", R"({"realm_access": null, "realm_access.roles": ["editor"]})",
       Reason::kClaimMissing},
      {"roles as a string", R"({"realm_access": {"roles": "editor"}})", Reason::kClaimMismatch}}}};

constexpr Provider kDuende = {
    "Duende IdentityServer",
    "https://docs.duendesoftware.com/identityserver/apis/aspnetcore/authorization",
    R"({"issuer": "https://idsrv.example.com", "audiences": ["invoice"], "keys": {"discover": true},
        "token_type": "at+jwt", "scopes": {"claim": "scope", "form": "array"}})",
    R"({"alg": "RS256", "kid": "4A7DE5B4F0E1B9D0D2A2C1", "typ": "at+jwt"})",
    R"({"iss": "https://idsrv.example.com", "nbf": 1699999940, "aud": ["invoice"], "client_id": "web_viewer",
        "scope": ["invoice.read", "invoice.pay"], "sub": "123", "amr": ["pwd"], "sid": "9A6C", "jti": "2C0F"})",
    {{{"scopes as a string", R"({"scope": "invoice.read invoice.pay"})", Reason::kBadClaimType},
      {"an ID token", R"({"aud": "web_viewer", "scope": null})", Reason::kWrongAudience, R"({"typ": "JWT"})"},
      {"another type", "{}", Reason::kWrongType, R"({"typ": "JWT"})"},
      {"another API's", R"({"aud": ["customer"]})", Reason::kWrongAudience},
      {"scopes that are no strings", R"({"scope": ["invoice.read", 1]})", Reason::kBadClaimType}}}};

// Audience is the client: only the scopes tell an access token from an ID token.
constexpr Provider kSpring = {
    "Spring Authorization Server",
    "https://docs.spring.io/spring-authorization-server/reference/core-model-components.html",
    R"({"issuer": "https://auth.example.com", "audiences": ["messaging-client"], "keys": {"discover": true},
        "required_claims": ["scope"], "scopes": {"claim": "scope", "form": "array"}})",
    R"({"alg": "RS256", "kid": "7e2b1f5c-3c4b-4a4e-9a52-0c8f3f3b0a11"})",
    R"({"iss": "https://auth.example.com", "sub": "user1", "aud": "messaging-client", "nbf": 1699999940,
        "scope": ["message.read", "message.write"], "jti": "d1f6c2f5-1e0e-4d3e-8b57-1b0f4e6f4d0c"})",
    {{{"another client's", R"({"aud": "other-client"})", Reason::kWrongAudience},
      {"an ID token", R"({"scope": null, "azp": "messaging-client", "auth_time": 1699999940})", Reason::kClaimMissing},
      {"scopes as a string", R"({"scope": "message.read"})", Reason::kBadClaimType}}}};

constexpr Provider kUaa = {
    "Cloud Foundry UAA and SAP XSUAA",
    "https://docs.cloudfoundry.org/api/uaa/version/78.7.0/index.html",
    R"({"issuer": "https://acme.authentication.eu10.hana.ondemand.com/oauth/token", "audiences": ["files!t42"],
        "keys": {"url": "https://acme.authentication.eu10.hana.ondemand.com/token_keys"},
        "client_claim": "cid", "tenant_claim": "zid", "scopes": {"claim": "scope", "form": "array"},
        "claims": [{"claim": "zid", "in": ["b1f5a3c0-0000-4000-8000-000000000001"]},
                   {"claim": ["xs.user.attributes", "country"], "has": ["DE"]}]})",
    R"({"alg": "RS256", "typ": "JWT", "kid": "default-jwt-key-1",
        "jku": "https://acme.authentication.eu10.hana.ondemand.com/token_keys"})",
    R"({"jti": "67cc5918171f44a5b4adcdac7642ad6d", "iss": "https://acme.authentication.eu10.hana.ondemand.com/oauth/token",
        "sub": "c8e9b7e8-ab2f-461e-94a0-fa2d76c0d74f", "scope": ["files!t42.Read", "openid"],
        "client_id": "sb-files!t42", "cid": "sb-files!t42", "azp": "sb-files!t42", "grant_type": "authorization_code",
        "user_id": "c8e9b7e8-ab2f-461e-94a0-fa2d76c0d74f", "origin": "sap.default", "user_name": "jane@example.com",
        "rev_sig": "416147db", "zid": "b1f5a3c0-0000-4000-8000-000000000001", "aud": ["files!t42", "openid"],
        "xs.user.attributes": {"country": ["DE", "FR"]}, "ext_attr": {"zdn": "acme"}})",
    {{{"another zone's", R"({"zid": "b1f5a3c0-0000-4000-8000-000000000002"})", Reason::kClaimMismatch},
      {"another application's", R"({"aud": ["other!t43", "openid"]})", Reason::kWrongAudience},
      {"scopes as a string", R"({"scope": "files!t42.Read openid"})", Reason::kBadClaimType},
      {"another country's", R"({"xs.user.attributes": {"country": ["US"]}})", Reason::kClaimMismatch},
      {"another subscriber's", R"({"iss": "https://globex.authentication.eu10.hana.ondemand.com/oauth/token"})",
       Reason::kIssuerUnknown}}}};

constexpr Provider kHydra = {
    "Ory Hydra",
    "https://www.ory.com/docs/oauth2-oidc/jwt-access-token",
    R"({"issuer": "https://hydra.example.com/", "audiences": ["https://api.my-cloud.com/user"],
        "keys": {"discover": true}, "scope_claim": "scp", "tenant_claim": ["ext", "tenant"],
        "claims": [{"claim": ["ext", "tenant"], "in": ["acme"]}, {"claim": "client_id", "exists": true}]})",
    R"({"alg": "RS256", "kid": "public:hydra.jwt.access-token", "typ": "JWT"})",
    R"({"aud": ["https://api.my-cloud.com/user"], "client_id": "my-client", "ext": {"tenant": "acme"},
        "iss": "https://hydra.example.com/", "jti": "8a7f4f0e-4f4c-4a0e-9a2e-6d6c8f0a3e11", "nbf": 1699999940,
        "scp": ["files:read", "offline"], "sub": "my-user"})",
    {{{"one for nobody", R"({"aud": []})", Reason::kWrongAudience},
      {"another tenant's", R"({"ext": {"tenant": "globex"}})", Reason::kClaimMismatch},
      {"of no tenant", R"({"ext": null})", Reason::kClaimMissing},
      {"scopes as numbers", R"({"scp": [1, 2]})", Reason::kBadClaimType},
      {"an ID token", R"({"aud": ["my-client"], "client_id": null})", Reason::kWrongAudience}}}};

constexpr Provider kGitHub = {
    "GitHub Actions",
    "https://docs.github.com/en/actions/reference/security/oidc",
    R"({"issuer": "https://token.actions.githubusercontent.com", "audiences": ["https://deploy.example.com"],
        "keys": {"discover": true}, "leeway_seconds": 30,
        "claims": [{"claim": "repository_owner_id", "in": ["65"]}, {"claim": "repository_id", "in": ["74"]},
                   {"claim": "ref", "in": ["refs/heads/main"]}, {"claim": "sub", "prefix": "repo:octo-org/octo-repo:"},
                   {"claim": "job_workflow_ref", "prefix": "octo-org/octo-automation/"}]})",
    R"({"typ": "JWT", "alg": "RS256", "x5t": "example-thumbprint", "kid": "example-key-id"})",
    R"({"jti": "example-id", "sub": "repo:octo-org/octo-repo:environment:prod", "environment": "prod",
        "aud": "https://deploy.example.com", "ref": "refs/heads/main", "sha": "example-sha", "base_ref": "",
        "repository": "octo-org/octo-repo", "repository_owner": "octo-org", "actor_id": "12", "head_ref": "",
        "repository_visibility": "private", "repository_id": "74", "repository_owner_id": "65",
        "run_id": "example-run-id", "run_number": "10", "run_attempt": "2", "runner_environment": "github-hosted",
        "actor": "octocat", "workflow": "example-workflow", "event_name": "workflow_dispatch", "ref_type": "branch",
        "job_workflow_ref": "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
        "iss": "https://token.actions.githubusercontent.com", "nbf": 1699999940})",
    {{{"another owner's", R"({"repository_owner_id": "66", "repository_owner": "octo-org"})", Reason::kClaimMismatch},
      {"another branch's", R"({"ref": "refs/pull/7/merge"})", Reason::kClaimMismatch},
      {"a longer name's", R"({"sub": "repo:octo-org/octo-repo-fork:environment:prod"})", Reason::kClaimMismatch},
      {"another workflow's", R"({"job_workflow_ref": "octo-org/other/.github/workflows/a.yml@refs/heads/main"})",
       Reason::kClaimMismatch},
      {"an owner as a number", R"({"repository_owner_id": 65})", Reason::kClaimMismatch},
      {"one for another service", R"({"aud": "https://github.com/octo-org"})", Reason::kWrongAudience}}}};

constexpr Provider kGitLab = {
    "GitLab CI",
    "https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload",
    R"({"issuer": "https://gitlab.com", "audiences": ["https://vault.example.com"], "keys": {"discover": true},
        "leeway_seconds": 30,
        "claims": [{"claim": "namespace_id", "in": ["72"]}, {"claim": "project_id", "in": ["20"]},
                   {"claim": "ref_protected", "in": ["true"]}]})",
    R"({"kid": "4i3sFE7sxqNPOT7FdvcGA1ZVGGI_r-tsDXnEuYT4ZqE", "typ": "JWT", "alg": "RS256"})",
    R"({"namespace_id": "72", "namespace_path": "my-group", "project_id": "20", "project_path": "my-group/my-project",
        "user_id": "1", "user_login": "sample-user", "pipeline_id": "574", "pipeline_source": "push", "job_id": "302",
        "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true",
        "runner_id": 1, "runner_environment": "self-hosted", "sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
        "jti": "235b3a54-b797-45c7-ae9a-f72d7bc6ef5b", "iss": "https://gitlab.com", "nbf": 1699999940,
        "sub": "project_path:my-group/my-project:ref_type:branch:ref:main", "aud": "https://vault.example.com"})",
    {{{"another project's", R"({"project_id": "21"})", Reason::kClaimMismatch},
      {"another group's", R"({"namespace_id": "73"})", Reason::kClaimMismatch},
      {"of an open branch", R"({"ref_protected": "false"})", Reason::kClaimMismatch},
      {"a Boolean for its string", R"({"ref_protected": true})", Reason::kClaimMismatch},
      {"another instance's", R"({"iss": "https://gitlab.example.com"})", Reason::kIssuerUnknown}}}};

constexpr Provider kKubernetes = {
    "Kubernetes service accounts",
    "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens",
    R"({"issuer": "https://kubernetes.default.svc.cluster.local", "audiences": ["gateway"],
        "keys": {"url": "https://kubernetes.default.svc/openid/v1/jwks", "private_addresses": true,
                 "ca_file": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
                 "bearer_token_file": "/var/run/secrets/kubernetes.io/serviceaccount/token"},
        "claims": [{"claim": ["kubernetes.io", "namespace"], "in": ["payments"]},
                   {"claim": "sub", "in": ["system:serviceaccount:payments:worker"]}]})",
    R"({"alg": "RS256", "kid": "IIabR0vKZ6J5D9P7G0wO"})",
    R"({"aud": ["gateway"], "iss": "https://kubernetes.default.svc.cluster.local", "jti": "ed9a9c3a-1e3d-4b3b-9d2e",
        "kubernetes.io": {"namespace": "payments", "node": {"name": "node-1", "uid": "646e7c5e-32d6-4d42-9dbd"},
          "pod": {"name": "worker-0", "uid": "5e0bd49b-f040-43b0-99b7-22765a53f7f3"},
          "serviceaccount": {"name": "worker", "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798"}},
        "nbf": 1699999940, "sub": "system:serviceaccount:payments:worker"})",
    {{{"another namespace's", R"({"kubernetes.io": {"namespace": "default"}})", Reason::kClaimMismatch},
      {"another account's", R"({"sub": "system:serviceaccount:payments:default"})", Reason::kClaimMismatch},
      {"the API server's", R"({"aud": ["https://kubernetes.default.svc.cluster.local"]})", Reason::kWrongAudience},
      {"a dotted name", R"({"kubernetes.io": null, "kubernetes.io.namespace": "payments"})", Reason::kClaimMissing},
      {"another cluster's", R"({"iss": "https://kubernetes.default.svc"})", Reason::kIssuerUnknown}}}};

constexpr Provider kSpiffe = {
    "SPIFFE JWT-SVID",
    "https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md",
    R"({"subject_trust_domain": "example.org", "audiences": ["spiffe://example.org/gateway"], "algorithms": ["ES256"],
        "keys": {"url": "https://spiffe.example.org/bundle"},
        "claims": [{"claim": "sub", "prefix": "spiffe://example.org/ns/payments/"}]})",
    R"({"alg": "ES256", "kid": "K5zdYAjqlJ0E", "typ": "JWT"})",
    R"({"aud": ["spiffe://example.org/gateway"], "sub": "spiffe://example.org/ns/payments/sa/worker"})",
    {{{"another trust domain's", R"({"sub": "spiffe://example.com/ns/payments/sa/worker"})", Reason::kIssuerMissing},
      {"another namespace's", R"({"sub": "spiffe://example.org/ns/default/sa/worker"})", Reason::kClaimMismatch},
      {"a longer name's", R"({"sub": "spiffe://example.org/ns/payments-test/sa/worker"})", Reason::kClaimMismatch},
      {"another service's", R"({"aud": ["spiffe://example.org/other"]})", Reason::kWrongAudience},
      {"an access token", "{}", Reason::kWrongType, R"({"typ": "at+jwt"})"},
      {"one that is no workload's", R"({"sub": "alice"})", Reason::kIssuerMissing}}},
    R"("use": "jwt-svid", "kid": "K5zdYAjqlJ0E")"};

constexpr Provider kAll[] = {kKeycloak, kDuende, kSpring, kUaa, kHydra, kGitHub, kGitLab, kKubernetes, kSpiffe};

}  // namespace

std::span<const Provider> ServerProviders() { return kAll; }

}  // namespace assay::testing
