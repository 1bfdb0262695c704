// Identity as a service.
#include "tests/conformance/providers.h"

namespace assay::testing {
namespace {

constexpr Provider kWorkOsConnect = {
    "WorkOS Connect",
    "https://workos.com/docs/authkit/connect",
    R"({"issuer": "https://acme.authkit.app", "audiences": ["https://mcp.example.com/mcp"], "keys": {"discover": true},
        "required_claims": ["sub"], "tenant_claim": "org_id",
        "claims": [{"claim": "org_id", "in": ["org_01HRDMC6CM357W30QMHMQ96Q0S"]}]})",
    R"({"alg": "RS256", "kid": "sso_oidc_key_pair_01"})",
    R"({"iss": "https://acme.authkit.app", "sub": "user_01HBEQKA6K4QJAS93VPE39W1JT",
        "aud": "https://mcp.example.com/mcp", "client_id": "client_01", "org_id": "org_01HRDMC6CM357W30QMHMQ96Q0S",
        "scope": "files:read", "sid": "app_consent_01", "jti": "01HQSXZXPPFPKMDD32RKTFY6PV"})",
    {{{"another organization's", R"({"org_id": "org_02"})", Reason::kClaimMismatch},
      {"of no organization", R"({"org_id": null})", Reason::kClaimMissing},
      {"the client's own, for sign-in", R"({"aud": "client_01", "scope": null})", Reason::kWrongAudience},
      {"another customer's", R"({"iss": "https://globex.authkit.app"})", Reason::kIssuerUnknown}}}};

// The documented claims name no client: the organization stands in for the audience.
constexpr Provider kWorkOsSession = {
    "WorkOS session",
    "https://workos.com/docs/reference/authkit/session-tokens",
    R"({"issuer": "https://api.workos.com", "keys": {"url": "https://api.workos.com/sso/jwks/client_123456789"},
        "audience_from": {"claim": "org_id", "in": ["org_01HRDMC6CM357W30QMHMQ96Q0S"]},
        "claims": [{"claim": "sid", "exists": true}], "tenant_claim": "org_id",
        "scopes": {"claim": "permissions", "form": "array"}})",
    R"({"alg": "RS256", "kid": "sso_oidc_key_pair_01"})",
    R"({"iss": "https://api.workos.com", "sub": "user_01HBEQKA6K4QJAS93VPE39W1JT", "act": {"sub": "admin@foocorp.com"},
        "org_id": "org_01HRDMC6CM357W30QMHMQ96Q0S", "role": "member", "roles": ["member"],
        "permissions": ["posts:read", "posts:write"], "entitlements": ["audit-logs"],
        "sid": "session_01HQSXZGF8FHF7A9ZZFCW4387R", "jti": "01HQSXZXPPFPKMDD32RKTFY6PV"})",
    {{{"another organization's", R"({"org_id": "org_02"})", Reason::kWrongAudience},
      {"of no organization", R"({"org_id": null})", Reason::kAudienceMissing},
      {"one for another API", R"({"aud": "https://mcp.example.com/mcp"})", Reason::kWrongAudience},
      {"one of no session", R"({"sid": null})", Reason::kClaimMissing},
      {"permissions as a string", R"({"permissions": "posts:read posts:write"})", Reason::kBadClaimType}}}};

constexpr Provider kAuth0 = {
    "Auth0",
    "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
    R"({"issuer": "https://my-domain.auth0.com/", "audiences": ["https://my-api.example.com"],
        "keys": {"discover": true}, "client_claim": "azp", "scopes": {"claim": "permissions", "form": "array"},
        "claims": [{"claim": "https://my-api.example.com/plan", "in": ["gold"]}]})",
    R"({"alg": "RS256", "typ": "JWT", "kid": "MzhEMUQ"})",
    R"({"iss": "https://my-domain.auth0.com/", "sub": "auth0|123456",
        "aud": ["https://my-api.example.com", "https://my-domain.auth0.com/userinfo"], "azp": "my_client_id",
        "scope": "openid profile read:files", "permissions": ["read:files"], "https://my-api.example.com/plan": "gold"})",
    {{{"the RFC 9068 profile", R"({"azp": null, "client_id": "my_client_id", "jti": "abc"})", Reason::kAccepted,
       R"({"typ": "at+jwt"})"},
      {"another tenant's", R"({"iss": "https://other.auth0.com/"})", Reason::kIssuerUnknown},
      {"the issuer without its slash", R"({"iss": "https://my-domain.auth0.com"})", Reason::kIssuerUnknown},
      {"one for userinfo alone", R"({"aud": ["https://my-domain.auth0.com/userinfo"]})", Reason::kWrongAudience},
      {"permissions as a string", R"({"permissions": "read:files"})", Reason::kBadClaimType},
      {"a plan as an array", R"({"https://my-api.example.com/plan": ["gold"]})", Reason::kClaimMismatch}}}};

constexpr Provider kOkta = {
    "Okta custom authorization server",
    "https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/",
    R"({"issuer": "https://acme.okta.com/oauth2/default", "audiences": ["api://default"], "keys": {"discover": true},
        "scope_claim": "scp", "client_claim": "cid",
        "claims": [{"claim": "cid", "in": ["nmdP1fcyvdVO11AL7ECm"]}, {"claim": "groups", "has": ["Everyone"]}]})",
    R"({"alg": "RS256", "kid": "45js03w0djwedsw"})",
    R"({"ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "iss": "https://acme.okta.com/oauth2/default", "aud": "api://default", "sub": "jane@example.com",
        "cid": "nmdP1fcyvdVO11AL7ECm", "uid": "00ujmkLgagxeRrAg20g3", "scp": ["openid", "files:read"],
        "groups": ["Everyone"]})",
    {{{"another client's", R"({"cid": "0oa1"})", Reason::kClaimMismatch},
      {"an ID token", R"({"aud": "nmdP1fcyvdVO11AL7ECm", "cid": null, "scp": null})", Reason::kWrongAudience},
      {"another server's", R"({"iss": "https://acme.okta.com/oauth2/aus1"})", Reason::kIssuerUnknown},
      {"groups as a string", R"({"groups": "Everyone"})", Reason::kClaimMismatch},
      {"scopes as an object", R"({"scp": {"files:read": true}})", Reason::kBadClaimType},
      {"a client that is no string", R"({"cid": 7})", Reason::kBadClaimType}}}};

constexpr Provider kSupabase = {
    "Supabase",
    "https://supabase.com/docs/guides/auth/jwt-fields",
    R"({"issuer": "https://abcdefghijklmnopqrst.supabase.co/auth/v1", "audiences": ["authenticated"],
        "keys": {"url": "https://abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json"},
        "session_claim": "session_id", "scopes": {"claim": ["app_metadata", "roles"], "form": "array"},
        "claims": [{"claim": "role", "in": ["authenticated"]}, {"claim": "is_anonymous", "is": false}]})",
    R"({"alg": "ES256", "typ": "JWT", "kid": "b81269f1-21d8-4f2e-b719-c2240a840d90"})",
    R"({"iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1", "aud": "authenticated",
        "sub": "123e4567-e89b-12d3-a456-426614174000", "role": "authenticated", "aal": "aal1",
        "session_id": "123e4567-e89b-12d3-a456-426614174001", "email": "user@example.com", "phone": "",
        "is_anonymous": false, "app_metadata": {"provider": "email", "providers": ["email"], "roles": ["editor"]},
        "user_metadata": {"roles": ["admin"]}, "amr": [{"method": "password", "timestamp": 1699999940}]})",
    {{{"another project's", R"({"iss": "https://zzzzzzzzzzzzzzzzzzzz.supabase.co/auth/v1"})", Reason::kIssuerUnknown},
      {"a service's", R"({"role": "service_role"})", Reason::kClaimMismatch},
      {"an anonymous user's", R"({"is_anonymous": true})", Reason::kClaimMismatch},
      {"anonymous, as a string", R"({"is_anonymous": "false"})", Reason::kClaimMismatch},
      {"roles as a string", R"({"app_metadata": {"roles": "editor"}})", Reason::kBadClaimType}}}};

constexpr Provider kClerk = {
    "Clerk session",
    "https://clerk.com/docs/guides/sessions/session-tokens",
    R"({"issuer": "https://clerk.example.com", "keys": {"discover": true},
        "audience_from": {"claim": "azp", "in": ["https://app.example.com"]}, "tenant_claim": ["o", "id"],
        "claims": [{"claim": "v", "is": 2}, {"claim": "sid", "exists": true}, {"claim": "sts", "in": ["active"]},
                   {"claim": ["o", "id"], "in": ["org_123"]}]})",
    R"({"alg": "RS256", "typ": "JWT", "kid": "ins_123"})",
    R"({"iss": "https://clerk.example.com", "sub": "user_123", "azp": "https://app.example.com", "sid": "sess_123",
        "fva": [7, -1], "sts": "active", "v": 2, "nbf": 1699999930, "jti": "a1b2c3", "fea": "o:dashboard,o:impersonation",
        "o": {"id": "org_123", "slg": "org-slug", "rol": "admin", "per": "read,manage", "fpm": "3,2"}})",
    {{{"another application's", R"({"azp": "https://evil.example"})", Reason::kWrongAudience},
      {"of no origin", R"({"azp": null})", Reason::kAudienceMissing},
      {"by a template, for another API", R"({"aud": "convex"})", Reason::kWrongAudience},
      {"of an unfinished session", R"({"sts": "pending"})", Reason::kClaimMismatch},
      {"another organization's", R"({"o": {"id": "org_456"}})", Reason::kClaimMismatch},
      {"version 1", R"({"v": null, "o": null, "org_id": "org_123"})", Reason::kClaimMissing}}}};

constexpr Provider kZitadel = {
    "ZITADEL",
    "https://zitadel.com/docs/apis/openidoauth/claims",
    R"({"issuer": "https://acme.zitadel.cloud", "audiences": ["69234237810729019"], "keys": {"discover": true},
        "tenant_claim": "urn:zitadel:iam:user:resourceowner:id",
        "claims": [{"claim": "urn:zitadel:iam:user:resourceowner:id", "in": ["165461784530191297"]}],
        "scopes": {"claim": "urn:zitadel:iam:org:project:roles", "form": "keys",
                   "granted_by": ["165461784530191297"]}})",
    R"({"alg": "RS256", "typ": "JWT", "kid": "259461784530191297"})",
    R"({"iss": "https://acme.zitadel.cloud", "sub": "165467338479501569", "jti": "165467338479501570",
        "aud": ["69234237810729234@project", "69234237810729019"], "nbf": 1699999940,
        "client_id": "69234237810729234@project", "urn:zitadel:iam:user:resourceowner:id": "165461784530191297",
        "urn:zitadel:iam:org:project:roles": {"editor": {"165461784530191297": "acme.zitadel.cloud"}}})",
    {{{"another organization's", R"({"urn:zitadel:iam:user:resourceowner:id": "2"})", Reason::kClaimMismatch},
      {"another project's", R"({"aud": ["69234237810729234@project"]})", Reason::kWrongAudience},
      {"roles as an array", R"({"urn:zitadel:iam:org:project:roles": ["editor"]})", Reason::kBadClaimType},
      {"roles as a string", R"({"urn:zitadel:iam:org:project:roles": "editor"})", Reason::kBadClaimType}}}};

constexpr Provider kDescope = {
    "Descope / Stytch",
    "https://docs.descope.com/session-overview",
    R"({"issuer": "https://api.descope.com/v1/apps/P2abc", "audiences": ["P2abc"],
        "keys": {"url": "https://api.descope.com/P2abc/.well-known/jwks.json"},
        "audience_from": {"claim": "dct", "in": ["T2acme"]}, "tenant_claim": "dct",
        "claims": [{"claim": "drn", "in": ["DS"]}, {"claim": "dct", "in": ["T2acme"]}],
        "scopes": {"claim": ["tenants", "T2acme", "permissions"], "form": "array"}})",
    R"({"alg": "RS256", "typ": "JWT", "kid": "SK2abc"})",
    R"({"iss": "https://api.descope.com/v1/apps/P2abc", "sub": "U2abc", "amr": ["email"], "drn": "DS",
        "rexp": "2023-12-14T22:13:20Z", "dct": "T2acme",
        "tenants": {"T2acme": {"permissions": ["files:read"], "roles": ["editor"]},
                    "T2globex": {"permissions": ["files:admin"], "roles": ["admin"]}}})",
    {{{"with an audience", R"({"aud": ["P2abc"]})", Reason::kAccepted},
      {"a refresh token", R"({"drn": "DSR"})", Reason::kClaimMismatch},
      {"another tenant's", R"({"dct": "T2globex"})", Reason::kWrongAudience},
      {"another tenant's, with an audience", R"({"dct": "T2globex", "aud": ["P2abc"]})", Reason::kClaimMismatch},
      {"of no tenant", R"({"dct": null})", Reason::kAudienceMissing},
      {"permissions as a string", R"({"tenants": {"T2acme": {"permissions": "files:read"}}})",
       Reason::kBadClaimType}}}};

constexpr Provider kStytch = {
    "Descope / Stytch",
    "https://stytch.com/docs/b2b/guides/sessions/resources/custom-claims",
    R"({"issuer": "stytch.com/project-live-123", "audiences": ["project-live-123"],
        "keys": {"url": "https://api.stytch.com/v1/b2b/sessions/jwks/project-live-123"},
        "session_claim": ["https://stytch.com/session", "id"],
        "tenant_claim": ["https://stytch.com/organization", "organization_id"],
        "claims": [{"claim": ["https://stytch.com/session", "id"], "exists": true},
                   {"claim": ["https://stytch.com/organization", "organization_id"], "in": ["organization-live-1"]}],
        "scopes": {"claim": ["https://stytch.com/session", "roles"], "form": "array"}})",
    R"({"alg": "RS256", "typ": "JWT", "kid": "jwk-live-123"})",
    R"({"iss": "stytch.com/project-live-123", "aud": ["project-live-123"], "sub": "member-live-1", "nbf": 1699999940,
        "https://stytch.com/session": {"id": "member-session-live-1", "started_at": "2023-11-14T22:12:20Z",
          "last_accessed_at": "2023-11-14T22:12:20Z", "expires_at": "2023-11-14T23:12:20Z", "roles": ["stytch_member"]},
        "https://stytch.com/organization": {"organization_id": "organization-live-1", "slug": "acme"}})",
    {{{"another organization's", R"({"https://stytch.com/organization": {"organization_id": "organization-live-2"}})",
       Reason::kClaimMismatch},
      {"of no session", R"({"https://stytch.com/session": null})", Reason::kClaimMissing},
      {"the test project's", R"({"aud": ["project-test-123"]})", Reason::kWrongAudience},
      {"roles as a string", R"({"https://stytch.com/session": {"roles": "stytch_member"}})", Reason::kBadClaimType}}}};

constexpr Provider kSalesforce = {
    "Salesforce",
    "https://help.salesforce.com/s/articleView?id=xcloud.jwt_access_tokens.htm&language=en_US&type=5",
    R"({"issuer": "https://acme.my.salesforce.com", "audiences": ["https://files.example.com"],
        "keys": {"url": "https://acme.my.salesforce.com/id/keys"}, "scope_claim": "scp",
        "header": [{"name": "tty", "in": ["sfdc-core-token"]}, {"name": "tnk", "in": ["core/prod/00Dxx0000001gPLEAY"]}]})",
    R"({"alg": "RS256", "typ": "JWT", "kid": "CORE.00Dxx0000001gPL.1617645174", "tty": "sfdc-core-token",
        "tnk": "core/prod/00Dxx0000001gPLEAY", "ver": "1.0"})",
    R"({"iss": "https://acme.my.salesforce.com", "sub": "uid:005xx000001X83aAAC", "scp": "api id",
        "aud": ["https://acme.my.salesforce.com", "https://files.example.com"], "nbf": 1699999940,
        "client_id": "3MVG99OxTyEMCQ3gNp2", "mty": "oauth", "roles": []})",
    {{{"another organization's key", "{}", Reason::kClaimMismatch, R"({"tnk": "core/prod/00Dyy"})"},
      {"another kind of token", "{}", Reason::kClaimMismatch, R"({"tty": "sfdc-jwt-bearer"})"},
      {"one without a kind", "{}", Reason::kClaimMissing, R"({"tty": null})"},
      {"one for Salesforce alone", R"({"aud": ["https://acme.my.salesforce.com"]})", Reason::kWrongAudience},
      {"another domain's", R"({"iss": "https://globex.my.salesforce.com"})", Reason::kIssuerUnknown}}}};

constexpr Provider kAll[] = {kWorkOsConnect, kWorkOsSession, kAuth0,   kOkta,   kSupabase,
                             kClerk,         kZitadel,       kDescope, kStytch, kSalesforce};

}  // namespace

std::span<const Provider> HostedProviders() { return kAll; }

}  // namespace assay::testing
