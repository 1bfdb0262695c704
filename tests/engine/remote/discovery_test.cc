#include "engine/remote/discovery.h"

#include <gtest/gtest.h>

#include "tests/engine/remote/fake_fetcher.h"
#include "tests/vectors.h"

namespace assay::remote {
namespace {

using testing::FakeFetcher;
using Urls = std::vector<std::string>;

constexpr char kIssuer[] = "https://as.example/tenant1";

TEST(MetadataUrls, InTheOrderOfTheMcpSpecification) {
  EXPECT_EQ(*MetadataUrls(kIssuer), (Urls{"https://as.example/.well-known/oauth-authorization-server/tenant1",
                                          "https://as.example/.well-known/openid-configuration/tenant1",
                                          "https://as.example/tenant1/.well-known/openid-configuration"}));
  const Urls plain = {"https://as.example/.well-known/oauth-authorization-server",
                      "https://as.example/.well-known/openid-configuration"};
  EXPECT_EQ(*MetadataUrls("https://as.example"), plain);
  EXPECT_EQ(*MetadataUrls("https://as.example/"), plain);
  EXPECT_EQ((*MetadataUrls("https://as.example:8443/a/b/"))[2],
            "https://as.example:8443/a/b/.well-known/openid-configuration");
}

TEST(MetadataUrls, AnIssuerWithoutAUrlHasNone) {
  for (const char* issuer : {"", "as.example", "http://as.example", "https://as.example/?x=y", "https://as.example/#f",
                             "https://u@as.example", "urn:x"}) {
    EXPECT_FALSE(MetadataUrls(issuer)) << issuer;
  }
}

TEST(ReadJwksUri, TheIssuerMustBeEqualByteForByte) {
  const auto document = [](const std::string& issuer) {
    return "{\"issuer\":\"" + issuer + "\",\"jwks_uri\":\"https://as.example/keys\"}";
  };
  EXPECT_EQ(*ReadJwksUri(document(kIssuer), kIssuer), "https://as.example/keys");
  for (const char* other : {"https://as.example/tenant1/", "https://as.example/tenant", "https://AS.example/tenant1",
                            "https://as.example:443/tenant1", "", "https://evil.example"}) {
    EXPECT_FALSE(ReadJwksUri(document(other), kIssuer)) << other;
  }
}

TEST(ReadJwksUri, ARefusalNamesBothIssuersAndWhatMayBeMeant) {
  const auto refusal = [](const std::string& named, const std::string& configured) {
    return ReadJwksUri("{\"issuer\":\"" + named + "\",\"jwks_uri\":\"https://as.example/keys\"}", configured).error();
  };
  const std::string slash = ": they differ by the slash at the end; configure it exactly as the tokens' iss has it";
  EXPECT_EQ(refusal("https://as.example/", "https://as.example"),
            "the metadata names issuer \"https://as.example/\", configured is \"https://as.example\", which is another "
            "issuer" +
                slash);
  EXPECT_TRUE(refusal("https://as.example/t", "https://as.example/t/").ends_with(slash));
  EXPECT_NE(
      refusal("https://login.example/{tenantid}/v2.0", "https://login.example/common/v2.0").find("it is a template"),
      std::string::npos);
  EXPECT_TRUE(refusal("https://internal", "https://as.example").ends_with("which is another issuer"));
  const std::string hostile = refusal(R"(a\"\n\u001b[31m\u202e)" + std::string(5000, 'x'), "https://as.example");
  EXPECT_LT(hostile.size(), 400u) << "bounded";
  EXPECT_EQ(hostile.find('\n'), std::string::npos);
  EXPECT_EQ(hostile.find('\x1b'), std::string::npos);
  EXPECT_EQ(hostile.find("\xe2\x80\xae"), std::string::npos) << "a right-to-left override";
  EXPECT_EQ(ReadJwksUri("{}", "https://as.example").error(), "the metadata names no issuer");
}

TEST(ReadJwksUri, ARefusalShowsTheUriAndTheWayOut) {
  const auto refusal = [](const std::string& uri) {
    return ReadJwksUri("{\"issuer\":\"https://as.example\",\"jwks_uri\":\"" + uri + "\"}", "https://as.example")
        .error();
  };
  EXPECT_EQ(
      refusal("http://keycloak:8080/certs"),
      "the metadata's jwks_uri is refused: plain http is for this machine only; use https, or, in a network that "
      "nobody else can be in, give it as keys.url, for which plain_http_is_dangerous can be said (as options: --jwks "
      "URL --plain-http-is-dangerous) (it is \"http://keycloak:8080/certs\")");
  for (const char* uri : {"file:///etc/passwd", "/keys", "https://u@as.example/k", "https://127.0.0.1/keys",
                          "https://169.254.169.254/k"}) {
    EXPECT_TRUE(refusal(uri).ends_with("(it is \"" + std::string(uri) + "\")")) << refusal(uri);
    EXPECT_EQ(refusal(uri).find("plain_http_is_dangerous"), std::string::npos) << refusal(uri);
  }
  const std::string hostile = refusal(R"(x\n\u001b[31m)" + std::string(5000, 'x'));
  EXPECT_LT(hostile.size(), 500u) << "bounded";
  EXPECT_EQ(hostile.find('\n'), std::string::npos);
  EXPECT_EQ(hostile.find('\x1b'), std::string::npos);
  EXPECT_EQ(ReadJwksUri(R"({"issuer":"https://as.example","a":1,"a":2})", "https://as.example").error(),
            "the metadata has a name twice in an object");
  std::string many = R"({"issuer":"https://as.example")";
  for (int i = 0; i < 300; ++i) many += ",\"m" + std::to_string(i) + "\":1";
  EXPECT_EQ(ReadJwksUri(many + "}", "https://as.example").error(),
            "the metadata has an object of more than 256 members");
}

TEST(ReadJwksUri, RefusesWhatIsNoMetadata) {
  for (const char* document : {
           "",
           "[]",
           "null",
           "{",
           "{\"issuer\":\"https://as.example/tenant1\"}",
           "{\"jwks_uri\":\"https://as.example/keys\"}",
           "{\"issuer\":[\"https://as.example/tenant1\"],\"jwks_uri\":\"https://as.example/keys\"}",
           "{\"issuer\":\"https://as.example/tenant1\",\"jwks_uri\":[\"https://as.example/keys\"]}",
           "{\"issuer\":\"https://evil.example\",\"issuer\":\"https://as.example/tenant1\",\"jwks_uri\":\"https://"
           "as.example/keys\"}",
           "{\"issuer\":\"https://as.example/tenant1\",\"jwks_uri\":\"https://as.example/keys\"} x",
           "{\"issuer\":\"https://as.example/tenant1\",\"jwks_uri\":\"http://as.example/keys\"}",
           "{\"issuer\":\"https://as.example/tenant1\",\"jwks_uri\":\"file:///etc/passwd\"}",
           "{\"issuer\":\"https://as.example/tenant1\",\"jwks_uri\":\"https://127.0.0.1/keys\"}",
           "{\"issuer\":\"https://as.example/tenant1\",\"jwks_uri\":\"http://localhost/keys\"}",
           "{\"issuer\":\"https://as.example/tenant1\",\"jwks_uri\":\"/keys\"}",
           R"({"issuer":"https://as.example/tenant1","jwks_uri":"https://[2606:4700::1111\u0000\r\nX-Evil: y]/keys"})",
       }) {
    EXPECT_FALSE(ReadJwksUri(document, kIssuer)) << document;
  }
  EXPECT_TRUE(
      ReadJwksUri(R"({"issuer":"http://127.0.0.1:9","jwks_uri":"http://127.0.0.1:9/keys"})", "http://127.0.0.1:9"));
}

TEST(ReadJwksUri, ThisMachineInWhateverSpellingIsForIssuersOnItAlone) {
  for (const std::string host : {"localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]",
                                 "[::ffff:7f00:1]", "[0:0::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"}) {
    const auto document = [&](const std::string& issuer) {
      return "{\"issuer\":\"" + issuer + "\",\"jwks_uri\":\"https://" + host + "/keys\"}";
    };
    EXPECT_FALSE(ReadJwksUri(document(kIssuer), kIssuer)) << host;
    EXPECT_FALSE(ReadJwksUri(document("https://10.0.0.1"), "https://10.0.0.1")) << host;
    EXPECT_TRUE(ReadJwksUri(document("https://127.0.0.1:9"), "https://127.0.0.1:9")) << host;
    EXPECT_TRUE(ReadJwksUri(document("https://[::ffff:127.0.0.1]"), "https://[::ffff:127.0.0.1]")) << host;
  }
}

TEST(ReadJwksUri, RealMetadataDocumentsLoad) {
  ASSAY_VECTORS_OR_SKIP(folder);
  int loaded = 0;
  int refused = 0;
  for (const auto& entry : testing::ReadJson(folder / "as_metadata.json")) {
    const auto& document = entry["document"];
    if (!document.contains("issuer") || !document.contains("jwks_uri")) continue;
    const auto issuer = document["issuer"].get<std::string>();
    const auto uri = document["jwks_uri"].get<std::string>();
    const Result<std::string> read = ReadJwksUri(document.dump(), issuer);
    // Examples with plain http and with templates (`{tenant}`) are no addresses to fetch from.
    const bool local = uri.starts_with("http://127.0.0.1/") && issuer.starts_with("http://127.0.0.1/");
    const bool fetchable = (uri.starts_with("https://") || local) && uri.find('{') == std::string::npos;
    EXPECT_EQ(read.ok(), fetchable) << entry["source"] << ' ' << uri;
    if (read) {
      EXPECT_EQ(*read, uri);
    }
    ++(read ? loaded : refused);
    EXPECT_FALSE(ReadJwksUri(document.dump(), issuer + "/"));
  }
  EXPECT_GE(loaded, 10);
  RecordProperty("loaded", loaded);
  RecordProperty("refused", refused);
}

class DiscoverTest : public ::testing::Test {
 protected:
  Result<std::string> Run() { return Discover(fetcher_, {}, kIssuer); }
  static std::string Metadata(const std::string& keys, const std::string& issuer = kIssuer) {
    return "{\"issuer\":\"" + issuer + "\",\"jwks_uri\":\"" + keys + "\"}";
  }

  const Urls places_ = *MetadataUrls(kIssuer);
  FakeFetcher fetcher_;
};

TEST_F(DiscoverTest, TheFirstPlaceThatKnowsTheIssuerCounts) {
  fetcher_.SetBody(places_[1], Metadata("https://as.example/second"));
  fetcher_.SetBody(places_[2], Metadata("https://as.example/third"));
  EXPECT_EQ(*Run(), "https://as.example/second");
  EXPECT_EQ(fetcher_.urls(), (Urls{places_[0], places_[1]}));
}

TEST_F(DiscoverTest, ADocumentOfAnotherIssuerIsPassedOver) {
  fetcher_.SetBody(places_[0], Metadata("https://evil.example/keys", "https://evil.example"));
  fetcher_.SetBody(places_[2], Metadata("https://as.example/third"));
  EXPECT_EQ(*Run(), "https://as.example/third");
}

TEST_F(DiscoverTest, NowhereFoundSaysWhereItLooked) {
  const Result<std::string> nowhere = Run();
  ASSERT_FALSE(nowhere);
  for (const std::string& place : places_) EXPECT_NE(nowhere.error().find(place), std::string::npos);
}

TEST_F(DiscoverTest, AServerThatCannotBeReachedIsNotAskedThrice) {
  fetcher_.Set(places_[0], [](const auto&) { return FakeFetcher::Failed(FetchStatus::kUnreachable); });
  EXPECT_FALSE(Run());
  EXPECT_EQ(fetcher_.count(), 1u);
}

TEST_F(DiscoverTest, RequestsAreBoundedAndUnconditional) {
  FetchRequest request;
  request.etag = "\"of something else\"";
  request.ca_file = "ca.pem";
  (void)Discover(fetcher_, request, kIssuer);
  for (const FetchRequest& sent : fetcher_.requests()) {
    EXPECT_EQ(sent.etag, "");
    EXPECT_EQ(sent.max_bytes, kMaxMetadataBytes);
    EXPECT_EQ(sent.ca_file, "ca.pem");
    EXPECT_LE(sent.timeout, request.timeout);
  }
}

}  // namespace
}  // namespace assay::remote
