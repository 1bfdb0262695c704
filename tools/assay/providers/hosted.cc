// Identity as a service.
#include "tools/assay/providers/entry.h"

namespace assay::cli {
namespace {

std::string WriteAuth0(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", "https://" + answers.One("domain") + '/', "Auth0 writes a slash at the end")
      .Audiences("audience", "the API; an ID token has the application's client ID here")
      .Algorithms({"RS256"}, "the API's signing algorithm; HS256 is not for others to verify")
      .Discover()
      .Claim("client_claim", {"azp"}, "tokens of Auth0's own profile name the client there; RFC 9068's have client_id")
      .Member("scope_claim", "scope", "what the client asked for; with RBAC the user's own stand in `permissions`");
  if (answers.Has("client-id")) entry.In({"azp"}, answers.All("client-id"), "the applications that may call the API");
  return entry.Json();
}

std::string WriteOkta(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", answers.One("issuer"), "the custom authorization server's issuer URI, byte for byte")
      .Audiences("audience", "the server's audience; an ID token has the application's client ID here")
      .Algorithms({"RS256"})
      .Discover()
      .Member("scope_claim", "scp", "Okta writes scopes there, as an array")
      .Claim("client_claim", {"cid"}, "Okta names the client there");
  if (answers.Has("client-id")) {
    entry.In({"cid"}, answers.All("client-id"), "the applications that may call the API; ID tokens have none");
  } else {
    entry.Exists({"cid"}, "the client; ID tokens have none");
  }
  return entry.Json();
}

std::string WriteWorkOs(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", "https://" + answers.One("domain"), "the environment's AuthKit domain")
      .Audiences("audience", "the resource; tokens for sign-in have the client ID here")
      .Algorithms({"RS256"})
      .Discover()
      .Claim("tenant_claim", {"org_id"}, "an organization is a customer")
      .In({"org_id"}, answers.All("organization"), "the same key signs for all organizations of the environment");
  return entry.Json();
}

std::string WriteWorkOsSession(const Answers& answers) {
  Entry entry(answers);
  constexpr std::string_view kWhyIssuer = "as the tokens have it: the documentation shows both spellings";
  if (answers.Has("issuer")) {
    entry.Member("issuer", answers.One("issuer"), "the custom authentication domain, as the tokens have it");
  } else {
    entry.Member("issuer", std::vector<std::string>{"https://api.workos.com", "https://api.workos.com/"}, kWhyIssuer);
  }
  entry
      .AudienceFrom("org_id", answers.All("organization"),
                    "session tokens have no aud, and no claim with the client: the organization stands in for it")
      .Algorithms({"RS256"})
      .KeysAt("https://api.workos.com/sso/jwks/" + answers.One("client-id"),
              "the client's own key set: no other client's tokens verify")
      .Claim("tenant_claim", {"org_id"}, "an organization is a customer")
      .Raw("scopes", R"({"claim":"permissions","form":"array"})", "what the user's role permits")
      .Exists({"sid"}, "tokens of a session alone have it");
  return entry.Json();
}

std::string WriteSupabase(const Answers& answers) {
  const std::string issuer = "https://" + answers.One("project-id") + ".supabase.co/auth/v1";
  Entry entry(answers);
  entry.Member("issuer", issuer, "the project's own")
      .Member("audiences", std::vector<std::string>{"authenticated"}, "the same in all projects: the issuer tells them")
      .Algorithms({"ES256", "RS256"}, "what signing keys can be; the legacy shared secret is not for others to verify")
      .KeysAt(issuer + "/.well-known/jwks.json", "the project's signing keys")
      .Claim("session_claim", {"session_id"}, "Supabase names the session there")
      .In({"role"}, {"authenticated"}, "the same key signs for service_role, which may do everything")
      .Is({"is_anonymous"}, "false", "anonymous users have the same role and audience");
  return entry.Json();
}

std::string WriteClerk(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", "https://" + answers.One("domain"), "the instance's Frontend API URL")
      .AudienceFrom("azp", answers.All("origin"),
                    "session tokens have no aud: the page that asked for them stands in for it")
      .Algorithms({"RS256"})
      .Discover()
      .Leeway(30)
      .Claim("tenant_claim", {"o", "id"}, "an organization is a customer")
      .Is({"v"}, "2", "version 1 has its claims elsewhere")
      .Exists({"sid"}, "tokens of a session alone have it")
      .In({"sts"}, {"active"}, "a pending session has tasks left, such as a second factor");
  if (answers.Has("organization")) {
    entry.In({"o", "id"}, answers.All("organization"), "the same key signs for all organizations");
  }
  return entry.Json();
}

std::string WriteZitadel(const Answers& answers) {
  constexpr char kOrganization[] = "urn:zitadel:iam:user:resourceowner:id";
  std::string scopes;
  json::Writer(&scopes)
      .Begin('{')
      .Member("claim", "urn:zitadel:iam:org:project:roles")
      .Member("form", "keys")
      .Member("granted_by", answers.All("organization"))
      .End('}');
  Entry entry(answers);
  entry.Member("issuer", "https://" + answers.One("domain"), "the instance's domain")
      .Audiences("audience", "the project's ID, or the API application's client ID")
      .Algorithms({"RS256"})
      .Discover()
      .Leeway(30)
      .Claim("tenant_claim", {kOrganization}, "an organization is a customer")
      .Raw("scopes", std::move(scopes),
           "the project's roles; granted_by: a role that another organization grants is none")
      .In({kOrganization}, answers.All("organization"),
          "the same key signs for all organizations; clients must ask for the scope urn:zitadel:iam:user:resourceowner")
      .Exists({"jti"}, "ID tokens, of the same audience and key, have none");
  return entry.Json();
}

constexpr Provider kHosted[] = {
    {"auth0",
     "Auth0, access tokens for an API",
     "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
     {{{"domain", Amount::kOne, HostName, "the tenant's domain: Applications > an application > Settings > Domain"},
       {"audience", Amount::kSeveral, AnyText, "the API's identifier: Applications > APIs > the API > Settings"},
       {"client-id", Amount::kOptionalSeveral, AnyText, "the applications that may call it: Settings > Client ID"}}},
     WriteAuth0},
    {"clerk",
     "Clerk, session tokens of version 2",
     "https://clerk.com/docs/guides/sessions/session-tokens",
     {{{"domain", Amount::kOne, HostName, "the Frontend API's host: Configure > API keys"},
       {"origin", Amount::kSeveral, Origin, "where the application's pages are, such as https://app.example.com"},
       {"organization", Amount::kOptionalSeveral, Word, "whose users are meant: Organizations > an ID, org_…"}}},
     WriteClerk},
    {"okta",
     "Okta, access tokens of a custom authorization server",
     "https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/",
     {{{"issuer", Amount::kOne, OktaServer, "the server's issuer URI: Security > API > Authorization Servers"},
       {"audience", Amount::kSeveral, AnyText, "the server's audience, such as api://default: in the same list"},
       {"client-id", Amount::kOptionalSeveral, AnyText, "the applications that may call it: General > Client ID"}}},
     WriteOkta},
    {"supabase",
     "Supabase, access tokens of a project's users",
     "https://supabase.com/docs/guides/auth/jwt-fields",
     {{{"project-id", Amount::kOne, LowerWord, "the project's ID: Project Settings > General"}}},
     WriteSupabase},
    {"workos",
     "WorkOS Connect, access tokens for a resource such as an MCP server",
     "https://workos.com/docs/authkit/connect",
     {{{"domain", Amount::kOne, HostName, "the AuthKit domain: Domains > AuthKit, such as acme.authkit.app"},
       {"audience", Amount::kSeveral, AnyText, "the resource indicator: Connect > Configuration"},
       {"organization", Amount::kSeveral, Word, "whose users are meant: Organizations > an ID, org_…"}}},
     WriteWorkOs},
    {"workos-session",
     "WorkOS AuthKit, access tokens of sessions",
     "https://workos.com/docs/reference/authkit/session-tokens",
     {{{"client-id", Amount::kOne, Word, "the environment's client ID: API Keys, client_…"},
       {"organization", Amount::kSeveral, Word, "whose users are meant: Organizations > an ID, org_…"},
       {"issuer", Amount::kOptional, IssuerUrl, "the custom authentication domain, where there is one"}}},
     WriteWorkOsSession},
    {"zitadel",
     "ZITADEL, access tokens in the form of JWTs",
     "https://zitadel.com/docs/apis/openidoauth/claims",
     {{{"domain", Amount::kOne, HostName, "the instance's domain, such as acme.zitadel.cloud"},
       {"audience", Amount::kSeveral, AnyText, "the project's resource ID: Projects > the project"},
       {"organization", Amount::kSeveral, Digits, "whose users are meant: Organization > Resource ID"}}},
     WriteZitadel},
};

}  // namespace

std::span<const Provider> HostedProviders() { return kHosted; }

}  // namespace assay::cli
