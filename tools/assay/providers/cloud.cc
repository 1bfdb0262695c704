// Clouds and large platforms.
#include "tools/assay/providers/entry.h"

namespace assay::cli {
namespace {

constexpr std::string_view kEntraLogin = "https://login.microsoftonline.com/";

std::string WriteCognito(const Answers& answers) {
  const std::string pool = answers.One("pool");
  const std::string region = pool.substr(0, pool.find('_'));
  Entry entry(answers);
  entry.Member("issuer", "https://cognito-idp." + region + ".amazonaws.com/" + pool, "the user pool's own")
      .AudienceFrom("client_id", answers.All("client-id"), "access tokens have no aud: the app client stands in for it")
      .Algorithms({"RS256"})
      .Discover()
      .Member("scope_claim", "scope", "a string")
      .Claim("session_claim", {"origin_jti"}, "all tokens of one sign-in have it in common")
      .In({"token_use"}, {"access"}, "the same key signs ID tokens");
  return entry.Json();
}

// AddEntra: what tokens of one tenant and of several have in common.
void AddEntra(const Answers& answers, Entry* entry) {
  entry->Audiences("audience", "the API's application ID; tokens for Graph have Graph's")
      .Algorithms({"RS256"})
      .Leeway(60)
      .Member("scope_claim", "scp", "of users' tokens, a string; those of applications have `roles` alone")
      .Claim("client_claim", {"azp"}, "Entra names the client there")
      .Claim("tenant_claim", {"tid"}, "a tenant is a customer")
      .Claim("token_id_claim", {"uti"}, "Entra writes no jti")
      .In({"tid"}, answers.All("tenant"), "the tenants that are meant; the issuer says it, too, and both must");
  if (answers.Has("client-id")) {
    entry->In({"azp"}, answers.All("client-id"), "the clients that may call the API; ID tokens have none");
  } else {
    entry->Exists({"azp"}, "the client; ID tokens have none");
  }
}

std::string WriteEntra(const Answers& answers) {
  const std::string tenant = std::string(kEntraLogin) + answers.One("tenant");
  Entry entry(answers);
  entry.Member("issuer", tenant + "/v2.0", "tokens of version 1 have another: set accessTokenAcceptedVersion to 2")
      .KeysAt(tenant + "/discovery/v2.0/keys", "the tenant's; a key that names its issuer is good for that one alone");
  AddEntra(answers, &entry);
  return entry.Json();
}

std::string WriteEntraMultiTenant(const Answers& answers) {
  std::string issuer;
  json::Writer(&issuer)
      .Begin('{')
      .Member("template", std::string(kEntraLogin) + "{tenant}/v2.0")
      .Member("tenant", answers.All("tenant"))
      .End('}');
  Entry entry(answers);
  entry.Raw("issuer", std::move(issuer), "these tenants alone, each an issuer of its own")
      .KeysAt(std::string(kEntraLogin) + "common/discovery/v2.0/keys", "Entra's for all tenants, consumers' with them");
  AddEntra(answers, &entry);
  return entry.Json();
}

std::string WriteGoogle(const Answers& answers) {
  Entry entry(answers);
  entry
      .Member("issuer", std::vector<std::string>{"https://accounts.google.com", "accounts.google.com"},
              "Google writes both")
      .Audiences("audience", "whoever asks for a service account's token chooses it: it says nothing of who asks")
      .Algorithms({"RS256"})
      .KeysAt("https://www.googleapis.com/oauth2/v3/certs", "Google's; its access tokens (ya29.…) are no JWTs")
      .Claim("client_claim", {"azp"}, "Google names the client there")
      .Claim("tenant_claim", {"hd"}, "the Workspace domain");
  if (answers.Has("subject")) entry.In({"sub"}, answers.All("subject"), "the accounts that are meant");
  if (answers.Has("hosted-domain")) {
    entry.In({"hd"}, answers.All("hosted-domain"), "the Workspace domains whose users are meant; others have none");
  }
  return entry.Json();
}

std::string WriteFirebase(const Answers& answers) {
  const std::string project = answers.One("project-id");
  std::string keys;
  json::Writer(&keys)
      .Begin('{')
      .Member("x509_url", "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com")
      .End('}');
  Entry entry(answers);
  entry.Member("issuer", "https://securetoken.google.com/" + project, "session cookies have another")
      .Member("audiences", std::vector<std::string>{project}, "the project")
      .Algorithms({"RS256"})
      .Keys(std::move(keys), "the certificates that Firebase documents; the same keys sign for all projects")
      .Leeway(30)
      .In({"firebase", "sign_in_provider"}, answers.All("sign-in-provider"),
          "how users may sign in: the same key signs for anonymous ones")
      .Exists({"sub"}, "the user; Firebase says to look for it")
      .Exists({"auth_time"}, "when the user signed in; Firebase says to look for it");
  return entry.Json();
}

std::string WriteCloudflare(const Answers& answers) {
  const std::string team = "https://" + answers.One("domain");
  Entry entry(answers);
  entry.Member("issuer", team, "the team's domain")
      .Audiences("audience", "the application's tag; the same key signs for all applications of the team")
      .Algorithms({"RS256"})
      .KeysAt(team + "/cdn-cgi/access/certs", "the team's")
      .Leeway(30)
      .In({"type"}, {"app"}, "the team's own token, good for all applications, is `org`")
      .Exists({"sub"}, "a user; a service token's is empty");
  return entry.Json();
}

std::string WriteIap(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", "https://cloud.google.com/iap", "IAP's; Google's sign-in has another")
      .Audiences("audience", "the backend; the same key signs for everyone's")
      .Algorithms({"ES256"})
      .KeysAt("https://www.gstatic.com/iap/verify/public_key-jwk", "IAP's")
      .Leeway(30)
      .Claim("tenant_claim", {"hd"}, "the Workspace domain");
  if (answers.Has("hosted-domain")) {
    entry.In({"hd"}, answers.All("hosted-domain"), "the Workspace domains whose users are meant; others have none");
  }
  return entry.Json();
}

constexpr Question kEntraAudience = {"audience", Amount::kSeveral, EntraAudience,
                                     "the API's Application (client) ID: App registrations > the API > Overview"};
constexpr Question kEntraClients = {"client-id", Amount::kOptionalSeveral, Guid,
                                    "the clients that may call it: their Application (client) IDs"};
constexpr std::string_view kEntraPage =
    "https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference";

constexpr Provider kCloud[] = {
    {"cloudflare-access",
     "Cloudflare Access, application tokens (header Cf-Access-Jwt-Assertion)",
     "https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/application-token",
     {{{"domain", Amount::kOne, CloudflareTeam,
        "the team's domain: Settings > Custom Pages, TEAM.cloudflareaccess.com"},
       {"audience", Amount::kSeveral, HexTag, "the application's AUD tag: Access > Applications > Overview"}}},
     WriteCloudflare},
    {"cognito",
     "Amazon Cognito, access tokens of a user pool",
     "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
     {{{"pool", Amount::kOne, CognitoPool, "the user pool's ID, which holds its region: User pools > Overview"},
       {"client-id", Amount::kSeveral, Word, "the app clients that may call: Applications > App clients > Client ID"}}},
     WriteCognito},
    {"entra",
     "Microsoft Entra ID, access tokens (v2.0) of one tenant",
     kEntraPage,
     {{{"tenant", Amount::kOne, Guid, "Directory (tenant) ID: App registrations > the API > Overview"},
       kEntraAudience,
       kEntraClients}},
     WriteEntra},
    {"entra-multi-tenant",
     "Microsoft Entra ID, access tokens (v2.0) of several tenants",
     kEntraPage,
     {{{"tenant", Amount::kSeveral, Guid, "the Directory (tenant) ID of each tenant that is meant"},
       kEntraAudience,
       kEntraClients}},
     WriteEntraMultiTenant},
    {"firebase",
     "Firebase Authentication, ID tokens of a project's users",
     "https://firebase.google.com/docs/auth/admin/verify-id-tokens",
     {{{"project-id", Amount::kOne, LowerWord, "Project settings > General > Project ID"},
       {"sign-in-provider", Amount::kSeveral, Word,
        "Authentication > Sign-in method, as tokens have it: password, google.com, apple.com, phone, …"}}},
     WriteFirebase},
    {"gcp-iap",
     "Google Cloud Identity-Aware Proxy, signed headers (X-Goog-IAP-JWT-Assertion)",
     "https://cloud.google.com/iap/docs/signed-headers-howto",
     {{{"audience", Amount::kSeveral, IapAudience,
        "Security > Identity-Aware Proxy > the backend > Get JWT audience code"},
       {"hosted-domain", Amount::kOptionalSeveral, HostName, "the Workspace domain whose users are meant"}}},
     WriteIap},
    {"google",
     "Google, ID tokens of users and service accounts",
     "https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload",
     {{{"audience", Amount::kSeveral, AnyText,
        "the client ID (APIs & Services > Credentials), or what service accounts ask for"},
       {"subject", Amount::kEither, Digits,
        "whose tokens are meant: a service account's Unique ID (IAM > Service Accounts), or a user's `sub`"},
       {"hosted-domain", Amount::kEither, HostName, "the Workspace domain whose users are meant"}}},
     WriteGoogle},
};

}  // namespace

std::span<const Provider> CloudProviders() { return kCloud; }

}  // namespace assay::cli
