#include "engine/mcp/decide/challenge.h"

#include "tests/engine/mcp/fixture.h"

namespace assay::mcp {
namespace {

std::string Format(const Challenge& challenge) {
  std::string out;
  AppendChallenge(challenge, &out);
  return out;
}

// RFC 6750 section 3, with this project's parameters in place of the realm.
TEST(Challenge, Rfc6750Examples) {
  EXPECT_EQ(Format({.error = "invalid_token", .error_description = "The access token expired"}),
            "Bearer error=\"invalid_token\", error_description=\"The access token expired\"");
  const std::string_view scopes[] = {"openid", "profile", "email"};
  EXPECT_EQ(Format({.scopes = scopes}), "Bearer scope=\"openid profile email\"");
  const std::string_view urns[] = {"urn:example:channel=HBO&urn:example:rating=G,PG-13"};
  EXPECT_EQ(Format({.scopes = urns}), "Bearer scope=\"urn:example:channel=HBO&urn:example:rating=G,PG-13\"");
}

// RFC 9728 section 5.1.
TEST(Challenge, Rfc9728Example) {
  EXPECT_EQ(Format({.resource_metadata = "https://resource.example.com/.well-known/oauth-protected-resource"}),
            "Bearer resource_metadata=\"https://resource.example.com/.well-known/oauth-protected-resource\"");
}

TEST(Challenge, NothingGetsOutOfAQuotedString) {
  EXPECT_EQ(Format({.error = "a\"b\\c\r\nSet-Cookie: x\x01\xC3\xA9"}),
            "Bearer error=\"a\\\"b\\\\c??Set-Cookie: x???\"");
  EXPECT_EQ(Format({}), "");
}

TEST(Challenge, EveryAnswerIsComplete) {
  Gateway gateway(FileServerPolicy());
  const std::string metadata = "resource_metadata=\"" + std::string(kMetadata) + "\"";
  EXPECT_EQ(gateway.Challenge(gateway.Decide({}, "")), "Bearer scope=\"files:read\", " + metadata);
  EXPECT_EQ(gateway.Challenge(gateway.DecideWith("x", "")),
            "Bearer error=\"invalid_token\", error_description=\"the access token is not valid here\", "
            "scope=\"files:read\", " +
                metadata);
  EXPECT_EQ(gateway.Challenge(gateway.Decide({{"Authorization", "Bearer a b"}}, "")),
            "Bearer error=\"invalid_request\", error_description=\"exactly one bearer token is expected, in the "
            "Authorization header\", " +
                metadata);
  EXPECT_EQ(gateway.Challenge(gateway.DecideFor("files:read", CallTool("write_file"))),
            "Bearer error=\"insufficient_scope\", error_description=\"the operation needs further scopes\", "
            "scope=\"files:write\", " +
                metadata);
  EXPECT_EQ(gateway.Challenge(gateway.DecideFor("", CallTool("unknown"))), "");
  EXPECT_EQ(gateway.Challenge(gateway.DecideFor("", "[]")), "");
  EXPECT_EQ(gateway.Challenge(gateway.DecideFor("files:read", CallTool("read_file"))), "");
}

TEST(ExtractToken, ExactlyOneBearerToken) {
  const auto extract = [](Fields fields, std::string_view query = "") {
    RequestHead head = ReadHead(fields);
    head.query = query;
    std::string_view token;
    const Reason reason = ExtractToken(head, &token);
    return reason == Reason::kUnset ? std::string(token) : std::string(ReasonWord(reason));
  };
  EXPECT_EQ(extract({{"authorization", "bEARER  a.b-_~+/c=="}}), "a.b-_~+/c==");
  EXPECT_EQ(extract({{"AUTHORIZATION", " Bearer x\t"}}), "x");
  EXPECT_EQ(extract({}), "credential_missing");
  for (const char* value :
       {"Basic eDp5", "", "BearerX a", "DPoP x", "DPoP", "Bearer\tx", "Bearer", "Bearer ", "bearer \t "}) {
    EXPECT_EQ(extract({{"Authorization", value}}), "credential_missing") << value;
  }
  for (const char* value : {"Bearer =", "Bearer a b", "Bearer a;b", "Bearer a\tb", "Bearer \xC3\xA9", "Bearer a=b"}) {
    EXPECT_EQ(extract({{"Authorization", value}}), "request_malformed") << value;
  }
  EXPECT_EQ(extract({{"Authorization", "Bearer a"}, {"authorization", "Bearer a"}}), "credential_repeated");
  EXPECT_EQ(extract({{"Authorization", "Bearer a, Bearer b"}}), "credential_repeated");
  EXPECT_EQ(extract({{"Authorization", "Bearer a"}}, "x=1&access%5Ftoken=b"), "credential_repeated");
  EXPECT_EQ(extract({{"Authorization", "Bearer a"}}, "x=access_token"), "a");
  // With nothing behind it the scheme is no credential, but beside another one it is one too many.
  EXPECT_EQ(extract({{"Authorization", "Bearer"}}, "access_token=b"), "credential_repeated");
  EXPECT_EQ(extract({{"Authorization", "Bearer"}, {"Authorization", "Bearer a"}}), "credential_repeated");
  EXPECT_EQ(extract({{"Authorization", "Bearer a"}, {"Authorization", ""}}), "credential_repeated");
  EXPECT_EQ(extract({{"Authorization", "Bearer , Bearer a"}}), "credential_repeated");
  // RFC 6750 section 5.3, MCP Token Requirements: never from the query.
  EXPECT_EQ(extract({}, "access_token=a"), "credential_missing");
}

TEST(MetadataUrl, TheWellKnownPathGoesBetweenHostAndPath) {
  // RFC 9728 section 3.1.
  EXPECT_EQ(MetadataUrl("https://resource.example.com"),
            "https://resource.example.com/.well-known/oauth-protected-resource");
  EXPECT_EQ(MetadataUrl("https://resource.example.com/"),
            "https://resource.example.com/.well-known/oauth-protected-resource");
  EXPECT_EQ(MetadataUrl("https://resource.example.com/resource1"),
            "https://resource.example.com/.well-known/oauth-protected-resource/resource1");
  EXPECT_EQ(MetadataUrl("https://h:8443/public/mcp?x=/y"),
            "https://h:8443/.well-known/oauth-protected-resource/public/mcp?x=/y");
  EXPECT_EQ(MetadataUrl("https://h?x"), "https://h/.well-known/oauth-protected-resource?x");
  EXPECT_EQ(MetadataUrl("https://h/?x=1"), "https://h/.well-known/oauth-protected-resource?x=1");
}

TEST(CanonicalResource, IsWhatRfc8707Allows) {
  const auto canonical = [](std::string_view text) { return CanonicalResource(text).value_or("refused"); };
  EXPECT_EQ(canonical("HTTPS://MCP.Example.com/Mcp"), "https://mcp.example.com/Mcp");
  EXPECT_EQ(canonical("https://mcp.example.com/"), "https://mcp.example.com");
  EXPECT_EQ(canonical("https://h:8443/a/"), "https://h:8443/a/");
  EXPECT_EQ(canonical("http://127.0.0.1:3000/mcp"), "http://127.0.0.1:3000/mcp");
  for (const char* text :
       {"mcp.example.com", "http://mcp.example.com", "https://h/a#b", "https://h#", "https://u@h/", "https:///a",
        "https://h/../a", "https://h/a b", "https:h", "urn:x", "", "https://h:443/a", "http://127.0.0.1:80/a",
        "https://h:/a", "https://h./a", "https://h:08443/a", "https://%68/a", "https://2130706433/a"}) {
    EXPECT_EQ(canonical(text), "refused") << text;
  }
}

TEST(MetadataDocument, SaysWhatThePolicySays) {
  const auto policy = Compiled(FileServerPolicy());
  EXPECT_EQ(MetadataDocument(*policy),
            R"({"resource":"https://mcp.example.com/mcp","authorization_servers":["https://auth.example.com"],)"
            R"("scopes_supported":["files:read","files:write","files:admin"],"bearer_methods_supported":["header"]})");
  EXPECT_EQ(MetadataDocument(*Compiled(PolicyWith(""))),
            R"({"resource":"https://mcp.example.com/mcp","authorization_servers":["https://auth.example.com"],)"
            R"("bearer_methods_supported":["header"]})");
  EXPECT_TRUE(IsMetadataTarget(*policy, "/.well-known/oauth-protected-resource/mcp"));
  EXPECT_TRUE(IsMetadataTarget(*policy, "/.well-known/oauth-protected-resource")) << "where clients look last";
  EXPECT_FALSE(IsMetadataTarget(*policy, "/.well-known/oauth-protected-resource/"));
  EXPECT_FALSE(IsMetadataTarget(*policy, "/.well-known/oauth-protected-resource/other"));
  EXPECT_FALSE(IsMetadataTarget(*policy, "/.well-known/oauth-protected-resource/mcp?x"));
  EXPECT_FALSE(IsMetadataTarget(*policy, "/mcp"));
}

TEST(Challenge, AnEmptyBearerIsNoCredential) {
  Gateway gateway(FileServerPolicy());
  for (const char* value : {"Bearer", "Bearer  ", "bearer \t", "Basic eDp5", "DPoP a.b.c", "Negotiate"}) {
    const Decision decision = gateway.Decide({{"Authorization", value}}, CallTool("write_a"));
    EXPECT_EQ(Summary(decision), "401 credential_missing files:write") << value;
    EXPECT_EQ(gateway.Challenge(decision),
              "Bearer scope=\"files:write\", resource_metadata=\"" + std::string(kMetadata) + "\"");
  }
}

TEST(MetadataDocument, PublishesWhatThePolicyAdds) {
  const std::string document = MetadataDocument(*Compiled(PolicyWith(
      R"("resource_name":"Files \u00e9\"","resource_documentation":"https://a.example/doc",
         "resource_policy_uri":"https://a.example/policy","resource_tos_uri":"https://a.example/tos",
         "jwks_uri":"https://a.example/keys","dpop_bound_access_tokens_required":true,
         "tls_client_certificate_bound_access_tokens":true,"scopes_supported":["a","offline_access"])")));
  EXPECT_EQ(document,
            R"({"resource":"https://mcp.example.com/mcp","authorization_servers":["https://auth.example.com"],)"
            R"("scopes_supported":["a","offline_access"],"bearer_methods_supported":["header"],)"
            "\"resource_name\":\"Files \xC3\xA9\\\"\","
            R"("resource_documentation":"https://a.example/doc","resource_policy_uri":"https://a.example/policy",)"
            R"("resource_tos_uri":"https://a.example/tos","jwks_uri":"https://a.example/keys",)"
            R"("dpop_bound_access_tokens_required":true,"tls_client_certificate_bound_access_tokens":true})");
}

TEST(IsAllowedOrigin, ALocalPortIsAPortOfLocalhost) {
  const auto policy = Compiled(PolicyWith(R"("allowed_origins":["http://localhost:*"])"));
  for (const char* origin : {"http://localhost:1", "http://localhost:6274", "http://localhost:65535"}) {
    EXPECT_TRUE(IsAllowedOrigin(*policy, origin)) << origin;
  }
  for (const char* origin :
       {"http://localhost", "http://localhost:", "http://localhost:*", "http://localhost:0", "http://localhost:65536",
        "http://localhost:080", "http://localhost:80a", "http://localhost:-1", "http://localhost:80/",
        "http://localhost:80@evil.example", "https://localhost:80", "http://localhost.evil:80", "http://127.0.0.1:80",
        "HTTP://localhost:80", "http://xlocalhost:80", "null"}) {
    EXPECT_FALSE(IsAllowedOrigin(*policy, origin)) << origin;
  }
}

TEST(IsAllowedOrigin, AnExtensionIsOneExtension) {
  const auto policy = Compiled(PolicyWith(
      R"("allowed_origins":["chrome-extension://abcdefghijklmnopabcdefghijklmnop",
                            "moz-extension://0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
                            "safari-web-extension://0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9"])"));
  EXPECT_TRUE(IsAllowedOrigin(*policy, "chrome-extension://abcdefghijklmnopabcdefghijklmnop"));
  EXPECT_TRUE(IsAllowedOrigin(*policy, "moz-extension://0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"));
  EXPECT_TRUE(IsAllowedOrigin(*policy, "safari-web-extension://0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9"));
  for (const char* origin :
       {"chrome-extension://abcdefghijklmnopabcdefghijklmnoa", "chrome-extension://", "chrome-extension://*",
        "moz-extension://0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", "https://abcdefghijklmnopabcdefghijklmnop"}) {
    EXPECT_FALSE(IsAllowedOrigin(*policy, origin)) << origin;
  }
}

TEST(IsAllowedOrigin, IsAMatterOfBytes) {
  const auto own = Compiled(PolicyWith(""));
  EXPECT_TRUE(IsAllowedOrigin(*own, "https://mcp.example.com"));
  for (const char* origin : {"", "null", "https://mcp.example.com/", "https://mcp.example.com:443",
                             "http://mcp.example.com", "https://mcp.example.com.evil", "https://MCP.example.com"}) {
    EXPECT_FALSE(IsAllowedOrigin(*own, origin)) << origin;
  }
  const auto listed = Compiled(PolicyWith(R"("allowed_origins":["https://app.example","http://localhost:6274"])"));
  EXPECT_TRUE(IsAllowedOrigin(*listed, "https://app.example"));
  EXPECT_TRUE(IsAllowedOrigin(*listed, "http://localhost:6274"));
  EXPECT_FALSE(IsAllowedOrigin(*listed, "https://mcp.example.com"));
}

}  // namespace
}  // namespace assay::mcp
