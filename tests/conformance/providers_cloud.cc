// Clouds and large platforms.
#include "tests/conformance/providers.h"

namespace assay::testing {
namespace {

// A key of Entra's v2.0 endpoint says whose tokens it signs; it has no `alg`.
constexpr Provider kEntraV2 = {
    "Entra v2",
    "https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference",
    R"({"issuer": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
        "audiences": ["00001111-aaaa-2222-bbbb-3333cccc4444"], "leeway_seconds": 60,
        "keys": {"url": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/discovery/v2.0/keys"},
        "algorithms": ["RS256"], "required_claims": ["azp", "oid"], "scope_claim": "scp", "client_claim": "azp",
        "tenant_claim": "tid", "token_id_claim": "uti",
        "claims": [{"claim": "ver", "in": ["2.0"]}, {"claim": "tid", "in": ["aaaabbbb-0000-cccc-1111-dddd2222eeee"]}]})",
    R"({"typ": "JWT", "alg": "RS256", "kid": "A1bC2dE3fH4iJ5kL6mN7oP8qR9sT0u"})",
    R"({"aud": "00001111-aaaa-2222-bbbb-3333cccc4444", "nbf": 1699999940, "aio": "AXQAi", "azpacr": "0", "rh": "0.AbX",
        "iss": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0", "ver": "2.0",
        "azp": "11112222-bbbb-3333-cccc-4444dddd5555", "name": "Abe Lincoln", "preferred_username": "abeli@example.com",
        "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb", "scp": "access_as_user", "sub": "HKZpfaHyWadeOouYlitjrI",
        "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee", "uti": "fqiBqXLPj0eQa82S"})",
    {{{"an application's own", R"({"scp": null, "roles": ["Files.Read.All"], "idtyp": "app", "azpacr": "1"})",
       Reason::kAccepted},
      {"an ID token", R"({"azp": null, "scp": null})", Reason::kClaimMissing},
      {"one for Graph", R"({"aud": "00000003-0000-0000-c000-000000000000"})", Reason::kWrongAudience},
      {"another tenant's", R"({"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"})", Reason::kClaimMismatch},
      {"version 1", R"({"iss": "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/", "ver": "1.0"})",
       Reason::kIssuerUnknown},
      {"scopes as an object", R"({"scp": {"access_as_user": true}})", Reason::kBadClaimType}}},
    R"("use": "sig", "kid": "A1bC2dE3fH4iJ5kL6mN7oP8qR9sT0u",
       "issuer": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0")"};

// The keys of `discovery/keys` name no issuer; those of `discovery/v2.0/keys` are good for version 2 alone. Who has
// both versions has two entries: the client stands in `appid` here and in `azp` there.
constexpr Provider kEntraV1 = {
    "Entra v1",
    "https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens",
    R"({"issuer": "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/",
        "audiences": ["api://00001111-aaaa-2222-bbbb-3333cccc4444", "00001111-aaaa-2222-bbbb-3333cccc4444"],
        "keys": {"url": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/discovery/keys"},
        "algorithms": ["RS256"], "leeway_seconds": 60, "scope_claim": "scp", "client_claim": "appid",
        "tenant_claim": "tid", "token_id_claim": "uti", "required_claims": ["oid"],
        "claims": [{"claim": "appid", "in": ["11112222-bbbb-3333-cccc-4444dddd5555"]}]})",
    R"({"typ": "JWT", "alg": "RS256", "kid": "i6lGk3FZzxRcUb2C3nEQ7syHJlY", "x5t": "i6lGk3FZzxRcUb2C3nEQ7syHJlY"})",
    R"({"aud": "api://00001111-aaaa-2222-bbbb-3333cccc4444", "nbf": 1699999940, "acr": "1", "amr": ["pwd"],
        "iss": "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/", "appidacr": "0", "ver": "1.0",
        "appid": "11112222-bbbb-3333-cccc-4444dddd5555", "family_name": "Lincoln", "ipaddr": "192.0.2.1",
        "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb", "scp": "user_impersonation", "sub": "l3_roISQU222bULS9yi2k0XpqpOi",
        "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee", "unique_name": "abeli@example.com", "uti": "FVsGxYXI30-TuikuuUoFAA"})",
    {{{"another tenant's", R"({"iss": "https://sts.windows.net/bbbbcccc-1111-dddd-2222-eeee3333ffff/"})",
       Reason::kIssuerUnknown},
      {"the issuer without its slash", R"({"iss": "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee"})",
       Reason::kIssuerUnknown},
      {"version 2", R"({"iss": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0"})",
       Reason::kIssuerUnknown},
      {"another client's", R"({"appid": "22223333-cccc-4444-dddd-5555eeee6666"})", Reason::kClaimMismatch},
      {"one without a client", R"({"appid": null})", Reason::kClaimMissing},
      {"one for Graph", R"({"aud": "https://graph.microsoft.com"})", Reason::kWrongAudience}}}};

constexpr Provider kEntraMultiTenant = {
    "Entra, several tenants",
    "https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens#validate-the-issuer",
    R"({"issuer": {"template": "https://login.microsoftonline.com/{tenant}/v2.0",
                   "tenant": ["aaaabbbb-0000-cccc-1111-dddd2222eeee", "bbbbcccc-1111-dddd-2222-eeee3333ffff"]},
        "audiences": ["00001111-aaaa-2222-bbbb-3333cccc4444"], "leeway_seconds": 60, "algorithms": ["RS256"],
        "keys": {"url": "https://login.microsoftonline.com/common/discovery/v2.0/keys"},
        "scope_claim": "scp", "client_claim": "azp", "tenant_claim": "tid", "required_claims": ["azp"],
        "claims": [{"claim": "tid",
                    "in": ["aaaabbbb-0000-cccc-1111-dddd2222eeee", "bbbbcccc-1111-dddd-2222-eeee3333ffff"]}]})",
    R"({"typ": "JWT", "alg": "RS256", "kid": "A1bC2dE3fH4iJ5kL6mN7oP8qR9sT0u"})",
    R"({"aud": "00001111-aaaa-2222-bbbb-3333cccc4444", "nbf": 1699999940, "ver": "2.0", "scp": "access_as_user",
        "iss": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0", "sub": "HKZpfaHyWade",
        "azp": "11112222-bbbb-3333-cccc-4444dddd5555", "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee"})",
    {{{"the second tenant's", R"({"iss": "https://login.microsoftonline.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0",
                                  "tid": "bbbbcccc-1111-dddd-2222-eeee3333ffff"})",
       Reason::kAccepted},
      {"a consumer's", R"({"iss": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
                           "tid": "9188040d-6c67-4c5b-b112-36a304b66dad"})",
       Reason::kIssuerUnknown},
      {"the template itself", R"({"iss": "https://login.microsoftonline.com/{tenantid}/v2.0"})",
       Reason::kIssuerUnknown},
      {"a tenant that is not listed", R"({"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"})", Reason::kClaimMismatch},
      {"one for Graph", R"({"aud": "00000003-0000-0000-c000-000000000000"})", Reason::kWrongAudience}}},
    R"("use": "sig", "kid": "A1bC2dE3fH4iJ5kL6mN7oP8qR9sT0u",
       "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0")"};

// Entra refuses `resource`: the audience is the application's id, beside which the engine lists the resource.
constexpr Provider kEntraMcp = {
    "Entra and MCP",
    "https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference",
    R"({"issuer": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
        "audiences": ["https://mcp.example.com/mcp", "00001111-aaaa-2222-bbbb-3333cccc4444"], "leeway_seconds": 60,
        "keys": {"url": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/discovery/v2.0/keys"},
        "algorithms": ["RS256"], "scope_claim": "scp", "client_claim": "azp", "tenant_claim": "tid",
        "claims": [{"claim": "idtyp", "in": ["user", "app"]}, {"claim": "azp", "exists": true}]})",
    R"({"typ": "JWT", "alg": "RS256", "kid": "A1bC2dE3fH4iJ5kL6mN7oP8qR9sT0u"})",
    R"({"aud": "00001111-aaaa-2222-bbbb-3333cccc4444", "nbf": 1699999940, "ver": "2.0", "idtyp": "user",
        "iss": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0", "sub": "HKZpfaHyWade",
        "azp": "11112222-bbbb-3333-cccc-4444dddd5555", "scp": "files.read",
        "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee"})",
    {{{"an application's own", R"({"idtyp": "app", "scp": null, "roles": ["Files.Read.All"]})", Reason::kAccepted},
      {"an ID token", R"({"idtyp": null, "azp": null, "scp": null})", Reason::kClaimMissing},
      {"another resource's", R"({"aud": "https://mcp.example.com/other"})", Reason::kWrongAudience},
      {"a device's", R"({"idtyp": "device"})", Reason::kClaimMismatch}}},
    R"("use": "sig", "kid": "A1bC2dE3fH4iJ5kL6mN7oP8qR9sT0u",
       "issuer": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0")"};

constexpr Provider kCognitoAccess = {
    "Cognito access token",
    "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
    R"({"issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example", "keys": {"discover": true},
        "audience_from": {"claim": "client_id", "in": ["xxxxxxxxxxxxexample"]},
        "claims": [{"claim": "token_use", "in": ["access"]}], "session_claim": "origin_jti"})",
    R"({"kid": "1234example=", "alg": "RS256"})",
    R"({"sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "device_key": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "cognito:groups": ["testgroup"], "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example",
        "version": 2, "client_id": "xxxxxxxxxxxxexample", "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "event_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "token_use": "access", "scope": "phone openid profile email",
        "auth_time": 1699999940, "jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "username": "my-test-user"})",
    {{{"another client's", R"({"client_id": "yyyyyyyyyyyyexample"})", Reason::kWrongAudience},
      {"an ID token", R"({"token_use": "id", "aud": "xxxxxxxxxxxxexample", "client_id": null})",
       Reason::kWrongAudience},
      {"an ID token's kind", R"({"token_use": "id"})", Reason::kClaimMismatch},
      {"of no client", R"({"client_id": null})", Reason::kAudienceMissing},
      {"another pool's", R"({"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"})",
       Reason::kIssuerUnknown}}}};

constexpr Provider kCognitoId = {
    "Cognito ID token",
    "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html",
    R"({"issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example", "keys": {"discover": true},
        "audiences": ["xxxxxxxxxxxxexample"], "session_claim": "origin_jti",
        "claims": [{"claim": "token_use", "in": ["id"]}, {"claim": "email_verified", "is": true},
                   {"claim": "cognito:groups", "has": ["test-group-a"]}]})",
    R"({"kid": "1234example=", "alg": "RS256"})",
    R"({"sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["test-group-a", "test-group-b"],
        "email_verified": true, "cognito:preferred_role": "arn:aws:iam::111122223333:role/my-test-role",
        "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example", "cognito:username": "my-test-user",
        "nonce": "abcdefg", "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "aud": "xxxxxxxxxxxxexample",
        "event_id": "64f513be-32db-42b0-b78e-b02127b4f463", "token_use": "id", "auth_time": 1699999940,
        "jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "email": "my-test-user@example.com"})",
    {{{"an access token", R"({"token_use": "access", "aud": null, "client_id": "xxxxxxxxxxxxexample"})",
       Reason::kAudienceMissing},
      {"an access token for a resource", R"({"token_use": "access"})", Reason::kClaimMismatch},
      {"another client's", R"({"aud": "yyyyyyyyyyyyexample"})", Reason::kWrongAudience},
      {"a verified address as a string", R"({"email_verified": "true"})", Reason::kClaimMismatch},
      {"groups as a string", R"({"cognito:groups": "test-group-a"})", Reason::kClaimMismatch}}}};

constexpr Provider kGoogle = {
    "Google ID and service account tokens",
    "https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload",
    R"({"issuer": ["https://accounts.google.com", "accounts.google.com"],
        "audiences": ["1234987819200.apps.googleusercontent.com"], "client_claim": "azp", "tenant_claim": "hd",
        "keys": {"url": "https://www.googleapis.com/oauth2/v3/certs"},
        "claims": [{"claim": "hd", "in": ["example.com"]}, {"claim": "email_verified", "is": true}]})",
    R"({"alg": "RS256", "kid": "f833e8a7fe3fe4b878948219a1684afa373ca86f", "typ": "JWT"})",
    R"({"iss": "https://accounts.google.com", "azp": "1234987819200.apps.googleusercontent.com",
        "aud": "1234987819200.apps.googleusercontent.com", "sub": "10769150350006150715113082367",
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "hd": "example.com", "email": "jsmith@example.com",
        "email_verified": true, "nonce": "0394852-3190485-2490358"})",
    {{{"the other spelling of the issuer", R"({"iss": "accounts.google.com"})", Reason::kAccepted},
      {"another company's", R"({"hd": "example.org"})", Reason::kClaimMismatch},
      {"a private person's", R"({"hd": null, "email": "jsmith@gmail.com"})", Reason::kClaimMissing},
      {"another client's", R"({"aud": "9876.apps.googleusercontent.com"})", Reason::kWrongAudience},
      {"a third spelling", R"({"iss": "https://accounts.google.com/"})", Reason::kIssuerUnknown}}}};

constexpr Provider kFirebase = {
    "Firebase",
    "https://firebase.google.com/docs/auth/admin/verify-id-tokens",
    R"({"issuer": "https://securetoken.google.com/my-project", "audiences": ["my-project"],
        "keys": {"x509_url":
          "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"},
        "algorithms": ["RS256"], "required_claims": ["sub", "auth_time"],
        "claims": [{"claim": ["firebase", "sign_in_provider"], "in": ["password", "google.com"]}]})",
    R"({"alg": "RS256", "kid": "1bb9605c36e98e30117a69517569386830202b2d", "typ": "JWT"})",
    R"({"iss": "https://securetoken.google.com/my-project", "aud": "my-project", "auth_time": 1699999940,
        "user_id": "DSjuwvx5hFcV8y0", "sub": "DSjuwvx5hFcV8y0", "email": "user@example.com", "email_verified": false,
        "firebase": {"identities": {"email": ["user@example.com"]}, "sign_in_provider": "password"}})",
    {{{"another project's", R"({"iss": "https://securetoken.google.com/other", "aud": "other"})",
       Reason::kIssuerUnknown},
      {"another project's audience", R"({"aud": "other"})", Reason::kWrongAudience},
      {"a session cookie", R"({"iss": "https://session.firebase.google.com/my-project"})", Reason::kIssuerUnknown},
      {"an anonymous user's", R"({"firebase": {"sign_in_provider": "anonymous"}})", Reason::kClaimMismatch},
      {"no sign-in", R"({"auth_time": null})", Reason::kClaimMissing}}}};

constexpr Provider kIap = {
    "Google Cloud IAP",
    "https://cloud.google.com/iap/docs/signed-headers-howto",
    R"({"issuer": "https://cloud.google.com/iap", "audiences": ["/projects/123/global/backendServices/456"],
        "keys": {"url": "https://www.gstatic.com/iap/verify/public_key-jwk"}, "algorithms": ["ES256"],
        "leeway_seconds": 30, "claims": [{"claim": "hd", "in": ["example.com"]}]})",
    R"({"alg": "ES256", "typ": "JWT", "kid": "BhSTqA"})",
    R"({"iss": "https://cloud.google.com/iap", "aud": "/projects/123/global/backendServices/456", "hd": "example.com",
        "sub": "accounts.google.com:123456789", "email": "user@example.com", "azp": "/projects/123/apps/789",
        "google": {"access_levels": ["accessPolicies/1/accessLevels/corp"]}})",
    {{{"another service's", R"({"aud": "/projects/123/global/backendServices/457"})", Reason::kWrongAudience},
      {"another project's", R"({"aud": "/projects/124/global/backendServices/456"})", Reason::kWrongAudience},
      {"another company's", R"({"hd": "example.org"})", Reason::kClaimMismatch},
      {"of Google's sign-in", R"({"iss": "https://accounts.google.com"})", Reason::kIssuerUnknown}}}};

constexpr Provider kCloudflare = {
    "Cloudflare Access",
    "https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/application-token",
    R"({"issuer": "https://yourteam.cloudflareaccess.com", "algorithms": ["RS256"],
        "audiences": ["32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"], "leeway_seconds": 30,
        "keys": {"url": "https://yourteam.cloudflareaccess.com/cdn-cgi/access/certs"},
        "claims": [{"claim": "type", "in": ["app"]}, {"claim": "sub", "exists": true}]})",
    R"({"alg": "RS256", "kid": "9338abe1baf2fe492f646a736f25afbf7b025e35c627be4f60c414d4c73069b8", "typ": "JWT"})",
    R"({"aud": ["32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"], "email": "user@example.com",
        "nbf": 1699999940, "iss": "https://yourteam.cloudflareaccess.com", "type": "app",
        "identity_nonce": "6ei69kawdKzMIAPF", "sub": "7335d417-61da-459d-899c-0a01c76a2f94", "country": "US"})",
    {{{"another application's", R"({"aud": ["97e2aae120121f902df8bc99fc345913ab186d174f3079ea729236766b2e7c4a"]})",
       Reason::kWrongAudience},
      {"the team's, of all applications", R"({"type": "org"})", Reason::kClaimMismatch},
      {"a machine's", R"({"sub": "", "common_name": "e367826f93b8d71185e03fe518aff3b4.access", "email": null})",
       Reason::kClaimMissing},
      {"another team's", R"({"iss": "https://other.cloudflareaccess.com"})", Reason::kIssuerUnknown}}}};

// `email_verified` is a string in some tokens and a Boolean in others: no rule asks for it.
constexpr Provider kApple = {
    "Apple",
    "https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple",
    R"({"issuer": "https://appleid.apple.com", "audiences": ["com.example.app"], "algorithms": ["RS256"],
        "keys": {"url": "https://appleid.apple.com/auth/keys"},
        "claims": [{"claim": "nonce_supported", "is": true}, {"claim": "sub", "exists": true}]})",
    R"({"kid": "86D88Kf", "alg": "RS256"})",
    R"({"iss": "https://appleid.apple.com", "aud": "com.example.app", "sub": "001999.27da25fe26884f3a8d1.1022",
        "c_hash": "eEfKWyh7VHEcKhMnZFtF6A", "email": "9z4tt@privaterelay.appleid.com", "email_verified": "true",
        "is_private_email": "true", "auth_time": 1699999940, "nonce_supported": true})",
    {{{"with Booleans", R"({"email_verified": true, "is_private_email": true})", Reason::kAccepted},
      {"another application's", R"({"aud": "com.example.other"})", Reason::kWrongAudience},
      {"a Boolean as a string", R"({"nonce_supported": "true"})", Reason::kClaimMismatch},
      {"of no user", R"({"sub": null})", Reason::kClaimMissing}}}};

constexpr Provider kAll[] = {kEntraV2,  kEntraV1, kEntraMultiTenant, kEntraMcp, kCognitoAccess, kCognitoId, kGoogle,
                             kFirebase, kIap,     kCloudflare,       kApple};

}  // namespace

std::span<const Provider> CloudProviders() { return kAll; }

}  // namespace assay::testing
