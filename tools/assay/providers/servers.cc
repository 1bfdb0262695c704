// Servers that one runs oneself.
#include "tools/assay/providers/entry.h"

namespace assay::cli {
namespace {

std::string WriteKeycloak(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", answers.One("issuer"), "the realm, byte for byte as its tokens have it");
  if (answers.Has("audience")) {
    entry.Audiences("audience", "what an audience mapper of the client's scope adds");
  } else {
    entry.AudienceFrom("azp", answers.All("client-id"),
                       "without an audience mapper tokens have no aud: the client stands in for it");
  }
  entry.Algorithms({"RS256"}, "the realm's default; other keys are the realm's choice")
      .Discover()
      .Claim("client_claim", {"azp"}, "Keycloak names the client there")
      .Member("scope_claim", "scope", "a string; roles stand at [\"realm_access\", \"roles\"]")
      .In({"typ"}, {"Bearer"}, "the same key signs ID, refresh and logout tokens");
  if (answers.Has("audience")) entry.In({"azp"}, answers.All("client-id"), "the clients that may call");
  return entry.Json();
}

std::string WriteDuende(const Answers& answers) {
  Entry entry(answers);
  entry.Member("issuer", answers.One("issuer"), "the server, byte for byte as its tokens have it")
      .Audiences("audience", "the API resource's name; an ID token has the client's ID here")
      .Algorithms({"RS256"}, "the server's default; other keys are its own choice")
      .Discover()
      .Leeway(30)
      .Member("token_type", "at+jwt", "the same key signs ID, logout and client tokens, of other types")
      .Raw("scopes", R"({"claim":"scope","form":"array"})",
           "an array, unless EmitScopesAsSpaceDelimitedStringInJwt is on: then \"string\"");
  if (answers.Has("client-id")) entry.In({"client_id"}, answers.All("client-id"), "the clients that may call the API");
  return entry.Json();
}

constexpr Provider kServers[] = {
    {"duende",
     "Duende IdentityServer, access tokens for an API",
     "https://docs.duendesoftware.com/identityserver/apis/aspnetcore/authorization",
     {{{"issuer", Amount::kOne, IssuerUrl, "`issuer` of /.well-known/openid-configuration"},
       {"audience", Amount::kSeveral, AnyText, "the API resource's name, in the server's ApiResources"},
       {"client-id", Amount::kOptionalSeveral, AnyText, "the clients that may call it: their ClientId"}}},
     WriteDuende},
    {"keycloak",
     "Keycloak, access tokens of a realm",
     "https://www.keycloak.org/docs/latest/server_admin/#_audience",
     {{{"issuer", Amount::kOne, RealmUrl,
        "`issuer` of Realm settings > General > OpenID Endpoint Configuration, https://HOST/realms/REALM"},
       {"client-id", Amount::kSeveral, AnyText, "the clients that may call: Clients > Client ID"},
       {"audience", Amount::kOptionalSeveral, AnyText,
        "what an audience mapper adds; without one tokens have no aud"}}},
     WriteKeycloak},
};

}  // namespace

std::span<const Provider> ServerProviders() { return kServers; }

}  // namespace assay::cli
