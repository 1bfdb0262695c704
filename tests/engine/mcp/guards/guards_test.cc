// Guards for a gateway in front of an authorization server.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>

#include "engine/mcp/guards/pkce.h"
#include "engine/mcp/guards/registration.h"
#include "engine/mcp/request/credential.h"

namespace assay::mcp {
namespace {

// RFC 7636 appendix B.
constexpr std::string_view kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

std::string Authorize(const std::string& more) { return "response_type=code&client_id=c&" + more; }
std::string Word(GuardReason reason) { return std::string(GuardReasonWord(reason)); }

TEST(Pkce, Rfc7636AppendixB) {
  EXPECT_EQ(CodeChallengeS256(kVerifier), kChallenge);
  EXPECT_EQ(Word(CheckVerifier(kVerifier, kChallenge)), "ok");
}

TEST(Pkce, AnotherVerifierIsRefused) {
  std::string other(kVerifier);
  other[0] = 'e';
  EXPECT_EQ(Word(CheckVerifier(other, kChallenge)), "verifier_mismatch");
  EXPECT_EQ(Word(CheckVerifier(kChallenge, kChallenge)), "verifier_mismatch");  // as `plain` would have it
  EXPECT_EQ(Word(CheckVerifier("", kChallenge)), "verifier_missing");
  EXPECT_EQ(Word(CheckVerifier(kVerifier, "")), "verifier_mismatch");
}

TEST(Pkce, AVerifierHas43To128UnreservedCharacters) {
  EXPECT_FALSE(IsCodeVerifier(std::string(42, 'a')));
  EXPECT_TRUE(IsCodeVerifier(std::string(43, '~')));
  EXPECT_TRUE(IsCodeVerifier(std::string(128, '.')));
  EXPECT_FALSE(IsCodeVerifier(std::string(129, 'a')));
  for (const char c : {'=', '+', '/', ' ', '%', '\0', '\xC3'}) {
    EXPECT_EQ(Word(CheckVerifier(std::string(42, 'a') + c, kChallenge)), "bad_verifier");
  }
}

TEST(AuthorizationRequest, NeedsAnS256Challenge) {
  const std::string good = "code_challenge=" + std::string(kChallenge) + "&code_challenge_method=S256";
  EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize(good))), "ok");
  EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize("code_challenge_method=S256"))), "challenge_missing");
  EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize("code_challenge=&code_challenge_method=S256"))),
            "challenge_missing");
  for (const char* method :
       {"", "&code_challenge_method=plain", "&code_challenge_method=s256", "&code_challenge_method="}) {
    EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize("code_challenge=" + std::string(kChallenge) + method))),
              "challenge_method_not_s256")
        << method;
  }
  EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize("code_challenge=short&code_challenge_method=S256"))),
            "bad_challenge");
  EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize(good + "&code%5Fchallenge=x"))), "parameter_repeated");
  EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize(good + "&x=%4"))), "broken_encoding");
  EXPECT_EQ(Word(CheckAuthorizationRequest("response_type=token&client_id=c&" + good)), "response_type_not_allowed");
  EXPECT_EQ(Word(CheckAuthorizationRequest(good)), "parameter_missing");
}

TEST(AuthorizationRequest, CarriesItsParametersItself) {
  const std::string good = "code_challenge=" + std::string(kChallenge) + "&code_challenge_method=S256";
  for (const char* more : {"&request=a.b.c", "&request_uri=https://a.example/r", "&request=", "&request%5Furi=urn:x"}) {
    EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize(good + more))), "request_object_not_allowed") << more;
  }
  // Servers that look parameters up without case take these for the same.
  for (const char* more : {"&Request=x", "&REQUEST=e30", "&Request_Uri=https://a.example/r", "&REQUEST.URI=x"}) {
    EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize(good + more))), "broken_encoding") << more;
  }
  EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize(good + "&Requests=x&STATE=1"))), "ok");
}

// What is beside the real parameters must not replace them in the eyes of some other server.
TEST(AuthorizationRequest, EveryServerReadsTheSameParameters) {
  const std::string good = "code_challenge=" + std::string(kChallenge) + "&code_challenge_method=S256";
  for (const char* more : {"&code_challenge[]=x",
                           "&code_challenge%5B%5D=x",
                           "&code_challenge[a]=x",
                           "&a=x;code_challenge_method=plain",
                           ";code_challenge_method=plain",
                           "&+code_challenge_method=plain",
                           "&%20code_challenge_method=plain",
                           "&code_challenge_method%00=plain",
                           "&code_challenge_method%00x=plain",
                           "&code_challenge_method+=plain",
                           "&Code_Challenge_Method=plain",
                           "&CODE%5fCHALLENGE=x",
                           "&code.challenge_method=plain",
                           "&code+challenge=x",
                           "&code%20challenge=x",
                           "&?code_challenge_method=plain",
                           "&=x",
                           "&request.uri=https://a.example/r",
                           "&x=%00code_challenge_method",
                           "&x=a%0D%0Ab",
                           "&x=\n",
                           "&c%C3%B6de=x",
                           "&redirect_uri=a&redirect_uri[]=b",
                           "&redirect_uri=a&Redirect_Uri=b",
                           "&state=1&state=1"}) {
    EXPECT_NE(Word(CheckAuthorizationRequest(Authorize(good + more))), "ok") << more;
  }
  for (const char* more :
       {"&state=a%3Bb%26c", "&x-y.z=1", "&resource=https%3A%2F%2Fh%2Fmcp", "&scope=a+b", "&&", "&x="}) {
    EXPECT_EQ(Word(CheckAuthorizationRequest(Authorize(good + more))), "ok") << more;
  }
}

TEST(TokenRequest, EveryServerReadsTheSameParameters) {
  const std::string good = "grant_type=authorization_code&code=x&code_verifier=" + std::string(kVerifier);
  EXPECT_EQ(Word(CheckTokenRequest(good, true)), "ok");
  for (const char* more : {"&grant_type[]=password", "&a=b;grant_type=password", "&Grant_Type=password",
                           "&grant.type=password", "&+grant_type=password", "&grant_type%00=password"}) {
    EXPECT_NE(Word(CheckTokenRequest(good + more, true)), "ok") << more;
  }
}

TEST(TokenRequest, APublicClientHasAVerifier) {
  const std::string code = "grant_type=authorization_code&code=x";
  EXPECT_EQ(Word(CheckTokenRequest(code + "&code_verifier=" + std::string(kVerifier), true)), "ok");
  EXPECT_EQ(Word(CheckTokenRequest(code, true)), "verifier_missing");
  EXPECT_EQ(Word(CheckTokenRequest(code + "&code_verifier=", true)), "verifier_missing");
  EXPECT_EQ(Word(CheckTokenRequest(code, false)), "ok");
  EXPECT_EQ(Word(CheckTokenRequest(code + "&code_verifier=short", false)), "bad_verifier");
  EXPECT_EQ(Word(CheckTokenRequest(code + "&code=y", true)), "parameter_repeated");
  EXPECT_EQ(Word(CheckTokenRequest("grant_type=refresh_token&refresh_token=r", true)), "ok");
  EXPECT_EQ(Word(CheckTokenRequest("grant_type=refresh_token", true)), "parameter_missing");
  EXPECT_EQ(Word(CheckTokenRequest("grant_type=password&username=u&password=p", true)), "grant_type_not_allowed");
  EXPECT_EQ(Word(CheckTokenRequest("code=x", true)), "parameter_missing");
}

TEST(HasTokenParameter, FindsWhatAnyServerWouldTake) {
  for (const char* query :
       {"access_token=x", "a=b&access%5Ftoken=x", "a=b;access_token=x", "access_token[]=x", "Access_Token=x",
        "+access_token=x", "access.token=x", "access+token=x", "access_token%00=x", "access_token", "[access_token]=x",
        "]access_token=x", "access_token]=x", "access[token=x", "%0Baccess_token=x", "%A0access_token=x",
        "access_token%7F=x"}) {
    EXPECT_TRUE(HasTokenParameter(query)) << query;
  }
  for (const char* query : {"", "a=access_token", "access_tokens=x", "token=x", "+=x", "access%5b=x",
                            "x[access_token]=x", "access_token]x=x", "access-token=x", "[]=x"}) {
    EXPECT_FALSE(HasTokenParameter(query)) << query;
  }
}

TEST(RedirectUri, IsHttpsOrThisMachine) {
  for (const char* uri : {"https://app.example/cb", "https://app.example/cb?x=y", "http://127.0.0.1:8080/cb",
                          "http://localhost/cb", "http://[::1]:9/cb"}) {
    EXPECT_TRUE(IsRedirectUri(uri)) << uri;
  }
  for (const char* uri : {"http://app.example/cb", "https://app.example/cb#x", "https://*.app.example/cb",
                          "https://app.example/*", "https://u@app.example/", "javascript:x", "myapp://cb",
                          "https://app.example/../cb", "/cb", "", "http://localhost.evil/", "http://127.0.0.1.evil/",
                          "http://127.0.0.256/", "https://app.example/cb\\x", "https:/app.example"}) {
    EXPECT_FALSE(IsRedirectUri(uri)) << uri;
  }
}

TEST(RedirectUri, HasOnePortOneHostAndAPathThatHidesNothing) {
  for (const char* uri : {"https://a.example:99999/cb",
                          "https://a.example:65536/cb",
                          "https://a.example:/cb",
                          "https://a.example:0/cb",
                          "https://a.example:0443/cb",
                          "https://0x7f.1/cb",
                          "https://127.1/cb",
                          "https://2130706433/cb",
                          "https://017700000001/cb",
                          "https://127.0.0.1./cb",
                          "https://a.example./cb",
                          "https://a%2eexample/cb",
                          "https://a.example/%2e%2e/cb",
                          "https://a.example/%2E%2E/cb",
                          "https://a.example/.%2e/cb",
                          "https://a.example/a%2f..%2fcb",
                          "https://a.example/a%5ccb",
                          "https://a.example/%252e%252e/cb",
                          "https://a.example/cb%00",
                          "https://a.example/cb%0d%0a",
                          "https://a.example/..;/cb",
                          "https://a,b/cb",
                          "http://127.0.0.1:0/cb",
                          "http://127.0.0.1:99999/cb",
                          "http://[::1]:/cb",
                          "http://localhost./cb"}) {
    EXPECT_FALSE(IsRedirectUri(uri)) << uri;
    EXPECT_FALSE(IsRegisteredRedirect(uri, uri)) << uri;
    const std::string json = R"({"token_endpoint_auth_method":"none","redirect_uris":[")" + std::string(uri) + "\"]}";
    EXPECT_EQ(Word(CheckRegistration(json)), "bad_redirect_uri") << uri;
  }
  for (const char* port : {":0", ":99999", ":65536", ":", ":080", ":+1", ":1x"}) {
    EXPECT_FALSE(IsRegisteredRedirect("http://127.0.0.1/cb", "http://127.0.0.1" + std::string(port) + "/cb")) << port;
    EXPECT_FALSE(IsRegisteredRedirect("http://127.0.0.1" + std::string(port) + "/cb", "http://127.0.0.1:1/cb")) << port;
  }
  EXPECT_TRUE(IsRegisteredRedirect("http://[::1]:1/cb?x", "http://[::1]:65535/cb?x"));
  EXPECT_EQ(Word(CheckClientIdUrl("https://app.example/%2e%2e/c")), "bad_client_id");
  EXPECT_EQ(Word(CheckClientIdUrl("https://app.example/a%2fc")), "bad_client_id");
}

TEST(RedirectUri, IsRegisteredByteForByteButForALoopbackPort) {
  EXPECT_TRUE(IsRegisteredRedirect("https://a.example/cb", "https://a.example/cb"));
  EXPECT_TRUE(IsRegisteredRedirect("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"));
  for (const char* uri : {"https://a.example/cb/", "https://a.example/CB", "https://a.example:443/cb",
                          "https://a.example/cb?x", "https://A.example/cb"}) {
    EXPECT_FALSE(IsRegisteredRedirect("https://a.example/cb", uri)) << uri;
  }
  EXPECT_FALSE(IsRegisteredRedirect("http://127.0.0.1/cb", "http://localhost/cb"));
  EXPECT_FALSE(IsRegisteredRedirect("http://127.0.0.1/cb", "http://127.0.0.1:1/cc"));
}

TEST(Registration, OfAPublicClient) {
  const auto check = [](const std::string& members, bool confidential = false) {
    return Word(CheckRegistration("{\"redirect_uris\":[\"https://a.example/cb\"]," + members + "}", confidential));
  };
  EXPECT_EQ(
      check(
          R"("token_endpoint_auth_method":"none","client_name":"x","grant_types":["authorization_code","refresh_token"],"response_types":["code"])"),
      "ok");
  EXPECT_EQ(check(R"("client_name":"x")"), "authentication_method_not_allowed");
  EXPECT_EQ(check(R"("token_endpoint_auth_method":"client_secret_basic")"), "authentication_method_not_allowed");
  EXPECT_EQ(check(R"("token_endpoint_auth_method":"client_secret_basic")", true), "ok");
  for (const char* grants :
       {R"(["implicit"])", R"(["authorization_code","password"])", "[]", R"("authorization_code")", "[1]"}) {
    EXPECT_EQ(check(R"("token_endpoint_auth_method":"none","grant_types":)" + std::string(grants)),
              "grant_type_not_allowed")
        << grants;
  }
  EXPECT_EQ(check(R"("token_endpoint_auth_method":"none","response_types":["token"])"), "response_type_not_allowed");
  EXPECT_EQ(Word(CheckRegistration(R"({"token_endpoint_auth_method":"none"})")), "redirect_uri_missing");
  EXPECT_EQ(Word(CheckRegistration(R"({"redirect_uris":[]})")), "redirect_uri_missing");
  EXPECT_EQ(Word(CheckRegistration(R"({"redirect_uris":["https://a.example/cb","https://a.example/#"]})")),
            "bad_redirect_uri");
  EXPECT_EQ(Word(CheckRegistration(R"({"redirect_uris":"https://a.example/cb"})")), "bad_redirect_uri");
  for (const char* json : {"", "[]", "{", R"({"redirect_uris":["https://a.example/cb"],"redirect_uris":[]})"}) {
    EXPECT_EQ(Word(CheckRegistration(json)), "bad_document") << json;
  }
  // A reader without case takes the later one; a statement's values go before all of these.
  const std::string good = R"("token_endpoint_auth_method":"none")";
  for (const char* more : {R"("Redirect_URIs":["javascript:x"])", R"("Grant_Types":["password"])",
                           R"("TOKEN_ENDPOINT_AUTH_METHOD":"client_secret_basic")", R"("redirect_uri\u017f":["x:y"])",
                           "\"to\xE2\x84\xAA"
                           R"(en_endpoint_auth_method":"client_secret_basic")",
                           R"("software_statement":"a.b.c")"}) {
    EXPECT_EQ(check(good + "," + more), "bad_document") << more;
    EXPECT_EQ(check(std::string(more) + "," + good), "bad_document") << more;
  }
  EXPECT_EQ(check(good + R"(,"client_name#ja-Hani-JP":"x","Scope":"y","redirect_uris_":[])"), "ok");
}

TEST(ClientIdMetadata, TheIdIsAnHttpsUrlWithAPath) {
  EXPECT_EQ(Word(CheckClientIdUrl("https://app.example/client.json")), "ok");
  for (const char* id :
       {"https://app.example", "https://app.example/", "http://app.example/c", "https://u:p@app.example/c",
        "https://app.example/c#f", "https://app.example/a/../c", "client-1", "", "https://2130706433/c",
        "https://0x7f.1/c", "HTTPS://app.example/c", "https://127.1/c"}) {
    EXPECT_EQ(Word(CheckClientIdUrl(id)), "bad_client_id") << id;
  }
  for (const char* id : {"https://localhost/c", "https://x.LOCALHOST/c", "https://127.0.0.1/c", "https://10.1.2.3/c",
                         "https://[::1]/c", "https://169.254.169.254/c", "https://[::ffff:10.0.0.1]/c"}) {
    EXPECT_EQ(Word(CheckClientIdUrl(id)), "address_not_public") << id;
  }
  for (const char* id : {"https://8.8.8.8/c", "https://[2606:4700::1111]:8443/c", "https://A-1.example:65535/c",
                         "https://xn--a.example/c"}) {
    EXPECT_EQ(Word(CheckClientIdUrl(id)), "ok") << id;
  }
}

TEST(ClientIdMetadata, TheHostIsADnsNameOrAnAddressAndThePortIsOne) {
  for (const char* id :
       {"https://%6cocalhost/c", "https://127%2e0.0.1/c", "https://app.example./c", "https://localhost./c",
        "https://x.LOCALHOST./c", "https://app..example/c", "https://.example/c", "https://-a.example/c",
        "https://a-.example/c", "https://a_b.example/c", "https://a!b.example/c", "https://127.0.0.256/c",
        "https://127.0.0.01/c", "https://[1.2.3.4]/c", "https://app.example:/c", "https://app.example:0/c",
        "https://app.example:65536/c", "https://app.example:99999/c"}) {
    EXPECT_EQ(Word(CheckClientIdUrl(id)), "bad_client_id") << id;
  }
  EXPECT_EQ(Word(CheckClientIdUrl("https://" + std::string(64, 'a') + ".example/c")), "bad_client_id");
}

TEST(ClientIdMetadata, TheDocumentNamesItsOwnUrl) {
  const std::string id = "https://app.example/client.json";
  const auto check = [&](const std::string& members) { return Word(CheckClientMetadata(id, "{" + members + "}")); };
  const std::string good =
      R"("client_id":"https://app.example/client.json","client_name":"App","redirect_uris":["https://app.example/cb"])";
  EXPECT_EQ(check(good), "ok");
  EXPECT_EQ(check(good + R"(,"token_endpoint_auth_method":"private_key_jwt")"), "ok");
  EXPECT_EQ(check(good + R"(,"token_endpoint_auth_method":"client_secret_post")"), "authentication_method_not_allowed");
  EXPECT_EQ(check(good + R"(,"client_secret":"s")"), "secret_in_document");
  EXPECT_EQ(check(good + R"(,"Client_Secret":"s")"), "bad_document");
  EXPECT_EQ(check(good + R"(,"CLIENT_ID":"https://other.example/c")"), "bad_document");
  EXPECT_EQ(check(R"("client_id":"https://app.example/Client.json","client_name":"App")"), "client_id_mismatch");
  EXPECT_EQ(check(R"("client_name":"App")"), "client_id_mismatch");
  EXPECT_EQ(check(R"("client_id":"https://app.example/client.json")"), "client_name_missing");
  EXPECT_EQ(check(R"("client_id":"https://app.example/client.json","client_name":"App")"), "redirect_uri_missing");
  EXPECT_EQ(Word(CheckClientMetadata("https://localhost/c", "{}")), "address_not_public");
}

bool IsPublic(const char* text) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, text, bytes.data()) == 1) return IsPublicAddress(std::span(bytes).first(4));
  EXPECT_EQ(inet_pton(AF_INET6, text, bytes.data()), 1) << text;
  return IsPublicAddress(bytes);
}

TEST(IsPublicAddress, KnowsWhatIsNotReachableFromEverywhere) {
  for (const char* text :
       {"0.0.0.0",         "10.0.0.1",    "100.64.0.1", "127.0.0.1",        "169.254.169.254",   "172.16.0.1",
        "172.31.255.255",  "192.168.1.1", "192.0.2.1",  "198.18.0.1",       "203.0.113.9",       "224.0.0.1",
        "255.255.255.255", "::",          "::1",        "fe80::1",          "fc00::1",           "fd12::1",
        "ff02::1",         "2001:db8::1", "2001::1",    "::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::",
        "100::1",          "::8.8.8.8",   "::10.0.0.1"}) {
    EXPECT_FALSE(IsPublic(text)) << text;
  }
  for (const char* text : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
                           "64:ff9b::8.8.8.8"}) {
    EXPECT_TRUE(IsPublic(text)) << text;
  }
  EXPECT_FALSE(IsPublicAddress({}));
}

}  // namespace
}  // namespace assay::mcp
